#include "hub/store/clickhouse/block_writer.hpp"

#include <algorithm>

namespace wayside::hub::click {

BlockWriter::BlockWriter(std::size_t columns, std::size_t rows, std::string buffer)
    : bytes_(std::move(buffer)) {
  bytes_.clear();
  put_size(columns);
  put_size(rows);
}

void BlockWriter::column(std::string_view name, std::string_view type) {
  put_text(name);
  put_text(type);
}

/// LEB128, as ClickHouse's VarUInt.
void BlockWriter::put_size(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

void BlockWriter::put_text(std::string_view text) {
  put_size(text.size());
  bytes_.append(text);
}

void BlockWriter::fill_text(std::size_t n, std::string_view text) {
  if (n == 0) return;
  const std::size_t begin = bytes_.size();
  put_text(text);
  const std::size_t one = bytes_.size() - begin;
  const std::size_t all = one * n;
  grow(all - one);
  // Doubling what is there already.
  for (std::size_t done = one; done < all;) {
    const std::size_t step = std::min(done, all - done);
    std::memcpy(bytes_.data() + begin + done, bytes_.data() + begin, step);
    done += step;
  }
}

std::size_t BlockWriter::grow(std::size_t size) {
  const std::size_t at = bytes_.size();
  bytes_.resize(at + size);
  return at;
}

}  // namespace wayside::hub::click
