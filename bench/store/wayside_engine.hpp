#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "hub/ingest.hpp"
#include "plants/trucks/truck_fleet.hpp"
#include "store/engine.hpp"

namespace wayside::bench {

/// The questions of a store that somebody else owns.
[[nodiscard]] std::unique_ptr<Engine> borrow(hub::TelemetryStore& store);

/// The store behind a URL or a path.
[[nodiscard]] Result<std::unique_ptr<hub::TelemetryStore>> open_store(const std::string& engine,
                                                                      const std::string& place);

/// What a gateway would send for its trucks: one record for each signal of a batch.
class FrameMaker {
 public:
  explicit FrameMaker(const std::vector<plants::TruckTags>& tags) : tags_(tags) {}
  [[nodiscard]] std::string frame(const plants::TruckFleet::Batch& batch);
  [[nodiscard]] std::string topic() const;

 private:
  std::vector<plants::TruckTags> tags_;
  std::uint64_t produced_ = 0;
};

/// Frames to rows, as the hub does it: group commits of about so many rows.
inline constexpr std::uint64_t commit_rows = 500'000;
class FrameTaker {
 public:
  explicit FrameTaker(hub::TelemetryStore& store);
  [[nodiscard]] Status begin(const std::vector<plants::TruckTags>& tags);
  [[nodiscard]] Status take(const std::string& topic, const std::string& frame);
  [[nodiscard]] Status finish();

 private:
  ManualClock clock_{Time{1'800'000'000'000'000'000}};
  Metrics metrics_;
  hub::Ingest ingest_;
};

}  // namespace wayside::bench
