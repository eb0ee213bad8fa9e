#include "hub/keeping_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/config.hpp"

namespace wayside::hub {
namespace {

using telemetry::Tier;
using testing::HasSubstr;

struct Parsed {
  std::optional<HubConfig> config;
  std::string errors;
};

Parsed parse(const std::string& yaml) {
  config::Diagnostics diagnostics;
  const auto none = [](const std::string&) { return std::optional<std::string>(); };
  const config::Node root = config::parse_yaml("store: {duckdb: t}\ncatalog: {sqlite: c}\n" + yaml,
                                               "hub.yaml", none, diagnostics);
  Parsed parsed;
  parsed.config = parse_hub_config(root, diagnostics);
  parsed.errors = diagnostics.format();
  return parsed;
}

TEST(KeepingConfig, KeepsEverythingWhereNothingIsSaid) {
  const Parsed parsed = parse("");
  ASSERT_TRUE(parsed.config) << parsed.errors;
  for (const RecordKind kind : all_record_kinds)
    for (const Tier tier : telemetry::all_tiers) EXPECT_FALSE(parsed.config->keep.of(kind, tier));
  EXPECT_FALSE(parsed.config->keep.archive_after);
  EXPECT_EQ(parsed.config->keep.downsample_every, minutes(1));
}

TEST(KeepingConfig, ReadsTimesByKindAndTier) {
  const Parsed parsed = parse(
      "keep:\n"
      "  samples: {critical: 10y, bulk: 30d}\n"
      "  features: 1y\n"
      "  events: forever\n"
      "  downsampled: {every: 5min, keep: {bulk: 5y}}\n"
      "archive: {folder: /mnt/cold, after: 7d}\n");
  ASSERT_TRUE(parsed.config) << parsed.errors;
  const KeepingPolicy& keep = parsed.config->keep;
  EXPECT_EQ(keep.of(RecordKind::samples, Tier::critical), days(3'650));
  EXPECT_FALSE(keep.of(RecordKind::samples, Tier::diagnostic));
  EXPECT_EQ(keep.of(RecordKind::samples, Tier::bulk), days(30));
  for (const Tier tier : telemetry::all_tiers)
    EXPECT_EQ(keep.of(RecordKind::features, tier), days(365));
  EXPECT_FALSE(keep.of(RecordKind::events, Tier::bulk));
  EXPECT_EQ(keep.downsample_every, minutes(5));
  EXPECT_EQ(keep.of(RecordKind::downsampled, Tier::bulk), days(1'825));
  EXPECT_EQ(parsed.config->archive, "/mnt/cold");
  EXPECT_EQ(keep.archive_after, days(7));
}

TEST(KeepingConfig, TakesShortForms) {
  const Parsed parsed = parse("keep: {downsampled: none}\narchive: cold\n");
  ASSERT_TRUE(parsed.config) << parsed.errors;
  EXPECT_FALSE(parsed.config->keep.downsample_every);
  EXPECT_EQ(parsed.config->archive, "cold");
  EXPECT_EQ(parsed.config->keep.archive_after, days(30));
}

TEST(KeepingConfig, ReportsEveryMistakeWithItsPlace) {
  const Parsed parsed = parse(
      "keep:\n"
      "  samples: {critical: soon, bulk: 5min}\n"
      "  features: [1d]\n"
      "  events: 1000y\n"
      "  downsampled: {every: 7min}\n"
      "  sampels: 3d\n"
      "archive: {after: forever}\n");
  EXPECT_FALSE(parsed.config);
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:4:23: error: found 'soon', expected"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:4:35: error: found '5min', expected"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:5:13: error: found a list"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:6:11: error: found '1000y'"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:7:24: error: found 7min, expected"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:8:3: error"));
  EXPECT_THAT(parsed.errors, HasSubstr("samples"));
  EXPECT_THAT(parsed.errors, HasSubstr("needs 'folder'"));
  EXPECT_THAT(parsed.errors, HasSubstr("hub.yaml:9:18: error: found 'forever'"));
}

}  // namespace
}  // namespace wayside::hub
