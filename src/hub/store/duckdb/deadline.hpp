#pragma once

#include <duckdb.h>
#include <algorithm>
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
      : stop_(std::move(stop)),
        thread_([this, connection, timeout] { watch(connection, timeout); }) {}
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

 private:
  void watch(duckdb_connection connection, Duration timeout) {
    // Again and again: DuckDB forgets an interrupt that comes between two of its steps.
    constexpr std::chrono::milliseconds again{20}, look{50};
    const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(timeout.ns);
    bool over = false;
    std::unique_lock lock(mutex_);
    const auto next = [&] {
      const auto now = std::chrono::steady_clock::now();
      if (over) return now + again;
      return stop_ ? std::min(end, now + look) : end;
    };
    while (!wake_.wait_until(lock, next(), [this] { return done_; })) {
      over = over || std::chrono::steady_clock::now() >= end || (stop_ && stop_());
      if (over) duckdb_interrupt(connection);
    }
  }

  std::function<bool()> stop_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace wayside::hub::duck
