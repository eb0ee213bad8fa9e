#include "telemetry/codec/block.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "telemetry/codec/columns.hpp"

namespace wayside::telemetry::codec {
namespace {

constexpr std::uint8_t format_version = 2;

tl::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "sample block: {}", what);
}

Result<std::size_t> read_head(ByteReader& in, std::size_t count_max) {
  const auto version = in.u8();
  if (!version) return corrupt("empty");
  if (*version != format_version)
    return fail(Errc::corrupt, "sample block: format {}, expected {}", *version, format_version);
  const auto count = in.varint();
  if (!count) return corrupt("the count is cut off");
  const std::size_t limit = std::min(count_max, samples_max);
  if (*count > limit)
    return fail(Errc::corrupt, "sample block: says it holds {} samples, at most {} may be", *count,
                limit);
  return *count;
}

}  // namespace

void encode_block(std::span<const Time> times, std::span<const double> values,
                  std::span<const Quality> qualities, std::string& out, Level level) {
  WAYSIDE_ASSERT(times.size() == values.size() && times.size() == qualities.size(),
                 "the columns of a block are equally long");
  WAYSIDE_ASSERT(times.size() <= samples_max, "a block keeps to its limit");
  ByteWriter writer(out);
  writer.u8(format_version);
  writer.varint(times.size());
  if (times.empty()) return;
  write_times(times, level, out);
  write_qualities(qualities, out);
  write_values(values, level, out);
}

Result<std::size_t> block_count(std::string_view in, std::size_t count_max) {
  ByteReader reader(in);
  return read_head(reader, count_max);
}

Status decode_block(std::string_view in, std::span<Time> times, std::span<double> values,
                    std::span<Quality> qualities) {
  WAYSIDE_ASSERT(times.size() == values.size() && times.size() == qualities.size(),
                 "the columns of a block are equally long");
  ByteReader reader(in);
  const auto count = read_head(reader, samples_max);
  if (!count) return tl::make_unexpected(count.error());
  WAYSIDE_ASSERT(*count == times.size(), "the columns are as long as block_count says");
  if (*count > 0) {
    if (!read_times(reader, times)) return corrupt("broken column of times");
    if (!read_qualities(reader, qualities)) return corrupt("broken column of qualities");
    if (!read_values(reader, values)) return corrupt("broken column of values");
  }
  if (reader.remaining() > 0)
    return fail(Errc::corrupt, "sample block: {} bytes after its end", reader.remaining());
  return {};
}

Result<Columns> decode_block(std::string_view in, std::size_t count_max) {
  const auto count = block_count(in, count_max);
  if (!count) return tl::make_unexpected(count.error());
  Columns columns{std::vector<Time>(*count), std::vector<double>(*count),
                  std::vector<Quality>(*count)};
  const Status decoded = decode_block(in, columns.times, columns.values, columns.qualities);
  if (!decoded) return tl::make_unexpected(decoded.error());
  return columns;
}

}  // namespace wayside::telemetry::codec
