#pragma once

#include <stdlib.h>
#include <filesystem>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "train/table.hpp"

namespace wayside::train::testing {

/// Rows of a machine with two hidden causes (load and ambient) behind four measurements of very
/// different sizes, one a second.
inline Table healthy_rows(std::size_t rows, std::uint64_t seed) {
  Rng rng(seed);
  Table table;
  table.names = {"power", "coolant", "odometer", "current"};
  for (std::size_t i = 0; i < rows; ++i) {
    const double load = rng.normal();
    const double ambient = rng.normal();
    const std::vector<double> row = {2000 + 800 * load + rng.normal(0, 40),
                                     80 + 3 * load + 4 * ambient + rng.normal(0, 0.5),
                                     1.7e9 + 2 * ambient + rng.normal(0, 0.3),
                                     1e-3 * (5 + load - ambient) + rng.normal(0, 1e-4)};
    table.append(Time{1'767'225'600'000'000'000} + seconds(static_cast<std::int64_t>(i)), row);
  }
  return table;
}

/// A folder of its own that goes with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "train_test.XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }
  [[nodiscard]] std::size_t entries() const {
    const std::filesystem::directory_iterator all(path_);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace wayside::train::testing
