#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/config/reader.hpp"
#include "base/time.hpp"

namespace wayside::node::sources {

/// `epoch: s|ms|us|ns`, or autodetect where the key is absent.
[[nodiscard]] EpochUnit read_epoch(config::MapReader& reader);

/// How a row of a table tells its time.
class TimeRule {
 public:
  /// Reads `time:` of a csv source: a column's name, or {column, epoch | format | unit and start},
  /// or {every, start} where rows are equally far apart. Nullopt after an error.
  static std::optional<TimeRule> read(const config::Node& node, config::Diagnostics& diagnostics);

  /// The column to read; empty where rows are counted.
  [[nodiscard]] const std::string& column() const { return column_; }
  [[nodiscard]] const config::Location& at() const { return at_; }
  /// `field` is the column's text, `row` counts from 0. Errors: `invalid`.
  [[nodiscard]] Result<Time> time(std::string_view field, std::uint64_t row) const;

 private:
  [[nodiscard]] Result<Time> formatted(std::string_view field) const;
  [[nodiscard]] Result<Time> counted(double count) const;

  config::Location at_;
  std::string column_;
  EpochUnit epoch_ = EpochUnit::autodetect;
  std::string format_;            ///< of strptime
  std::optional<Duration> unit_;  ///< time = start + count · unit
  Time start_;
};

}  // namespace wayside::node::sources
