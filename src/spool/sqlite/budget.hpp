#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace wayside::spool {

inline constexpr std::uint64_t page_bytes = 4096;
inline constexpr std::uint64_t frame_bytes = page_bytes + 24;  ///< a page in the write-ahead log

/// How a spool's limit is shared out among its files, so that together they never pass it.
struct Budget {
  std::uint64_t database_bytes = 0;   ///< a multiple of chunk_bytes
  std::uint64_t log_bytes = 0;        ///< the write-ahead log
  std::uint64_t index_bytes = 0;      ///< of the log: the -shm file
  std::uint64_t set_aside_bytes = 0;  ///< a damaged database that stays for who wants to look at it
  std::uint64_t checkpoint_bytes = 0;  ///< in the log when it is emptied into the database
  std::uint64_t chunk_bytes = 0;       ///< by which the database grows
};

/// `set_aside` bytes are taken by a damaged database. Errors: `invalid` where the limit is too
/// small to be shared.
[[nodiscard]] Result<Budget> share_out(std::uint64_t limit, std::uint64_t set_aside);

/// The pages that an entry takes at most: SQLite's file format, section 1.6.
[[nodiscard]] std::uint64_t entry_bytes_max(std::uint64_t record_bytes);

}  // namespace wayside::spool
