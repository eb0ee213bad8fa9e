#include "node/sources/line_reader.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace wayside::node::sources {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

LineSplitter::Next LineSplitter::next(std::string_view& line) {
  const std::size_t end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    if (finished_ && begin_ < buffer_.size() && !skipping_) {
      line = std::string_view(buffer_).substr(begin_);
      begin_ = searched_ = buffer_.size();
      return line.size() > line_bytes_max_ ? Next::too_long : Next::line;
    }
    searched_ = buffer_.size();
    if (buffer_.size() - begin_ <= line_bytes_max_ || skipping_) return Next::more;
    skipping_ = true;
    return Next::too_long;
  }
  const bool skipped = skipping_;
  line = std::string_view(buffer_).substr(begin_, end - begin_);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  begin_ = searched_ = end + 1;
  skipping_ = false;
  if (skipped) return next(line);
  return line.size() > line_bytes_max_ ? Next::too_long : Next::line;
}

void LineSplitter::feed(std::string_view bytes) {
  if (skipping_)
    buffer_.clear();
  else
    buffer_.erase(0, begin_);
  begin_ = 0;
  searched_ = buffer_.size();
  buffer_.append(bytes);
}

void LineSplitter::finish() {
  finished_ = true;
}

void LineReader::Wake::operator()() const noexcept {
  const std::uint64_t one = 1;
  // An event counter takes a write unless it is full, and then it is awake already.
  [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
}

LineReader::LineReader(int fd, std::size_t line_bytes_max, std::stop_token stop)
    : fd_(fd),
      stop_(stop),
      lines_(line_bytes_max),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      chunk_(read_bytes, '\0') {
  on_stop_.emplace(stop, Wake{wake_.get()});
}

Result<LineReader::Filled> LineReader::fill() {
  for (;;) {
    std::array<pollfd, 2> ready{{{fd_, POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    const int wait_ms = idle_told_ ? -1 : 0;
    if (::poll(ready.data(), ready.size(), wait_ms) < 0 && errno != EINTR)
      return fail(Errc::io, "waiting for input: {}", std::strerror(errno));
    if (stop_.stop_requested()) return Filled::stopped;
    if (ready[0].revents == 0) {
      if (idle_told_) continue;
      idle_told_ = true;
      return Filled::idle;
    }
    const ssize_t n = ::read(fd_, chunk_.data(), chunk_.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) return fail(Errc::io, "reading: {}", std::strerror(errno));
    idle_told_ = false;
    if (n == 0) {
      ended_ = true;
      lines_.finish();
    } else {
      lines_.feed({chunk_.data(), static_cast<std::size_t>(n)});
    }
    return Filled::bytes;
  }
}

Result<LineReader::Next> LineReader::next(std::string_view& line) {
  if (wake_.get() < 0) return fail(Errc::io, "no event descriptor is left");
  for (;;) {
    switch (lines_.next(line)) {
      case LineSplitter::Next::line:
        return Next::line;
      case LineSplitter::Next::too_long:
        return Next::too_long;
      case LineSplitter::Next::more:
        break;
    }
    if (ended_) return Next::end;
    const auto filled = fill();
    if (!filled) return tl::make_unexpected(filled.error());
    if (*filled == Filled::stopped) return Next::stopped;
    if (*filled == Filled::idle) return Next::idle;
  }
}

}  // namespace wayside::node::sources
