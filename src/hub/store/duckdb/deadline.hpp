#pragma once

#include <duckdb.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/time.hpp"

namespace wayside::hub::duck {

/// Interrupts a connection that is still at work when its time is over, or when `stop` says so,
/// which is asked several times a second.
class Deadline {
 public:
  Deadline(duckdb_connection connection, Duration timeout, std::function<bool()> stop = {})
      : end_(std::chrono::steady_clock::now() + std::chrono::nanoseconds(timeout.ns)),
        stop_(std::move(stop)),
        thread_([this, connection] { watch(connection); }) {}
  ~Deadline() {
    {
      const std::scoped_lock lock(mutex_);
      done_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// The time is over, and nothing else had ended the work before.
  [[nodiscard]] bool passed() const {
    return !stopped_ && std::chrono::steady_clock::now() >= end_;
  }

 private:
  void watch(duckdb_connection connection) {
    // Again and again: DuckDB forgets an interrupt that comes between two of its steps.
    constexpr std::chrono::milliseconds again{20}, look{50};
    bool over = false;
    std::unique_lock lock(mutex_);
    const auto next = [&] {
      const auto now = std::chrono::steady_clock::now();
      if (over) return now + again;
      return stop_ ? std::min(end_, now + look) : end_;
    };
    while (!wake_.wait_until(lock, next(), [this] { return done_; })) {
      if (!over) {
        // Asking takes a while where the machine is busy, and the time may be over before it ends.
        const bool stop = stop_ && std::chrono::steady_clock::now() < end_ && stop_();
        over = std::chrono::steady_clock::now() >= end_;
        stopped_ = stop && !over;
        over = over || stop;
      }
      if (over) duckdb_interrupt(connection);
    }
  }

  const std::chrono::steady_clock::time_point end_;
  std::function<bool()> stop_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace wayside::hub::duck
