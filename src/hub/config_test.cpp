#include "hub/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wayside::hub {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Parsed {
  std::optional<HubConfig> config;
  std::string errors;
};

Parsed parse(const std::string& yaml) {
  config::Diagnostics diagnostics;
  const auto none = [](const std::string&) { return std::optional<std::string>(); };
  const config::Node root = config::parse_yaml(yaml, "hub.yaml", none, diagnostics);
  Parsed parsed;
  parsed.config = parse_hub_config(root, diagnostics);
  parsed.errors = diagnostics.format();
  return parsed;
}

constexpr const char* minimal = "store: {duckdb: t.duckdb}\ncatalog: {sqlite: c.sqlite}\n";

TEST(HubConfig, HasDefaultsForAllButTheFiles) {
  const Parsed parsed = parse(minimal);
  ASSERT_TRUE(parsed.config) << parsed.errors;
  EXPECT_EQ(parsed.config->listen, "127.0.0.1:8080");
  EXPECT_EQ(parsed.config->broker, "mqtt://127.0.0.1:1883");
  EXPECT_EQ(parsed.config->store.duckdb, "t.duckdb");
  EXPECT_EQ(parsed.config->catalog.sqlite, "c.sqlite");
}

TEST(HubConfig, ReadsEverything) {
  const Parsed parsed = parse(
      "listen: 0.0.0.0:80\nbroker: mqtt://b:1884\nanonymous: true\n"
      "store: {duckdb: t, memory: 512MiB, threads: 3}\ncatalog: {sqlite: c}\n"
      "query: {timeout: 5s, rows_max: 10}\n");
  ASSERT_TRUE(parsed.config) << parsed.errors;
  EXPECT_EQ(parsed.config->store.memory_bytes, 512u << 20);
  EXPECT_EQ(parsed.config->store.threads, 3);
  EXPECT_EQ(parsed.config->query.timeout, seconds(5));
  EXPECT_EQ(parsed.config->query.rows_max, 10);
}

TEST(HubConfig, ReportsEveryMistakeWithItsPlace) {
  const Parsed parsed =
      parse("listen: nowhere\nbroker: tcp://x\nstore: {duckdb: t, memory: 1MiB}\nlisten_on: 3\n");
  EXPECT_FALSE(parsed.config);
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:1:9: error: 'nowhere'"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:2:9: error: 'tcp://x'"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:3:28: error: found less than 64MiB"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:4:1: error"));
  EXPECT_THAT(parsed.errors, HasSubstr("needs 'catalog'"));
}

TEST(HubConfig, RefusesWhatCannotWork) {
  const auto errors = [](const std::string& yaml) {
    const Parsed parsed = parse(yaml);
    EXPECT_FALSE(parsed.config) << yaml;
    return parsed.errors;
  };
  for (const char* broker : {"mqtt://b:0", "mqtt://b:70000", "mqtt://[::1", "mqtt://a b"})
    EXPECT_THAT(errors(std::string(minimal) + "broker: " + '"' + broker + '"' + "\n"),
                HasSubstr("hub.yaml:3:9: error"));
  EXPECT_THAT(errors(std::string(minimal) + "listen: 127.0.0.1:70000\n"),
              HasSubstr("hub.yaml:3:9: error"));
  EXPECT_THAT(errors(std::string(minimal) + "query: {timeout: 0s}\n"),
              HasSubstr("hub.yaml:3:18: error: found no time"));
  EXPECT_THAT(errors("store: {duckdb: \"\"}\ncatalog: {sqlite: c}\n"),
              HasSubstr("hub.yaml:1:17: error: found nothing"));
  EXPECT_THAT(errors("store: {duckdb: t}\ncatalog: {sqlite: \"\"}\n"),
              HasSubstr("hub.yaml:2:19: error: found nothing"));
}

TEST(HubConfig, ReadsAClickhouse) {
  Parsed parsed = parse(
      "store: {clickhouse: \"http://ch:8123\", database: plant, user: hub, password: secret}\n"
      "catalog: {sqlite: c}\n");
  ASSERT_TRUE(parsed.config) << parsed.errors;
  EXPECT_EQ(parsed.config->store.clickhouse, (std::vector<std::string>{"http://ch:8123"}));
  EXPECT_EQ(parsed.config->store.database, "plant");
  EXPECT_EQ(parsed.config->store.user, "hub");
  EXPECT_EQ(parsed.config->store.password, "secret");
  parsed = parse(
      "store: {clickhouse: [\"http://a:8123\", \"https://b\"], cluster: fleet}\n"
      "catalog: {sqlite: c}\n");
  ASSERT_TRUE(parsed.config) << parsed.errors;
  EXPECT_EQ(parsed.config->store.clickhouse.size(), 2u);
  EXPECT_EQ(parsed.config->store.cluster, "fleet");
  EXPECT_EQ(parsed.config->store.database, "wayside");
}

TEST(HubConfig, SaysWhatIsWrongWithAClickhouse) {
  const auto errors = [](const std::string& store) {
    const Parsed parsed = parse("catalog: {sqlite: c}\nstore: {" + store + "}\n");
    EXPECT_FALSE(parsed.config) << store;
    return parsed.errors;
  };
  EXPECT_THAT(errors("clickhouse: ch:8123"), HasSubstr("hub.yaml:2:21: error: found 'ch:8123'"));
  EXPECT_THAT(errors("clickhouse: \"http://hub:secret@ch\""), HasSubstr("keys of their own"));
  EXPECT_THAT(errors("clickhouse: \"http://hub:secret@ch\""), Not(HasSubstr("secret")));
  EXPECT_THAT(errors("clickhouse: []"), HasSubstr("found 0 servers"));
  EXPECT_THAT(errors("clickhouse: [\"http://a\", \"http://b\"]"), HasSubstr("'cluster'"));
  EXPECT_THAT(errors("clickhouse: \"http://a\", duckdb: x"), HasSubstr("one of them"));
  EXPECT_THAT(errors("clickhouse: \"http://a\", database: \"a-b\""), HasSubstr("found 'a-b'"));
  EXPECT_THAT(errors("clickhouse: \"http://a\", cluster: 9x"), HasSubstr("found '9x'"));
  EXPECT_THAT(errors("duckdb: x, user: me"), HasSubstr("'user' belongs to 'clickhouse'"));
}

TEST(HubConfig, SaysWhichStoresThereAre) {
  const Parsed parsed = parse("store: {influx: \"http://x\"}\ncatalog: {postgres: \"x\"}\n");
  EXPECT_FALSE(parsed.config);
  EXPECT_THAT(parsed.errors, HasSubstr("supported: duckdb, clickhouse"));
  EXPECT_THAT(parsed.errors, HasSubstr("supported: sqlite"));
}

TEST(HubConfig, ServesStrangersOnlyWhenToldTo) {
  const Parsed refused = parse(std::string(minimal) + "listen: 0.0.0.0:8080\n");
  EXPECT_FALSE(refused.config);
  EXPECT_THAT(refused.errors, HasSubstr("anonymous: true"));
  EXPECT_FALSE(parse(std::string(minimal) + "listen: 127.evil.com:8080\n").config);
  EXPECT_TRUE(parse(std::string(minimal) + "listen: 0.0.0.0:8080\nanonymous: true\n").config);
  EXPECT_TRUE(parse(std::string(minimal) + "listen: localhost:8080\n").config);
}

}  // namespace
}  // namespace wayside::hub
