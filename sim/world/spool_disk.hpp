#pragma once

#include <functional>
#include <memory>

#include "base/log.hpp"
#include "base/rng.hpp"
#include "node/kept_text.hpp"
#include "sim/disk/virtual_disk.hpp"
#include "spool/spool_store.hpp"

namespace wayside::sim {

/// Where a node's state lies: its spool, its open alerts, and what of the day's budget is spent.
class SpoolDisk {
 public:
  virtual ~SpoolDisk() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<spool::SpoolStore>> open(const Log& log) = 0;
  [[nodiscard]] virtual std::unique_ptr<node::KeptText> alerts() = 0;
  [[nodiscard]] virtual std::unique_ptr<node::KeptText> budget() = 0;
  /// The process is about to be gone: nothing reaches the disk any more.
  virtual void cut() = 0;
  /// `cut` happened by itself, in the midst of a change.
  [[nodiscard]] virtual bool is_cut() const = 0;
  /// Once the process is gone. `power`: what was not synced is lost.
  virtual void restore(bool power) = 0;
  [[nodiscard]] virtual std::uint64_t bytes_used() const = 0;
  /// Null: none of that kind.
  [[nodiscard]] virtual VirtualDisk* disk() = 0;
};

/// The agent's own store, SQLite, on a virtual disk. `charge` is told of each operation.
[[nodiscard]] std::unique_ptr<SpoolDisk> make_sqlite_disk(
    Rng rng, std::function<void(const VirtualDisk::Operation&)> charge);
/// The store in memory, of which nothing is lost that was committed.
[[nodiscard]] std::unique_ptr<SpoolDisk> make_memory_disk();

}  // namespace wayside::sim
