#include <algorithm>

#include "telemetry/codec/columns.hpp"

namespace wayside::telemetry::codec {
namespace {

/// A run to the end of the column; its length is not written.
constexpr std::uint8_t last_flag = 0x80;

}  // namespace

void write_qualities(std::span<const Quality> qualities, std::string& out) {
  ByteWriter writer(out);
  for (std::size_t i = 0; i < qualities.size();) {
    const auto begin = qualities.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end = std::find_if(begin, qualities.end(), [&](Quality q) { return q != *begin; });
    const auto quality = static_cast<std::uint8_t>(*begin);
    if (end == qualities.end()) return writer.u8(quality | last_flag);
    const auto length = static_cast<std::size_t>(end - begin);
    writer.u8(quality);
    writer.varint(length - 1);
    i += length;
  }
}

bool read_qualities(ByteReader& in, std::span<Quality> qualities) {
  for (std::size_t i = 0; i < qualities.size();) {
    const auto head = in.u8();
    if (!head) return false;
    const unsigned quality = *head & ~unsigned{last_flag};
    if (quality >= quality_count) return false;
    std::size_t length = qualities.size() - i;
    if ((*head & last_flag) == 0) {
      const auto more = in.varint();
      if (!more || *more >= length - 1) return false;
      length = *more + 1;
    }
    std::fill_n(qualities.begin() + static_cast<std::ptrdiff_t>(i), length,
                static_cast<Quality>(quality));
    i += length;
  }
  return true;
}

}  // namespace wayside::telemetry::codec
