#include "telemetry/codec/block.hpp"

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "telemetry/codec/bit_pack.hpp"
#include "telemetry/codec/columns.hpp"

namespace wayside::telemetry::codec {
namespace {

constexpr std::uint8_t format_version = 1;

tl::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "sample block: {}", what);
}

}  // namespace

void encode_block(const std::vector<Time>& times, const std::vector<double>& values,
                  const std::vector<Quality>& qualities, std::string& out) {
  WAYSIDE_ASSERT(times.size() == values.size() && times.size() == qualities.size(),
                 "the columns of a block are equally long");
  ByteWriter writer(out);
  writer.u8(format_version);
  writer.varint(times.size());
  if (times.empty()) return;
  write_times(times, writer);
  write_qualities(qualities, writer);
  write_values(values, out);
}

Result<Columns> decode_block(std::string_view in, std::size_t count_max) {
  ByteReader reader(in);
  const auto version = reader.u8();
  if (!version) return corrupt("empty");
  if (*version != format_version)
    return fail(Errc::corrupt, "sample block: format {}, expected {}", *version, format_version);
  const auto count = reader.varint();
  if (!count) return corrupt("the count is cut off");
  // Every chunk of values takes a byte at least, so a short input cannot ask for much memory.
  if (*count > count_max || *count / chunk_max > reader.remaining())
    return fail(Errc::corrupt,
                "sample block: says it holds {} samples in {} bytes, at most {} may be", *count,
                in.size(), count_max);
  Columns columns;
  if (*count > 0) {
    if (!read_times(reader, *count, columns.times)) return corrupt("broken column of times");
    if (!read_qualities(reader, *count, columns.qualities))
      return corrupt("broken column of qualities");
    if (!read_values(reader, *count, columns.values)) return corrupt("broken column of values");
  }
  if (reader.remaining() > 0)
    return fail(Errc::corrupt, "sample block: {} bytes after its end", reader.remaining());
  return columns;
}

}  // namespace wayside::telemetry::codec
