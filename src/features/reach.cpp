#include "features/reach.hpp"

#include <algorithm>

#include "features/program.hpp"

namespace wayside::features {

Duration reach_of(const Plan& plan) {
  const Plan::Program& program = plan.program();
  Duration reach = program.options.every;
  for (const PlannedWindow& window : program.reads.windows) reach = std::max(reach, window.width);
  for (const PlannedLag& lag : program.reads.lags) reach = std::max(reach, lag.delay);
  for (const PlannedQuantiles& window : program.quantiles) reach = std::max(reach, window.width);
  for (const PlannedWaveform& window : program.waveforms) reach = std::max(reach, window.width);
  return reach;
}

std::vector<SignalId> lagged_signals(const Plan& plan) {
  const Plan::Program& program = plan.program();
  std::vector<SignalId> signals;
  for (const PlannedLag& lag : program.reads.lags)
    signals.push_back(program.sources[program.trees[lag.tree].source].signal);
  std::ranges::sort(signals, {}, &SignalId::value);
  signals.erase(std::unique(signals.begin(), signals.end()), signals.end());
  return signals;
}

Duration patience_of(const Plan& plan) {
  return plan.program().options.lateness + plan.program().idle;
}

}  // namespace wayside::features
