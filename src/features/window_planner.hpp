#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "features/lower.hpp"
#include "features/program.hpp"
#include "features/window_call.hpp"

namespace wayside::features {

/// Finds out what a plan reads from windows: which signals are used, which windows share which
/// panes, and what that takes of memory.
class WindowPlanner {
 public:
  WindowPlanner(const telemetry::Kind& kind, Plan::Program& program)
      : kind_(kind), program_(program) {}

  /// The slot of a call's value, the same one where it was asked for before; nullopt once a mistake
  /// is reported. `signals` are those that the call names.
  std::optional<std::uint32_t> read(const WindowCall& call, const std::vector<SignalId>& signals,
                                    Reporter& reporter);
  /// Writes the program's tables. To be called once, after all calls of `read`.
  void finish();

  /// What takes most of the memory: where it is asked for, and what it takes.
  struct Largest {
    config::Location at;
    std::size_t bytes = 0;
  };
  [[nodiscard]] const std::optional<Largest>& largest() const { return largest_; }

 private:
  struct DraftWindow {
    Duration width;
    Components components = 0;
    std::vector<PlannedValue> values;
  };
  struct DraftTree {
    std::size_t source = 0;
    std::optional<std::size_t> other;  ///< the second signal of pairs
    Duration pane;
    bool mixed = false;
    Duration half_life;
    Components components = 0;
    std::int64_t keep = 1;
    config::Location widest_at;
    std::vector<DraftWindow> windows;
    std::vector<PlannedLag> lags;
  };
  struct DraftQuantiles {
    PlannedQuantiles window;
    config::Location at;
    std::vector<PlannedQuantile> values;
  };
  struct DraftWaveform {
    PlannedWaveform window;
    config::Location at;
    std::vector<PlannedBand> values;
  };

  std::size_t source(SignalId signal);
  [[nodiscard]] std::int64_t ahead(Duration pane) const;
  std::optional<Duration> pane_of(const WindowCall& call, Reporter& reporter) const;
  DraftTree& tree(const WindowCall& call, const std::vector<SignalId>& signals, Duration pane,
                  const Reporter& reporter);
  std::uint32_t read_statistic(const WindowFunction& function, const WindowCall& call,
                               DraftTree& tree);
  std::uint32_t read_lag(const WindowCall& call, DraftTree& tree);
  std::uint32_t read_quantile(const WindowCall& call, const std::vector<SignalId>& signals,
                              Duration pane, const Reporter& reporter);
  std::optional<std::uint32_t> read_band(const WindowCall& call, SignalId signal,
                                         Reporter& reporter);
  bool check_band(const WindowCall& call, const telemetry::Signal& signal, Reporter& reporter);
  [[nodiscard]] PlannedWaveform waveform_window(const WindowCall& call, SignalId signal);
  void finish_trees();
  void finish_pairs(const DraftTree& draft, std::size_t tree);
  void finish_quantiles();
  void finish_waveforms();
  void note(std::size_t bytes, const config::Location& at);
  std::uint32_t new_slot() { return static_cast<std::uint32_t>(program_.slots++); }

  const telemetry::Kind& kind_;
  Plan::Program& program_;
  std::vector<DraftTree> trees_;
  std::vector<DraftQuantiles> quantiles_;
  std::vector<DraftWaveform> waveforms_;
  std::optional<Largest> largest_;
};

}  // namespace wayside::features
