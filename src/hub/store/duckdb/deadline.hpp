#pragma once

#include <duckdb.h>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/time.hpp"

namespace wayside::hub::duck {

/// Interrupts a connection that is still at work when its time is over.
class Deadline {
 public:
  Deadline(duckdb_connection connection, Duration timeout)
      : thread_([this, connection, timeout] { watch(connection, timeout); }) {}
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
    constexpr std::chrono::milliseconds again{20};
    std::unique_lock lock(mutex_);
    auto pause = std::chrono::nanoseconds(timeout.ns);
    while (!wake_.wait_for(lock, pause, [this] { return done_; })) {
      duckdb_interrupt(connection);
      pause = again;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace wayside::hub::duck
