// What the agent computed online, `wayside features` computes again from what was stored: the same
// bits. And a model runs only where its features are those it was fitted on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <bit>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "base/http/client.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "fleet.hpp"
#include "table/csv_reader.hpp"
#include "table/duckdb/table_file.hpp"

namespace wayside::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr std::int64_t start_s = 1'767'225'600;  // 2026-01-01T00:00:00Z
constexpr const char* period_from = "2026-01-01T00:00:00Z";
constexpr const char* period_to = "2026-01-01T01:00:00Z";

/// Features by (asset, name, tick); null and NaN are one.
using Values = std::map<std::tuple<std::string, std::string, std::int64_t>, std::uint64_t>;

std::uint64_t bits(double value) {
  return std::isnan(value) ? 0x7ff8'0000'0000'0000u : std::bit_cast<std::uint64_t>(value);
}

/// The samples of two pumps: irregular, some out of order, out of range or not finite, with a pause
/// of one signal. As a table for the agent and as samples.csv, both in the same order.
struct Samples {
  std::string table = "t,pump,temp,power\n";
  std::string csv = "asset,signal,time,value\n";
  std::size_t count = 0;

  Samples() {
    Rng rng(7);
    for (int i = 0; i < 3'000; ++i) {
      const char* pump = i % 3 == 0 ? "p2" : "p1";
      std::int64_t ns = start_s * 1'000'000'000 + i * 200'000'000LL +
                        static_cast<std::int64_t>(rng.uniform() * 1e8);
      if (i % 97 == 50) ns -= 7'000'000'000;  // late
      std::string temp = fmt::format("{}", 80 + rng.normal(0, 3));
      if (i % 211 == 100) temp = "nan";
      if (i % 173 == 90) temp = "151.5";  // out of range
      const bool pause = i > 1'000 && i < 1'400;
      const std::string power = pause ? "" : fmt::format("{}", 1'000 * rng.uniform());
      table += fmt::format("{},{},{},{}\n", ns, pump, temp, power);
      add(pump, "temp", ns, temp);
      if (!pause) add(pump, "power", ns, power);
    }
  }

 private:
  void add(const char* pump, const char* signal, std::int64_t ns, const std::string& value) {
    csv += fmt::format("{},{},{},{}\n", pump, signal, ns, value);
    ++count;
  }
};

std::string pumps(const std::string& definitions, const std::string& rest = "") {
  return R"(
node: n1
hub: {broker: "@BROKER@"}
state: "@STATE@"
kinds:
  pump:
    signals:
      temp: {unit: degC, range: [-40, 150]}
      power: {unit: kW}
    features:
      every: 1s
      define:
)" + definitions +
         rest + R"(
assets: [{name: p1, kind: pump}, {name: p2, kind: pump}]
sources:
  - csv:
      path: table.csv
      time: {column: t, epoch: ns}
      asset: {column: pump}
      columns: {temp: temp, power: power}
tiers: {diagnostic: {send: every 100ms}}
)";
}

constexpr const char* definitions = R"(
        temp_mean: mean(temp, 10s)
        temp_std: std(temp, 1min)
        power_rise: slope(power, 30s)
        power_then: lag(power, 90s)
        shape: if(temp_mean > 80, kurtosis(temp, 1min), crest(power, 10s) - 1)
        temp_median: median(temp, 30s)
        together: corr(temp, power, 1min)
)";

class Features : public testing::Test {
 protected:
  void SetUp() override {
    fleet.start_broker();
    fleet.start_hub();
    fleet.write("table.csv", samples.table);
    fleet.write("samples.csv", samples.csv);
    run_agent("n1", pumps(definitions));
    ASSERT_EQ(fleet.number("select count(*) from samples"), samples.count);
  }

  /// To the end of its table.
  void run_agent(const std::string& name, const std::string& yaml) {
    Process agent = fleet.start_agent(name, yaml, {"--until-eof"});
    ASSERT_EQ(agent.wait(std::chrono::seconds(60)), 0) << agent.output();
  }

  [[nodiscard]] Values stored(const std::string& where = "true") const {
    const auto reply =
        http::post(fleet.hub_url() + "/api/v1/query",
                   Json{{"sql", "select asset, name, time, value from features where " + where},
                        {"rows_max", 100'000}}
                       .dump());
    Values values;
    const Json body = Json::parse(reply.value().body);
    for (const Json& row : body.at("rows")) {
      const double value = row[3].is_null() ? std::nan("") : row[3].get<double>();
      values[{row[0], row[1], parse_time(row[2].get<std::string>()).value().ns}] = bits(value);
    }
    return values;
  }

  /// Of features.csv; the ticks of an asset must be in order.
  static Values computed(const std::string& path) {
    auto reader = table::CsvReader::open(path).value();
    Values values;
    std::map<std::string, std::int64_t> last;
    EXPECT_THAT(*reader.next().value(), testing::ElementsAre("asset", "name", "time", "value"));
    while (const auto* fields = reader.next().value()) {
      const auto& row = *fields;
      const std::int64_t tick = std::stoll(std::string(row[2]));
      auto& newest = last[std::string(row[0])];
      EXPECT_LE(newest, tick);
      newest = tick;
      values[{std::string(row[0]), std::string(row[1]), tick}] =
          bits(std::stod(std::string(row[3])));
    }
    return values;
  }

  Outcome ask_features(const std::string& command, const std::string& config,
                       std::vector<std::string> options) {
    options.insert(options.begin(), {"features", command, config});
    return fleet.ask(options);
  }

  Samples samples;
  Fleet fleet;
};

TEST_F(Features, ReplaysGiveTheBitsThatTheAgentGave) {
  const Values online = stored();
  ASSERT_GT(online.size(), 2 * 7 * 590u);
  EXPECT_GT(fleet.number("select count(*) from samples where quality = 'late'"), 20);
  EXPECT_GT(fleet.number("select count(*) from samples where quality = 'out_of_range'"), 10);
  const std::string config = fleet.file("n1.yaml");

  const std::string from_file = fleet.file("from_file.csv");
  const Outcome file = run({program("wayside"), "features", "run", config, "--input",
                            fleet.file("samples.csv"), "--output", from_file});
  ASSERT_EQ(file.status, 0) << file.output;
  EXPECT_EQ(computed(from_file), online);

  const std::string from_hub = fleet.file("from_hub.csv");
  const Outcome hub =
      ask_features("run", config, {"--from", period_from, "--to", period_to, "--output", from_hub});
  ASSERT_EQ(hub.status, 0) << hub.output;
  EXPECT_EQ(computed(from_hub), online);

  // A part of it needs what stands before it, and of the lag what stands long before.
  const std::string part = fleet.file("part.csv");
  const Outcome middle = ask_features("run", config,
                                      {"--from", "2026-01-01T00:05:00Z", "--to",
                                       "2026-01-01T00:06:00Z", "--asset", "p2", "--output", part});
  ASSERT_EQ(middle.status, 0) << middle.output;
  EXPECT_EQ(computed(part), stored("asset = 'p2' and time between '2026-01-01T00:05:00Z' and "
                                   "'2026-01-01T00:06:00Z'"));
}

TEST_F(Features, BackfillGivesANewFeatureItsHistoryAndTouchesNothingElse) {
  const Values before = stored();
  const std::string config = fleet.write(
      "new.yaml", pumps(std::string(definitions) + "        peak_power: max(power, 5s)\n"
                                                   "        temp_last: last(temp, 1h)\n"));
  const std::vector<std::string> options{"--kind", "pump",      "--feature", "peak_power",
                                         "--from", period_from, "--to",      period_to};
  const Outcome first = ask_features("backfill", config, options);
  ASSERT_EQ(first.status, 0) << first.output;
  const Values added = stored("name = 'peak_power'");
  EXPECT_EQ(added.size(), stored("name = 'temp_mean'").size());
  EXPECT_EQ(stored("name <> 'peak_power'"), before);
  const Outcome again = ask_features("backfill", config, options);
  ASSERT_EQ(again.status, 0) << again.output;
  EXPECT_EQ(stored("name = 'peak_power'"), added);
  EXPECT_EQ(fleet.number("select count(*) from features where name = 'peak_power'"), added.size());

  const std::string all = fleet.file("all.csv");
  ASSERT_EQ(ask_features("run", config, {"--from", period_from, "--output", all}).status, 0);
  Values recomputed = computed(all);
  std::erase_if(recomputed,
                [](const auto& entry) { return std::get<1>(entry.first) != "peak_power"; });
  EXPECT_EQ(recomputed, added);
  EXPECT_THAT(ask_features("backfill", config,
                           {"--kind", "pump", "--feature", "none", "--from", period_from})
                  .output,
              HasSubstr("no feature 'none'"));
}

TEST_F(Features, ATrainingTableHoldsWhatWasKnownAtEachLabel) {
  const Values online = stored();
  std::string labels = "asset,time,state,severity\n";
  const auto label = [&](const char* asset, double s, const char* text) {
    labels +=
        fmt::format("{},{},{}\n", asset,
                    static_cast<std::int64_t>((static_cast<double>(start_s) + s) * 1e9), text);
  };
  label("p1", 300, "worn,1");         // at a tick
  label("p1", 300.999999, "worn,2");  // just before the next
  label("p2", -5, "new,");            // before the first sample
  label("p2", 3'000, "dead,9.5");     // long after the last
  fleet.write("labels.csv", labels);
  for (const char* name : {"table.parquet", "table_out.csv"}) {
    const Outcome exported = ask_features(
        "export", fleet.file("n1.yaml"),
        {"--kind", "pump", "--labels", fleet.file("labels.csv"), "-o", fleet.file(name)});
    ASSERT_EQ(exported.status, 0) << exported.output;
    auto reader = table::open_table_file(fleet.file(name));
    ASSERT_TRUE(reader) << reader.error().message;
    table::TableReader& table = **reader;
    std::vector<std::string> columns;
    for (const auto& column : table.columns()) columns.push_back(column.name);
    EXPECT_EQ(columns, (std::vector<std::string>{"asset", "time", "tick", "temp_mean", "temp_std",
                                                 "power_rise", "power_then", "shape", "temp_median",
                                                 "together", "state", "severity"}));
    const auto& metadata = table.metadata();
    EXPECT_EQ(metadata.at("wayside.kind"), "pump");
    EXPECT_EQ(metadata.at("wayside.features_digest"),
              fleet.get("/api/v1/assets").at("assets")[0].at("features_digest"));
    EXPECT_EQ(Json::parse(metadata.at("wayside.features"))[0].at("expression"), "mean(temp, 10s)");

    std::vector<std::string> rows;
    std::int64_t newest = 0;
    for (const auto& [key, value] : online)
      if (std::get<0>(key) == "p2") newest = std::max(newest, std::get<2>(key));
    while (table.next().value()) {
      rows.push_back(table.text(0) + " " + table.text(10));
      if (table.is_null(2)) {
        EXPECT_TRUE(std::isnan(table.number(3)));
        continue;
      }
      const std::int64_t tick = table.integer(2);
      EXPECT_LE(tick, table.integer(1));
      if (table.text(10) == "dead") {
        EXPECT_EQ(tick, newest);
        EXPECT_EQ(table.number(11), 9.5);
      } else {
        EXPECT_EQ(tick, (start_s + 300) * 1'000'000'000);
      }
      for (std::size_t c = 3; c < 10; ++c)
        EXPECT_EQ(bits(table.number(c)), online.at({table.text(0), columns[c], tick}))
            << columns[c];
    }
    EXPECT_EQ(rows, (std::vector<std::string>{"p1 worn", "p1 worn", "p2 new", "p2 dead"}));
  }
}

TEST_F(Features, AModelRunsOnlyOnTheFeaturesItWasFittedOn) {
  const std::string model = fleet.file("wear.onnx");
  const std::string table = fleet.file("ticks.parquet");
  const std::string config = fleet.file("n1.yaml");
  const Outcome exported = ask_features(
      "export", config, {"--kind", "pump", "--every-tick", "--from", period_from, "-o", table});
  ASSERT_EQ(exported.status, 0) << exported.output;
  const std::vector<std::string> inputs{
      "--features", "temp_mean,power_rise", "--false-alarm-rate", "0.05", "--out", model};
  std::vector<std::string> from_table{program("wayside"), "model", "fit", "pca", "--table", table};
  from_table.insert(from_table.end(), inputs.begin(), inputs.end());
  const Outcome fitted = run(from_table);
  ASSERT_EQ(fitted.status, 0) << fitted.output;
  const std::string show = run({program("wayside"), "model", "show", model}).output;
  const std::string digest =
      fleet.get("/api/v1/assets").at("assets")[0].at("features_digest").get<std::string>();
  EXPECT_THAT(show, AllOf(HasSubstr(digest), HasSubstr("mean(temp, 10s)")));
  // The same from the hub's table of features, to the release.
  std::vector<std::string> from_hub{"model",  "fit",       "pca",  "--kind", "pump",
                                    "--from", period_from, "--to", period_to};
  from_hub.insert(from_hub.end(), inputs.begin(), inputs.end());
  const Outcome same = fleet.ask(from_hub);
  ASSERT_EQ(same.status, 0) << same.output;
  EXPECT_THAT(run({program("wayside"), "model", "show", model}).output, HasSubstr(digest));

  const std::string rest = "    models: {wear: {file: " + model + ", budget: 1s}}\n";
  // Another feature beside them changes nothing for it.
  run_agent("n2", pumps(std::string(definitions) + "        more: max(temp, 1h)\n", rest));
  EXPECT_GT(fleet.number("select count(*) from decisions"), 1'000);
  const double before = fleet.number("select count(*) from decisions");
  std::string changed = definitions;
  changed.replace(changed.find("10s"), 3, "20s");
  run_agent("n3", pumps(changed, rest));
  EXPECT_EQ(fleet.number("select count(*) from decisions"), before);
  EXPECT_THAT(fleet.log("n3"),
              AllOf(HasSubstr("fitted on other feature definitions (digest " + digest + ")"),
                    HasSubstr("'temp_mean' was mean(temp, 10s) and is mean(temp, 20s)")));
}

}  // namespace
}  // namespace wayside::test
