#include "feed.hpp"

#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <stdexcept>

namespace wayside::test {
namespace {

constexpr std::chrono::milliseconds pause{5};
constexpr std::uint64_t critical_every = 100;
constexpr std::uint64_t lines_max = 2'000;  ///< at once, also after a long stop

}  // namespace

int Feed::begin() {
  end();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("no pair of sockets");
  ours_ = ends[0];
  theirs_ = ends[1];
  runs_.push_back({next_, next_});
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
  return theirs_;
}

void Feed::handed_over() {
  if (theirs_ >= 0) ::close(theirs_);
  theirs_ = -1;
}

void Feed::finish() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  end();
}

void Feed::end() {
  if (ours_ < 0) return;
  stopping_ = true;
  // Wakes a send that waits for an agent that reads no more.
  ::shutdown(ours_, SHUT_WR);
  if (thread_.joinable()) thread_.join();
  ::close(ours_);
  ours_ = -1;
  handed_over();
  runs_.back().end = next_;
}

void Feed::run() {
  const auto began = std::chrono::steady_clock::now();
  double sent = 0;
  while (!stopping_) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    const double due = passed.count() * samples_per_s_ - sent;
    const auto lines = std::min(static_cast<std::uint64_t>(std::max(due, 0.0)), lines_max);
    std::string text;
    for (std::uint64_t i = 0; i < lines; ++i) append_line(text);
    sent += static_cast<double>(lines);
    if (!send_all(text)) return;
    std::this_thread::sleep_for(pause);
  }
}

void Feed::append_line(std::string& text) {
  const std::size_t signal = lines_ % critical_every == 0 ? 0 : 1 + lines_ % 2;
  ++lines_;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  // One sample at a time, so that (signal, time) tells them apart as well.
  last_ns_ = std::max<std::int64_t>(last_ns_ + 1, std::chrono::nanoseconds(now).count());
  fmt::format_to(std::back_inserter(text),
                 "{{\"asset\":\"{}\",\"signal\":\"{}\",\"time\":{},\"value\":{}}}\n", asset_,
                 signals[signal], last_ns_, next_[signal]++);
}

bool Feed::send_all(const std::string& text) const {
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t n = ::send(ours_, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;  // the agent is gone
    at += static_cast<std::size_t>(n);
  }
  return true;
}

std::string Feed::yaml() const {
  return fmt::format(
      "kinds: {{counter: {{signals: {{{}: {{tier: critical}}, {}: {{}}, {}: {{tier: bulk}}}}}}}}\n"
      "assets: [{{name: {}, kind: counter}}]\nsources: [{{stdin: {{}}}}]\n",
      signals[0], signals[1], signals[2], asset_);
}

}  // namespace wayside::test
