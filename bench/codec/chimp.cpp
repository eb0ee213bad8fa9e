#include <array>
#include <bit>
#include <vector>

#include "codec/baselines.hpp"
#include "codec/bit_stream.hpp"

namespace wayside::bench {
namespace {

/// Leading zeros are counted in eight classes.
constexpr std::array<unsigned, 8> leading_classes{0, 8, 12, 16, 18, 20, 22, 24};
constexpr unsigned no_leading = 65;
constexpr unsigned trailing_limit = 6;

constexpr unsigned window = 128;
constexpr unsigned window_bits = 7;
constexpr unsigned window_trailing_limit = trailing_limit + window_bits;
constexpr std::uint64_t key_mask = (std::uint64_t{1} << (window_trailing_limit + 1)) - 1;

unsigned class_of(std::uint64_t difference) {
  const auto zeros = static_cast<unsigned>(std::countl_zero(difference));
  unsigned found = 7;
  while (leading_classes[found] > zeros) --found;
  return found;
}

/// What follows the flag where a difference keeps its low bits: shared by both.
void write_whole(std::uint64_t difference, unsigned kind, unsigned& leading, BitWriter& writer) {
  if (leading_classes[kind] == leading) {
    writer.write(0b10, 2);
  } else {
    leading = leading_classes[kind];
    writer.write(0b11, 2);
    writer.write(kind, 3);
  }
  writer.write(difference, 64 - leading);
}

void write_middle(std::uint64_t difference, unsigned kind, unsigned trailing, BitWriter& writer) {
  const unsigned length = 64 - leading_classes[kind] - trailing;
  writer.write(kind, 3);
  writer.write(length, 6);
  writer.write(difference >> trailing, length);
}

std::uint64_t read_middle(BitReader& reader) {
  const unsigned leading = leading_classes[reader.read(3)];
  const auto length = static_cast<unsigned>(reader.read(6));
  return reader.read(length) << (64 - leading - length);
}

}  // namespace

void chimp_encode(std::span<const double> values, std::string& out) {
  BitWriter writer(out);
  auto previous = std::bit_cast<std::uint64_t>(values[0]);
  writer.write(previous, 64);
  unsigned leading = no_leading;
  for (const double value : values.subspan(1)) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t difference = bits ^ previous;
    previous = bits;
    if (difference == 0) {
      writer.write(0b00, 2);
      leading = no_leading;
      continue;
    }
    const unsigned kind = class_of(difference);
    const auto trailing = static_cast<unsigned>(std::countr_zero(difference));
    if (trailing > trailing_limit) {
      writer.write(0b01, 2);
      write_middle(difference, kind, trailing, writer);
      leading = no_leading;
    } else {
      write_whole(difference, kind, leading, writer);
    }
  }
  writer.finish();
}

void chimp_decode(std::string_view in, std::span<double> values) {
  BitReader reader(in);
  std::uint64_t bits = reader.read(64);
  values[0] = std::bit_cast<double>(bits);
  unsigned leading = 0;
  for (double& value : values.subspan(1)) {
    switch (reader.read(2)) {
      case 0b00:
        break;
      case 0b01:
        bits ^= read_middle(reader);
        break;
      case 0b11:
        leading = leading_classes[reader.read(3)];
        [[fallthrough]];
      default:
        bits ^= reader.read(64 - leading);
    }
    value = std::bit_cast<double>(bits);
  }
}

void chimp128_encode(std::span<const double> values, std::string& out) {
  BitWriter writer(out);
  std::array<std::uint64_t, window> recent{};
  // Where a value with these low bits was last; 0 before any.
  std::vector<std::size_t> places(key_mask + 1, 0);
  recent[0] = std::bit_cast<std::uint64_t>(values[0]);
  writer.write(recent[0], 64);
  unsigned leading = no_leading;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(values[i]);
    std::size_t place = places[bits & key_mask];
    std::uint64_t difference = bits ^ recent[place % window];
    if (i - place > window || (difference != 0 && static_cast<unsigned>(std::countr_zero(
                                                      difference)) <= window_trailing_limit)) {
      place = i - 1;
      difference = bits ^ recent[place % window];
    }
    if (difference == 0) {
      writer.write(place % window, window_bits + 2);
      leading = no_leading;
    } else {
      const unsigned kind = class_of(difference);
      const auto trailing = static_cast<unsigned>(std::countr_zero(difference));
      if (trailing > window_trailing_limit) {
        writer.write(window | place % window, window_bits + 2);
        write_middle(difference, kind, trailing, writer);
        leading = no_leading;
      } else {
        write_whole(difference, kind, leading, writer);  // always to the value before
      }
    }
    recent[i % window] = bits;
    places[bits & key_mask] = i;
  }
  writer.finish();
}

void chimp128_decode(std::string_view in, std::span<double> values) {
  BitReader reader(in);
  std::array<std::uint64_t, window> recent{};
  recent[0] = reader.read(64);
  values[0] = std::bit_cast<double>(recent[0]);
  unsigned leading = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    std::uint64_t bits = recent[(i - 1) % window];
    switch (reader.read(2)) {
      case 0b00:
        bits = recent[reader.read(window_bits)];
        break;
      case 0b01:
        bits = recent[reader.read(window_bits)];
        bits ^= read_middle(reader);
        break;
      case 0b11:
        leading = leading_classes[reader.read(3)];
        [[fallthrough]];
      default:
        bits ^= reader.read(64 - leading);
    }
    recent[i % window] = bits;
    values[i] = std::bit_cast<double>(bits);
  }
}

}  // namespace wayside::bench
