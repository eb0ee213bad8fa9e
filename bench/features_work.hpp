#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "features/engine.hpp"

// What the features are measured on: signals at 1 kHz, and mean, standard deviation, minimum and
// maximum of each over 1 s, 10 s and 60 s, every 100 ms.
namespace wayside::bench {

/// CPU time of this process so far, of all its threads: on an idle machine the same as what a clock
/// says, elsewhere what it would say.
[[nodiscard]] double cpu_seconds();

inline constexpr std::size_t signal_count = 8;
inline constexpr std::size_t rate_hz = 1000;
inline constexpr Duration every = milliseconds(100);
inline constexpr std::size_t samples_a_tick = 100;
inline constexpr int widths_s[] = {1, 10, 60};

/// Sample i of every signal stands at (i + 1) ms, so that the first tick is at 100 ms.
struct Data {
  /// `pause`: after each second of samples, as between the runs of a waveform.
  explicit Data(std::size_t seconds, Duration pause = {});
  [[nodiscard]] std::size_t samples() const { return times.size() * signal_count; }

  std::vector<Time> times;
  std::vector<std::vector<double>> values;  ///< of each signal
};

/// The features of a row: signal by signal, width by width, mean std min max.
inline constexpr std::size_t columns = signal_count * 3 * 4;
[[nodiscard]] std::shared_ptr<const features::Plan> common_plan();
/// One feature of each of `signals` signals; "{}" in it stands for the signal. nullptr where there
/// is a mistake.
[[nodiscard]] std::shared_ptr<const features::Plan> plan_of(const std::string& feature,
                                                            std::size_t signals,
                                                            bool waveforms = false);

/// The rows of the first ticks, one after another.
using Table = std::vector<double>;

/// By recomputing every window at every tick from its samples. Rows of the ticks from `first` to
/// before `end`.
[[nodiscard]] Table recompute(const Data& data, std::size_t first_tick, std::size_t end_tick);

struct Answer {
  Table table;
  double seconds = 0;  ///< CPU time of the query, its rows fetched
};
/// By DuckDB's window functions, single-threaded. Exits with a message where DuckDB fails.
[[nodiscard]] Answer by_window_functions(const Data& data);
/// The same from aggregates of 100 ms each: what one writes by hand when that takes too long.
[[nodiscard]] Answer by_panes_in_sql(const Data& data);

}  // namespace wayside::bench
