#include "spool/sqlite/budget.hpp"

#include <algorithm>

#include "spool/record_limit.hpp"
#include "spool/spool_store.hpp"

namespace wayside::spool {

namespace {

constexpr std::uint64_t index_region_bytes = 32u << 10;  ///< for 4096 frames
constexpr std::uint64_t frames_a_region = 4096;
constexpr std::uint64_t entry_overhead_bytes = 64;  ///< its numbers, and its part of a page's head

std::uint64_t round_up(std::uint64_t bytes, std::uint64_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

Result<Budget> share_out(std::uint64_t limit, std::uint64_t set_aside) {
  const std::uint64_t staged = staged_bytes_max(limit);
  Budget budget;
  budget.set_aside_bytes = set_aside;
  // A transaction puts up to `staged` bytes of records, of which those of half a page and more
  // waste up to half, and a large one; thins as much, which leaves holes in pages; and where many
  // entries go it changes the pages that say which pages are free, one in some 450.
  const std::uint64_t transaction =
      2 * staged + record_bytes_max(limit) + 5 * staged / 4 + limit / 400 + (32u << 10);
  budget.checkpoint_bytes = std::clamp<std::uint64_t>(limit / 32, 64u << 10, 4u << 20);
  budget.log_bytes =
      round_up((budget.checkpoint_bytes + transaction) / page_bytes * frame_bytes, page_bytes);
  budget.index_bytes = round_up(budget.log_bytes / frame_bytes + 1, frames_a_region) /
                       frames_a_region * index_region_bytes;
  budget.chunk_bytes = std::clamp<std::uint64_t>(limit / 256 / page_bytes * page_bytes,
                                                 16 * page_bytes, 256 * page_bytes);
  const std::uint64_t others = budget.log_bytes + budget.index_bytes + set_aside;
  if (limit < others + 4 * budget.chunk_bytes)
    return fail(Errc::invalid, "a spool of {} bytes leaves no room for records", limit);
  budget.database_bytes = (limit - others) / budget.chunk_bytes * budget.chunk_bytes;
  return budget;
}

std::uint64_t entry_bytes_max(std::uint64_t record_bytes) {
  const std::uint64_t bytes = record_bytes + entry_overhead_bytes;
  // Small ones share a page, up to as many as fit; of others the rest of a page may stay empty.
  if (bytes <= page_bytes / 8) return bytes + bytes / 4;
  if (bytes <= page_bytes / 2) return bytes + bytes / 2;
  return round_up(bytes, page_bytes) + page_bytes;
}

}  // namespace wayside::spool
