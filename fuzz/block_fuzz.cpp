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

void round_trip(const codec::Columns& columns, codec::Level level) {
  std::string bytes;
  codec::encode_block(columns.times, columns.values, columns.qualities, bytes, level);
  const auto back = codec::decode_block(bytes, count_max);
  check(back && same(*back, columns));
}

/// Samples of `bytes`: each time a step of one to eight bytes from the one before, so that grids
/// and jitter are found as easily as leaps; each value a bit pattern, a decimal, a float or the
/// value before.
codec::Columns samples(std::string_view bytes) {
  codec::Columns columns;
  std::uint64_t time = 0;
  double value = 0;
  const auto take = [&](std::size_t size) {
    std::uint64_t out = 0;
    size = std::min(size, bytes.size());
    std::memcpy(&out, bytes.data(), size);
    bytes.remove_prefix(size);
    return out;
  };
  while (!bytes.empty() && columns.times.size() < count_max) {
    const auto head = static_cast<unsigned>(take(1));
    time += take(1 + head % 8);
    switch (head / 8 % 4) {
      case 0:
        value = std::bit_cast<double>(take(8));
        break;
      case 1:
        value = static_cast<double>(static_cast<std::int16_t>(take(2))) / 100;
        break;
      case 2:
        value = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(take(4))));
        break;
      default:
        break;
    }
    // The last byte's high bits repeat a sample, so that short inputs reach long blocks.
    const std::size_t repeats = std::size_t{1} << (head / 32 * 2 % 12);
    for (std::size_t i = 0; i < repeats && columns.times.size() < count_max; ++i) {
      columns.times.push_back({static_cast<std::int64_t>(time)});
      columns.values.push_back(value);
      columns.qualities.push_back(static_cast<Quality>(head % quality_count));
      time += head;
    }
  }
  return columns;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto columns = codec::decode_block(bytes, count_max)) {
    round_trip(*columns, codec::Level::fast);
    round_trip(*columns, codec::Level::small);
  }
  if (size == 0) return 0;
  round_trip(samples(bytes.substr(1)), data[0] % 2 == 0 ? codec::Level::fast : codec::Level::small);
  return 0;
}
