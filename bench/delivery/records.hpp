#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wayside::bench {

/// The records that every system gets: the columns of C-MAPSS engines and NAB's series, value by
/// value as they are written in the files, at the times of a grid that all series share.
class Records {
 public:
  struct Series {
    std::string asset, signal;
    std::vector<std::string> values;
  };
  static constexpr std::size_t engines = 10;
  static constexpr std::size_t engine_signals = 24;
  static constexpr const char* probe_asset = "probe";
  static constexpr const char* probe_signal = "alarm";

  /// `folder` holds `nab/` and `cmapss/train_FD001.txt`, unpacked. Throws std::runtime_error.
  explicit Records(const std::string& folder);

  [[nodiscard]] const std::vector<Series>& series() const { return series_; }
  /// One line, with its line end: what series `s` says at its place `k`.
  void append(std::string& out, std::size_t s, std::uint64_t k, std::int64_t time_ns) const;
  /// A critical record.
  static void append_probe(std::string& out, std::uint64_t k, std::int64_t time_ns);
  /// `kinds` and `assets` of an agent that takes all of it.
  [[nodiscard]] std::string agent_yaml() const;

 private:
  void add_engines(const std::string& file);
  void add_nab(const std::string& folder);

  std::vector<Series> series_;
  std::vector<std::string> heads_;  ///< a line up to its time
};

}  // namespace wayside::bench
