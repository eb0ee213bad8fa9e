// The block codec both ways: bytes as a block, and bytes as samples.
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "telemetry/codec/block.hpp"

namespace {

using namespace wayside;
using namespace wayside::telemetry;

constexpr std::size_t count_max = 65'536;

void check(bool holds) {
  if (!holds) std::abort();
}

bool same(const codec::Columns& a, const codec::Columns& b) {
  if (a.times != b.times || a.qualities != b.qualities || a.values.size() != b.values.size())
    return false;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    if (std::bit_cast<std::uint64_t>(a.values[i]) != std::bit_cast<std::uint64_t>(b.values[i]))
      return false;
  return true;
}

void round_trip(const codec::Columns& columns) {
  std::string bytes;
  codec::encode_block(columns.times, columns.values, columns.qualities, bytes);
  const auto back = codec::decode_block(bytes, count_max);
  check(back && same(*back, columns));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto columns = codec::decode_block(bytes, count_max)) round_trip(*columns);
  constexpr std::size_t sample_bytes = 17;
  codec::Columns columns;
  for (std::size_t at = 0; at + sample_bytes <= size; at += sample_bytes) {
    std::int64_t time;
    double value;
    std::memcpy(&time, data + at, 8);
    std::memcpy(&value, data + at + 8, 8);
    columns.times.push_back({time});
    columns.values.push_back(value);
    columns.qualities.push_back(static_cast<Quality>(data[at + 16] % quality_count));
  }
  round_trip(columns);
  return 0;
}
