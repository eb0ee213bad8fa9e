#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "telemetry/codec/bit_pack.hpp"
#include "telemetry/codec/level.hpp"

/// A column of integers: what times, decimals and the parts of real doubles have become. All
/// arithmetic is modulo 2^64, so that any two integers are a finite difference apart and back.
namespace wayside::telemetry::codec {

/// The integers themselves, their differences, or the differences of those.
inline constexpr unsigned differences_limit = 2;

struct IntOptions {
  Level level = Level::fast;
  unsigned differences_max = 1;  ///< how often they may be replaced by their differences
  bool divide = false;           ///< look for a divisor of all their differences
};

/// Appends a column of at least one integer.
void write_ints(std::span<const std::int64_t> ints, const IntOptions& options, std::string& out);

/// Reads a column vector by vector, so that what becomes of the integers stays in the cache.
/// Every read is false where the bytes break the format; after that nothing more may be read.
class IntReader {
 public:
  /// Reads the head. `in` must outlive the reader; the vectors are taken from it as they are read.
  [[nodiscard]] bool open(ByteReader& in, std::size_t count);
  /// The next vector_max integers, or as many as are left: those first in `out` are theirs.
  [[nodiscard]] bool next(Vector& out);

 private:
  [[nodiscard]] bool next_packed(Vector& out, std::size_t count);
  [[nodiscard]] bool open_planes();
  void next_planes(Vector& out, std::size_t count);
  [[nodiscard]] bool read_lead(std::uint64_t* out, std::size_t lead);
  [[nodiscard]] bool patch(std::uint64_t base, std::uint64_t* values, std::size_t count);
  void add_up(Vector& out, std::size_t from, std::size_t count, unsigned differences);

  ByteReader* in_ = nullptr;
  std::size_t count_ = 0;
  std::size_t read_ = 0;
  std::uint64_t last_ = 0;  ///< the integer before, and how far it was from the one before it
  std::uint64_t step_ = 0;
  std::uint64_t divisor_ = 1;
  std::uint64_t origin_ = 0;
  struct Planes;
  struct FreePlanes {
    void operator()(Planes* planes) const;
  };
  std::unique_ptr<Planes, FreePlanes> planes_;
};

}  // namespace wayside::telemetry::codec
