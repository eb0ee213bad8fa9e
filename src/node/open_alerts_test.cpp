#include "node/open_alerts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "node/node_fixture.hpp"

namespace wayside::node {
namespace {

using telemetry::Tier;

struct OpenAlertsTest : testing::Test {
  OpenAlertsTest()
      : path(testing::TempDir() + "wayside-open-alerts-" + std::to_string(::getpid())) {}
  ~OpenAlertsTest() override { std::filesystem::remove(path); }

  static telemetry::Event event(const std::string& kind, const std::string& rule) {
    return {.asset = "p1",
            .kind = kind,
            .time = at_second(3),
            .severity = telemetry::Severity::warning,
            .text = rule + ": temp > 90",
            .data_json = R"({"rule":")" + rule + R"("})"};
  }
  void write(const std::string& text) const { std::ofstream(path) << text; }

  std::string path;
};

TEST_F(OpenAlertsTest, WhatIsOpenOutlivesTheProgram) {
  OpenAlerts first(keep_in_file(path));
  ASSERT_TRUE(first.load());
  EXPECT_FALSE(first.changed());
  first.note(Tier::critical, 5, event("alert_raised", "hot"));
  first.note(Tier::diagnostic, 6, event("alert_raised", "dry"));
  first.note(Tier::diagnostic, 7, event("alert_cleared", "dry"));
  first.note(Tier::diagnostic, 8, event("model_failed", "worn"));
  EXPECT_TRUE(first.changed());
  ASSERT_TRUE(first.save());
  EXPECT_FALSE(first.changed());

  OpenAlerts second(keep_in_file(path));
  ASSERT_TRUE(second.load());
  ASSERT_EQ(second.all().size(), 1u);
  const auto& [key, alert] = *second.all().begin();
  EXPECT_EQ(key, (OpenAlerts::Key{"p1", "hot"}));
  EXPECT_EQ(alert.tier, Tier::critical);
  EXPECT_EQ(alert.seq, 5u);
  EXPECT_EQ(alert.event.kind, "alert_raised");
  EXPECT_EQ(alert.event.time, at_second(3));
  EXPECT_EQ(alert.event.severity, telemetry::Severity::warning);
  EXPECT_EQ(alert.event.text, "hot: temp > 90");
}

TEST_F(OpenAlertsTest, ADamagedFileIsSaidAndTakenAsNone) {
  for (const std::string text :
       {"", "[]", "{\"format\":2,\"open\":[]}", "{\"format\":1,\"open\":[{}]}",
        "{\"format\":1,\"open\":[{\"tier\":\"critical\",\"seq\":1,\"asset\":\"a\",\"time\":1,"
        "\"severity\":9,\"text\":\"\",\"data\":\"{}\"}]}"}) {
    write(text);
    OpenAlerts alerts(keep_in_file(path));
    const Status loaded = alerts.load();
    ASSERT_FALSE(loaded) << text;
    EXPECT_EQ(loaded.error().code, Errc::corrupt);
    EXPECT_TRUE(alerts.all().empty());
  }
}

TEST_F(OpenAlertsTest, AFolderThatIsNotThereIsAnError) {
  OpenAlerts alerts(keep_in_file("/nonexistent-folder/open"));
  alerts.note(Tier::critical, 1, event("alert_raised", "hot"));
  EXPECT_FALSE(alerts.save());
  EXPECT_TRUE(alerts.changed());
}

}  // namespace
}  // namespace wayside::node
