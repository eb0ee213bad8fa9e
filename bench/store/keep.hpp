#pragma once

#include <string>

#include "base/result.hpp"

namespace wayside::bench {

/// How long commits take while cold days move to the archive, and how long alone.
struct KeepFigures {
  std::uint64_t archived = 0;  ///< samples
  double took_s = 0;
  double file_bytes = 0;  ///< of the archive, all together
  double alone_p50_ms = 0, alone_max_ms = 0;
  std::size_t commits = 0;  ///< beside it
  double beside_p50_ms = 0, beside_p99_ms = 0, beside_max_ms = 0;
};

/// DuckDB in the file `path`, which must not be there yet; three days of about `samples` in all, of
/// which two are archived.
[[nodiscard]] Result<KeepFigures> measure_keeping(const std::string& path, double samples);

}  // namespace wayside::bench
