#include "telemetry/record_head.hpp"

#include <optional>

#include "base/bytes.hpp"
#include "telemetry/codec/block.hpp"

namespace wayside::telemetry {
namespace {

constexpr std::uint32_t asset_field = 1;
constexpr std::uint32_t block_field = 4;

struct Field {
  std::uint64_t number = 0;
  std::string_view bytes;  ///< of a length-delimited one, else empty
};

/// The next field of a protobuf message; nullopt where it is broken.
std::optional<Field> next_field(ByteReader& in) {
  const auto tag = in.varint();
  if (!tag) return std::nullopt;
  Field field{*tag >> 3, {}};
  switch (*tag & 7) {
    case 0:
      if (!in.varint()) return std::nullopt;
      return field;
    case 1:
      if (!in.u64()) return std::nullopt;
      return field;
    case 2:
      if (const auto size = in.varint()) {
        const auto bytes = in.bytes(*size);
        if (!bytes) return std::nullopt;
        field.bytes = *bytes;
        return field;
      }
      return std::nullopt;
    case 5:
      if (!in.u32()) return std::nullopt;
      return field;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string_view to_string(BodyKind kind) {
  constexpr std::array<std::string_view, body_kinds.size()> names{"samples", "features", "decision",
                                                                  "event",   "health",   "gap"};
  return names[static_cast<std::size_t>(kind)];
}

Result<RecordHead> peek(std::string_view sealed) {
  const auto corrupt = [] { return fail(Errc::corrupt, "record: not a sealed record"); };
  ByteReader outer(sealed);
  RecordHead head;
  std::string_view body;
  bool found = false;
  while (outer.remaining() > 0) {
    const auto field = next_field(outer);
    if (!field) return corrupt();
    if (field->number < 1 || field->number > body_kinds.size()) continue;
    head.kind = body_kinds[field->number - 1];
    body = field->bytes;
    found = true;
  }
  if (!found) return corrupt();
  if (head.kind == BodyKind::health || head.kind == BodyKind::gap) return head;
  ByteReader inner(body);
  while (inner.remaining() > 0) {
    const auto field = next_field(inner);
    if (!field) return corrupt();
    if (field->number == asset_field) head.asset = field->bytes;
    if (head.kind == BodyKind::samples && field->number == block_field) {
      const auto samples = codec::block_count(field->bytes, codec::samples_max);
      if (!samples) return tl::make_unexpected(samples.error());
      head.samples = *samples;
    }
  }
  return head;
}

}  // namespace wayside::telemetry
