#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"

namespace wayside::bench {

struct Series {
  std::string name;
  std::vector<Time> times;
  std::vector<double> values;
};

/// A file that data.py wrote; ends the program where it is not one.
std::vector<Series> read_series(const std::string& path);

}  // namespace wayside::bench
