#include "features/plan.hpp"

#include <algorithm>

#include "features/event_clock.hpp"
#include "features/pair_windows.hpp"
#include "features/program.hpp"
#include "features/signal_state.hpp"

namespace wayside::features {
std::size_t Plan::Program::asset_bytes() const {
  std::size_t bytes = engine_bytes + EventClock::bytes(sources.size()) + slots * sizeof(double);
  for (const PlannedSource& source : sources) bytes += SignalState::bytes(*this, source);
  for (const PlannedPairs& planned : pairs)
    bytes += PairWindows::bytes(*this, planned) + 2 * sizeof(PairWindows::Side);
  return bytes;
}

Plan::Plan(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Plan::~Plan() = default;

const std::vector<std::string>& Plan::names() const {
  return program_->names;
}
const std::vector<std::string>& Plan::units() const {
  return program_->units;
}
const PlanOptions& Plan::options() const {
  return program_->options;
}
const std::string& Plan::digest() const {
  return program_->digest;
}
const std::vector<std::string>& Plan::feature_digests() const {
  return program_->feature_digests;
}
std::size_t Plan::asset_bytes() const {
  return program_->asset_bytes();
}

std::optional<std::size_t> Plan::find(std::string_view name) const {
  const auto found = std::find(program_->names.begin(), program_->names.end(), name);
  if (found == program_->names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - program_->names.begin());
}

}  // namespace wayside::features
