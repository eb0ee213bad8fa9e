#include "node/record_ring.hpp"

#include <bit>
#include <cstring>

#include "base/assert.hpp"

namespace wayside::node {
namespace {

constexpr std::size_t round_up(std::size_t bytes) {
  return (bytes + 7) & ~std::size_t{7};
}

void put_header(std::byte* at, std::uint64_t value) {
  std::memcpy(at, &value, sizeof value);
}

std::uint64_t get_header(const std::byte* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

RecordRing::RecordRing(std::size_t bytes)
    : size_(bytes), mask_(bytes - 1), ring_(std::make_unique_for_overwrite<std::byte[]>(bytes)) {
  WAYSIDE_ASSERT(std::has_single_bit(bytes) && bytes >= 64, "a ring is a power of two");
}

std::byte* RecordRing::reserve(std::size_t bytes, std::size_t keep_free) {
  WAYSIDE_ASSERT(bytes <= message_bytes_max(), "a message longer than the ring allows");
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  const std::uint64_t tail = tail_.load(std::memory_order_acquire);
  const std::size_t need = header_bytes + round_up(bytes);
  const std::size_t to_end = size_ - static_cast<std::size_t>(head & mask_);
  const std::size_t skipped = need > to_end ? to_end : 0;
  const auto free = size_ - static_cast<std::size_t>(head - tail);
  if (need + skipped + keep_free > free) return nullptr;
  if (skipped > 0) {
    put_header(at(head), padding);
    head += skipped;
  }
  put_header(at(head), bytes);
  next_ = head + need;
  return at(head) + header_bytes;
}

void RecordRing::commit() {
  head_.store(next_, std::memory_order_release);
}

std::span<const std::byte> RecordRing::front() {
  std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint64_t head = head_.load(std::memory_order_acquire);
  if (tail == head) return {};
  if (get_header(at(tail)) == padding) {
    tail += size_ - (tail & mask_);
    tail_.store(tail, std::memory_order_release);
  }
  return {at(tail) + header_bytes, static_cast<std::size_t>(get_header(at(tail)))};
}

void RecordRing::pop() {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const auto bytes = static_cast<std::size_t>(get_header(at(tail)));
  tail_.store(tail + header_bytes + round_up(bytes), std::memory_order_release);
}

}  // namespace wayside::node
