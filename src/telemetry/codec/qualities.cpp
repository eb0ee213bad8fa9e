#include "telemetry/codec/columns.hpp"

namespace wayside::telemetry::codec {

void write_qualities(const std::vector<Quality>& qualities, ByteWriter& out) {
  for (std::size_t i = 0; i < qualities.size();) {
    std::size_t end = i + 1;
    while (end < qualities.size() && qualities[end] == qualities[i]) ++end;
    out.u8(static_cast<std::uint8_t>(qualities[i]));
    out.varint(end - i - 1);
    i = end;
  }
}

bool read_qualities(ByteReader& in, std::size_t count, std::vector<Quality>& qualities) {
  qualities.resize(count);
  for (std::size_t i = 0; i < count;) {
    const auto quality = in.u8();
    const auto more = in.varint();
    if (!quality || *quality >= quality_count || !more || *more >= count - i) return false;
    for (const std::size_t end = i + *more + 1; i < end; ++i)
      qualities[i] = static_cast<Quality>(*quality);
  }
  return true;
}

}  // namespace wayside::telemetry::codec
