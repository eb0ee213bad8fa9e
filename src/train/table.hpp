#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace wayside::train {

/// Feature rows: one per asset and tick, [rows × names], row-major; NaN where a feature had no
/// value.
struct Table {
  std::vector<std::string> names;
  std::vector<Time> times;  ///< of each row
  std::vector<double> values;

  [[nodiscard]] std::size_t rows() const { return times.size(); }
  [[nodiscard]] std::span<const double> row(std::size_t i) const {
    return std::span(values).subspan(i * names.size(), names.size());
  }
  void append(Time time, std::span<const double> row) {
    times.push_back(time);
    values.insert(values.end(), row.begin(), row.end());
  }
};

}  // namespace wayside::train
