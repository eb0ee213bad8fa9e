#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "infer/model_runner.hpp"
#include "sim/drill/canary.hpp"
#include "sim/drill/load.hpp"
#include "sim/drill/outcome.hpp"
#include "sim/drill/verdict.hpp"

namespace wayside::drill {

struct RunOptions {
  /// Makes what loads the agents' models; null: there are none.
  std::function<std::unique_ptr<infer::ModelLoader>()> loader;
  Canary canary = Canary::none;
  /// Told of what nodes and hub say, with the moment since the start; empty: nobody is.
  std::function<void(Duration, std::string_view)> log;
};

/// Runs the drill once, under virtual time: the same seed gives the same bits. Where the agent has
/// rules, and the script faults of sensors or machines or expectations of alerts, the clean run of
/// the same seed runs too, for comparison: the same machines with sound sensors and links.
[[nodiscard]] Outcome run_drill(const Drill& drill, std::uint64_t seed, const RunOptions& options);

/// The same, judged.
[[nodiscard]] Verdict run_and_judge(const Drill& drill, std::uint64_t seed,
                                    const RunOptions& options);

}  // namespace wayside::drill
