#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace wayside::hub::click {

/// What a read goes by: the rows that count. Reads that begin with the same snapshot see the same.
struct Snapshot {
  std::uint32_t commit = 0;    ///< rows with a higher number do not count yet
  std::uint32_t removals = 0;  ///< the same of `downsample_rows`, which removals number
  /// By table: rows that count no more though they are still there, as a condition.
  std::map<std::string, std::string, std::less<>> hidden;

  /// The condition of the rows of a table that count.
  [[nodiscard]] std::string where(std::string_view table) const {
    const std::uint32_t number = table == "downsample_rows" ? removals : commit;
    const auto found = hidden.find(table);
    return found == hidden.end() ? fmt::format("commit <= {}", number)
                                 : fmt::format("commit <= {} AND NOT ({})", number, found->second);
  }
};

}  // namespace wayside::hub::click
