#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "spool/spool_store.hpp"

namespace wayside::spool {

/// The medium under a memory store: what is committed outlives the store, as a file outlives a
/// process, and can be made to fail. Thread-safe.
class MemoryDisk {
 public:
  struct Contents {
    std::uint64_t epoch = 0;
    std::array<StreamTotals, telemetry::tier_count> totals{};
    std::array<std::map<std::uint64_t, StoredEntry>, telemetry::tier_count> entries;
    std::optional<Retention> retention;
  };

  /// Every commit fails so until it is called with nullopt.
  void fail_commits(std::optional<Error> error);
  /// Commits after which the records would take more than this fail as `full`.
  void limit_bytes(std::optional<std::uint64_t> bytes);
  /// Every `read` and `heads` fails so until it is called with nullopt.
  void fail_reads(std::optional<Error> error);
  /// Every read and commit says the contents are damaged, until the store is recreated.
  void damage();
  /// Changes a byte of a stored record, or its head where the record is empty. False if there is no
  /// such entry.
  bool corrupt(telemetry::Tier tier, std::uint64_t seq);
  /// Loses an entry. False if there is none.
  bool lose(telemetry::Tier tier, std::uint64_t seq);

  /// Told of each commit before it is made, by the thread that makes it; null: nobody is.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void committing() = 0;
  };
  void watch(Watcher* watcher);

  [[nodiscard]] Contents contents() const;
  [[nodiscard]] std::uint64_t commits() const;

 private:
  friend class MemoryStore;
  mutable std::mutex mutex_;
  Contents contents_;
  std::optional<Error> commit_error_;
  std::optional<Error> read_error_;
  std::optional<std::uint64_t> bytes_limit_;
  bool damaged_ = false;
  std::uint64_t commits_ = 0;
  Watcher* watcher_ = nullptr;
};

/// The memory twin of the SQLite store, for tests and simulation. A store that is destroyed without
/// `commit` leaves on its disk what a crash would.
[[nodiscard]] std::unique_ptr<SpoolStore> make_memory_store(std::shared_ptr<MemoryDisk> disk);

}  // namespace wayside::spool
