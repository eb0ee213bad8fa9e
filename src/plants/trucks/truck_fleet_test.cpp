#include "plants/trucks/truck_fleet.hpp"

#include <gtest/gtest.h>
#include <set>

namespace wayside::plants {
namespace {

TruckFleetOptions small() {
  TruckFleetOptions options;
  options.trucks = 20;
  options.length = days(1);
  options.step = minutes(1);
  return options;
}

std::vector<TruckFleet::Batch> all(const TruckFleetOptions& options) {
  TruckFleet fleet(options);
  std::vector<TruckFleet::Batch> batches;
  for (TruckFleet::Batch batch; fleet.next(batch);) batches.push_back(std::move(batch));
  return batches;
}

TEST(TruckFleet, LosesAndDelaysAFewEntriesAndDoublesNone) {
  const TruckFleetOptions options = small();
  const std::size_t whole = options.trucks * 24 * 60;
  std::size_t found = 0, late_entries = 0, late_batches = 0;
  std::map<std::size_t, std::set<Time>> times;
  std::map<std::size_t, Time> first;
  for (const auto& batch : all(options)) {
    Time newest = Time::min();
    for (const TruckReading& reading : batch.readings) {
      EXPECT_TRUE(times[batch.truck].insert(reading.time).second);
      if (reading.time < newest) ++late_entries;
      newest = std::max(newest, reading.time);
      ++found;
    }
    if (batch.readings.empty()) continue;
    auto [begin, added] = first.try_emplace(batch.truck, batch.readings[0].time);
    if (batch.readings[0].time < begin->second) ++late_batches;
    begin->second = std::max(begin->second, batch.readings[0].time);
  }
  EXPECT_LT(found, whole);
  EXPECT_GT(found, whole * 98 / 100);
  EXPECT_GT(late_entries, 0u);
  EXPECT_GT(late_batches, 0u);
}

TEST(TruckFleet, WithoutDisorderEverythingComesInTurn) {
  TruckFleetOptions options = small();
  options.entry_lost = options.entry_late = options.batch_lost = options.batch_late = 0;
  std::map<std::size_t, std::size_t> steps;
  for (const auto& batch : all(options))
    for (const TruckReading& reading : batch.readings)
      EXPECT_EQ(reading.time,
                options.start + options.step * static_cast<std::int64_t>(steps[batch.truck]++));
  for (const auto& [truck, n] : steps) EXPECT_EQ(n, 24u * 60);
}

TEST(TruckFleet, TheSameSeedGivesTheSameFleet) {
  const auto one = all(small()), two = all(small());
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(one[i].readings.size(), two[i].readings.size());
    for (std::size_t j = 0; j < one[i].readings.size(); ++j)
      ASSERT_EQ(one[i].readings[j].latitude, two[i].readings[j].latitude);
  }
}

TEST(TruckFleet, TrucksDriveRestAndBreakDown) {
  std::size_t driving = 0, resting = 0, broken = 0;
  for (const auto& batch : all(small())) {
    for (const TruckReading& r : batch.readings) r.velocity > 0 ? ++driving : ++resting;
    for (const TruckDiagnostics& d : batch.diagnostics) {
      if (d.status == 0) ++broken;
      EXPECT_GE(d.fuel_state, 0);
      EXPECT_LE(d.fuel_state, 1);
    }
  }
  EXPECT_GT(driving, 1'000u);
  EXPECT_GT(resting, 1'000u);
  EXPECT_GT(broken, 100u);
}

}  // namespace
}  // namespace wayside::plants
