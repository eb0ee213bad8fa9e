#pragma once

#include <string>
#include <vector>

#include "sim/drill/expectation.hpp"
#include "sim/drill/outcome.hpp"

namespace wayside::drill {

struct Drill;

/// One run, judged.
struct Verdict {
  Outcome outcome;
  std::vector<Finding> findings;
  [[nodiscard]] bool passed() const;
};

/// What a drill came to, over all its runs.
struct Report {
  std::string title;
  std::string file;
  std::string agent_file;    ///< empty: the built-in one
  bool agent_given = false;  ///< instead of the script's own
  Duration length;
  std::size_t nodes = 1;
  Time start;
  std::uint64_t runs = 0;
  std::vector<std::uint64_t> failed_seeds;  ///< the first `failed_seeds_max`
  std::uint64_t failed = 0;
  Verdict shown;  ///< the first run that failed, else the first
  static constexpr std::size_t failed_seeds_max = 100;

  [[nodiscard]] bool passed() const { return failed == 0; }
  /// The command line that runs the shown seed again.
  [[nodiscard]] std::string repeat_command() const;
  /// Takes up one more run.
  void add(Verdict verdict);
};
[[nodiscard]] Report begin_report(const Drill& drill);

/// For a terminal: what failed first, then what happened.
[[nodiscard]] std::string report_text(const Report& report);
/// One object, for programs; durations in seconds.
[[nodiscard]] std::string report_json(const Report& report);
/// One self-contained page with plots.
[[nodiscard]] std::string report_html(const Report& report);

}  // namespace wayside::drill
