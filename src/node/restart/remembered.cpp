#include "node/restart/remembered.hpp"

#include <bit>
#include <optional>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace wayside::node {
namespace {

constexpr std::uint8_t format = 1;

void put(ByteWriter& out, const std::string& text) {
  out.varint(text.size());
  out.bytes(text);
}

bool get(ByteReader& in, std::string& text) {
  const auto size = in.varint();
  const auto bytes = size ? in.bytes(*size) : std::nullopt;
  if (bytes) text = *bytes;
  return bytes.has_value();
}

bool get(ByteReader& in, RememberedValue& value) {
  if (!get(in, value.asset) || !get(in, value.signal)) return false;
  const auto version = in.u32();
  const auto time = in.u64();
  const auto bits = in.u64();
  if (!version || !time || !bits) return false;
  value.version = *version;
  value.time = {static_cast<std::int64_t>(*time)};
  value.value = std::bit_cast<double>(*bits);
  return true;
}

}  // namespace

std::string encode_remembered(const std::vector<RememberedValue>& values) {
  WAYSIDE_ASSERT(values.size() <= remembered_max, "who collects them stops there");
  std::string note;
  ByteWriter out(note);
  out.u8(format);
  out.varint(values.size());
  for (const RememberedValue& value : values) {
    put(out, value.asset);
    put(out, value.signal);
    out.u32(value.version);
    out.u64(static_cast<std::uint64_t>(value.time.ns));
    out.u64(std::bit_cast<std::uint64_t>(value.value));
  }
  out.u32(crc32c(note));
  return note;
}

Result<std::vector<RememberedValue>> decode_remembered(std::string_view note) {
  constexpr std::size_t crc_bytes = 4;
  const auto broken = [] { return fail(Errc::corrupt, "the note of a restart is damaged"); };
  if (note.size() < crc_bytes) return broken();
  ByteReader crc(note.substr(note.size() - crc_bytes));
  note.remove_suffix(crc_bytes);
  if (crc.u32() != crc32c(note)) return broken();
  ByteReader in(note);
  if (in.u8() != format) return broken();
  const auto count = in.varint();
  if (!count || *count > remembered_max) return broken();
  std::vector<RememberedValue> values(*count);
  for (RememberedValue& value : values)
    if (!get(in, value)) return broken();
  return values;
}

}  // namespace wayside::node
