#pragma once

#include <memory>
#include <vector>

#include "sim/drill/books.hpp"
#include "sim/drill/fault_driver.hpp"
#include "sim/drill/feed.hpp"
#include "sim/drill/run.hpp"
#include "sim/world/world.hpp"

namespace wayside::drill {

/// One run of a drill in a world of its own: feeds the nodes, lets the faults happen, and keeps
/// what an outcome is made of.
class Rehearsal {
 public:
  /// `clean`: of the faults only the machines', to compare alerts with.
  Rehearsal(const Drill& drill, std::uint64_t seed, const RunOptions& options, bool clean);

  [[nodiscard]] Outcome run();

 private:
  [[nodiscard]] Log world_log();
  void add_nodes(const RunOptions& options);
  void plan_feeds();
  void watch();
  void feed(std::size_t node);
  void observe();
  void drain();
  [[nodiscard]] std::vector<std::string> waiting() const;

  void tell_faults(Outcome& outcome) const;
  void tell_tier(telemetry::Tier tier, Outcome& outcome) const;
  void tell_critical(Outcome& outcome) const;

  const Drill& drill_;
  const Script& script_;
  std::uint64_t seed_;
  bool clean_;
  std::function<void(Duration, std::string_view)> log_;
  std::size_t faults_said_ = 0;
  sim::World world_;
  std::vector<PlannedFault> plan_;
  std::vector<SensorFaults> sensors_;
  std::vector<Feed> feeds_;
  std::vector<Label> labels_;
  std::vector<telemetry::Sample> batch_;
  std::unique_ptr<FaultDriver> faults_;
  AlertBook alerts_;
  GapBook gaps_;
  DrainMeter meter_;
  std::vector<Point> points_;
  /// Numbers given out by the end, by node: what comes later (health) is not waited for.
  std::vector<std::array<std::uint64_t, telemetry::tier_count>> produced_;
  std::uint64_t disk_bytes_max_ = 0;
};

}  // namespace wayside::drill
