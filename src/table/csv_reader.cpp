#include "table/csv_reader.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wayside::table {
namespace {

constexpr std::size_t read_bytes = 1u << 18;

}  // namespace

Result<CsvReader> CsvReader::open(const std::string& path) {
  const int fd = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) return CsvReader(fd);
  return fail(errno == ENOENT ? Errc::not_found : Errc::io, "{}: {}", path, std::strerror(errno));
}

CsvReader CsvReader::of_text(std::string text) {
  CsvReader reader(-1);
  reader.buffer_ = std::move(text);
  reader.ended_ = true;
  return reader;
}

CsvReader::~CsvReader() {
  if (fd_ >= 0) ::close(fd_);
}

CsvReader::CsvReader(CsvReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      ended_(other.ended_),
      line_(other.line_) {}

Status CsvReader::fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + read_bytes);
  ssize_t n = 0;
  do {
    n = ::read(fd_, buffer_.data() + kept, read_bytes);
  } while (n < 0 && errno == EINTR);
  buffer_.resize(kept + static_cast<std::size_t>(n > 0 ? n : 0));
  if (n < 0) return fail(Errc::io, "reading failed: {}", std::strerror(errno));
  ended_ = n == 0;
  return {};
}

/// False at the end.
Result<bool> CsvReader::next_line(std::string_view& line) {
  std::size_t searched = begin_;
  for (;;) {
    const void* end = buffer_.size() > searched
                          ? std::memchr(buffer_.data() + searched, '\n', buffer_.size() - searched)
                          : nullptr;
    if (end != nullptr || (ended_ && begin_ < buffer_.size())) {
      const std::size_t at =
          end != nullptr ? static_cast<std::size_t>(static_cast<const char*>(end) - buffer_.data())
                         : buffer_.size();
      line = std::string_view(buffer_).substr(begin_, at - begin_);
      begin_ = end != nullptr ? at + 1 : at;
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++line_;
      return true;
    }
    if (ended_) return false;
    if (buffer_.size() - begin_ > line_bytes_max)
      return fail(Errc::invalid, "line {} is longer than {} bytes", line_ + 1, line_bytes_max);
    searched = buffer_.size() - begin_;
    if (const Status filled = fill(); !filled) return tl::make_unexpected(filled.error());
  }
}

bool CsvReader::split(std::string_view line) {
  const char* field = line.data();
  const char* const end = line.data() + line.size();
  for (const char* c = field;; ++c) {
    if (c != end && *c != ',') continue;
    if (fields_.size() == fields_max) return false;
    fields_.emplace_back(field, static_cast<std::size_t>(c - field));
    if (c == end) return true;
    field = c + 1;
  }
}

bool CsvReader::split_quoted(std::string_view line) {
  unquoted_.clear();
  unquoted_.reserve(line.size());  // so that no field moves
  for (;;) {
    if (fields_.size() == fields_max) return false;
    if (line.starts_with('"')) {
      const std::size_t begin = unquoted_.size();
      std::size_t at = 1;
      for (;; ++at) {
        const std::size_t quote = line.find('"', at);
        if (quote == std::string_view::npos) return false;
        unquoted_.append(line, at, quote - at);
        at = quote + 1;
        if (at >= line.size() || line[at] != '"') break;
        unquoted_ += '"';
      }
      fields_.emplace_back(std::string_view(unquoted_).substr(begin));
      line.remove_prefix(at);
      if (!line.empty() && line.front() != ',') return false;
    } else {
      const std::size_t comma = std::min(line.find(','), line.size());
      fields_.push_back(line.substr(0, comma));
      line.remove_prefix(comma);
    }
    if (line.empty()) return true;
    line.remove_prefix(1);
  }
}

Result<const std::vector<std::string_view>*> CsvReader::next() {
  fields_.clear();
  std::string_view line;
  do {
    const auto found = next_line(line);
    if (!found) return tl::make_unexpected(found.error());
    if (!*found) return nullptr;
  } while (line.empty());
  if (line.size() > line_bytes_max)
    return fail(Errc::invalid, "line {} is longer than {} bytes", line_, line_bytes_max);
  const bool quotes = std::memchr(line.data(), '"', line.size()) != nullptr;
  if (!(quotes ? split_quoted(line) : split(line)))
    return fail(Errc::invalid, "line {}: a quote without its pair, or more than {} fields", line_,
                fields_max);
  return &fields_;
}

}  // namespace wayside::table
