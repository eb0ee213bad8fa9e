#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "infer/model_runner.hpp"
#include "sim/drill/load.hpp"
#include "sim/drill/outcome.hpp"
#include "sim/drill/verdict.hpp"

namespace wayside::drill {

/// A bug planted in the simulation's adapters, to see whether drills find what they are for. Never
/// in what the product ships.
enum class Canary : std::uint8_t {
  none,
  hub_commits_nothing,  ///< the hub's store says "committed" before it is: a power cut takes it
  disk_lies,            ///< the nodes' disks say "synced" and are not
  release_at_puback,    ///< what the broker has taken counts as acknowledged by the hub
};

struct RunOptions {
  /// Makes what loads the agents' models; null: there are none.
  std::function<std::unique_ptr<infer::ModelLoader>()> loader;
  Canary canary = Canary::none;
};

/// Runs the drill once, under virtual time: the same seed gives the same bits. Where the agent has
/// rules and the script faults of sensors, links or machines, the clean run of the same seed runs
/// too, for comparison.
[[nodiscard]] Result<Outcome> run_drill(const Drill& drill, std::uint64_t seed,
                                        const RunOptions& options);

/// The same, judged.
[[nodiscard]] Result<Verdict> run_and_judge(const Drill& drill, std::uint64_t seed,
                                            const RunOptions& options);

}  // namespace wayside::drill
