#include <algorithm>
#include <bit>

#include "codec/baselines.hpp"
#include "codec/bit_stream.hpp"

namespace wayside::bench {
namespace {

constexpr unsigned leading_max = 31;  // five bits

}  // namespace

void gorilla_encode(std::span<const double> values, std::string& out) {
  BitWriter writer(out);
  auto previous = std::bit_cast<std::uint64_t>(values[0]);
  writer.write(previous, 64);
  unsigned leading = 65;  // of the window in use: none yet
  unsigned trailing = 0;
  for (const double value : values.subspan(1)) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t difference = bits ^ previous;
    previous = bits;
    if (difference == 0) {
      writer.write(0, 1);
      continue;
    }
    const unsigned front = std::min<unsigned>(std::countl_zero(difference), leading_max);
    const auto back = static_cast<unsigned>(std::countr_zero(difference));
    if (leading <= front && trailing <= back) {
      writer.write(0b10, 2);
    } else {
      leading = front;
      trailing = back;
      writer.write(0b11, 2);
      writer.write(leading, 5);
      writer.write((64 - leading - trailing) % 64, 6);  // 64 is written as 0
    }
    writer.write(difference >> trailing, 64 - leading - trailing);
  }
  writer.finish();
}

void gorilla_decode(std::string_view in, std::span<double> values) {
  BitReader reader(in);
  std::uint64_t bits = reader.read(64);
  values[0] = std::bit_cast<double>(bits);
  unsigned length = 0;
  unsigned trailing = 0;
  for (double& value : values.subspan(1)) {
    if (reader.read(1) != 0) {
      if (reader.read(1) != 0) {
        const auto leading = static_cast<unsigned>(reader.read(5));
        length = static_cast<unsigned>(reader.read(6));
        if (length == 0) length = 64;
        trailing = 64 - leading - length;
      }
      bits ^= reader.read(length) << trailing;
    }
    value = std::bit_cast<double>(bits);
  }
}

}  // namespace wayside::bench
