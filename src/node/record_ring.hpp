#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace wayside::node {

/// Messages of different lengths from one producer to one consumer, without lock or allocation.
/// A message lies in one piece; each starts at a multiple of 8 bytes.
class RecordRing {
 public:
  /// `bytes` is a power of two, at least 64.
  explicit RecordRing(std::size_t bytes);

  /// Producer: room for a message of `bytes` (at most `message_bytes_max`) such that afterwards
  /// `keep_free` bytes are left; nullptr if there is none. `commit` makes it visible.
  std::byte* reserve(std::size_t bytes, std::size_t keep_free = 0);
  void commit();

  /// Consumer: the oldest message, empty if there is none. Valid until `pop`.
  std::span<const std::byte> front();
  void pop();

  /// Bytes taken, headers included. Any thread.
  [[nodiscard]] std::size_t used() const {
    return static_cast<std::size_t>(head_.load(std::memory_order_acquire) -
                                    tail_.load(std::memory_order_acquire));
  }
  [[nodiscard]] std::size_t capacity() const { return size_; }
  [[nodiscard]] std::size_t message_bytes_max() const { return size_ / 4; }

 private:
  static constexpr std::size_t header_bytes = 8;
  /// In a header: no message, the rest of the ring is skipped.
  static constexpr std::uint64_t padding = ~std::uint64_t{0};

  [[nodiscard]] std::byte* at(std::uint64_t position) { return ring_.get() + (position & mask_); }

  std::size_t size_;
  std::uint64_t mask_;
  std::unique_ptr<std::byte[]> ring_;
  std::uint64_t next_ = 0;  ///< producer's: head after `commit`
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace wayside::node
