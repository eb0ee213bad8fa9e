#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/os/atomic_file.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "train/replay.hpp"

namespace wayside::train {

/// Writes features.csv: `asset,name,time,value`, a row for each feature of each tick as it comes,
/// within a tick in the order of definition; time as epoch nanoseconds, values as
/// `table::append_number` says. A file appears whole or not at all.
class FeatureCsv {
 public:
  /// `path` "-" is the standard output. Errors: `io`, `full`.
  [[nodiscard]] static Result<FeatureCsv> create(const std::string& path,
                                                 const ReplaySchema& schema);
  [[nodiscard]] Status write(std::size_t asset, Time tick, std::span<const double> values);
  [[nodiscard]] Status finish();
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

 private:
  explicit FeatureCsv(const ReplaySchema& schema);
  [[nodiscard]] Status flush();

  std::optional<os::AtomicFile> file_;  ///< none: the standard output
  const ReplaySchema* schema_;
  std::vector<std::string> assets_;              ///< as fields, with their comma
  std::vector<std::vector<std::string>> names_;  ///< by kind, likewise
  std::string buffer_;
  std::uint64_t rows_ = 0;
};

}  // namespace wayside::train
