#pragma once

#include <duckdb.h>
#include <mutex>
#include <set>

namespace wayside::hub::duck {

/// The connections at work, so that they can be told to end.
class AtWork {
 public:
  class Guard {
   public:
    /// The connection must outlive it.
    Guard(AtWork& all, duckdb_connection connection) : all_(all), connection_(connection) {
      const std::scoped_lock lock(all_.mutex_);
      all_.connections_.insert(connection_);
    }
    ~Guard() {
      const std::scoped_lock lock(all_.mutex_);
      all_.connections_.erase(connection_);
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    AtWork& all_;
    duckdb_connection connection_;
  };

  /// DuckDB forgets an interrupt that comes between two of its steps: again, until they have ended.
  void interrupt() {
    const std::scoped_lock lock(mutex_);
    for (duckdb_connection connection : connections_) duckdb_interrupt(connection);
  }

 private:
  std::mutex mutex_;
  std::set<duckdb_connection> connections_;
};

}  // namespace wayside::hub::duck
