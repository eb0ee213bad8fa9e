#include "spool/memory/memory_store.hpp"

#include <algorithm>

namespace wayside::spool {

using telemetry::Tier;

namespace {

constexpr std::uint64_t entry_overhead_bytes = 64;

std::size_t index_of(Tier tier) {
  return static_cast<std::size_t>(tier);
}

}  // namespace

void MemoryDisk::fail_commits(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  commit_error_ = std::move(error);
}

void MemoryDisk::limit_bytes(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  bytes_limit_ = bytes;
}

void MemoryDisk::fail_reads(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  read_error_ = std::move(error);
}

void MemoryDisk::damage() {
  const std::lock_guard lock(mutex_);
  damaged_ = true;
}

void MemoryDisk::watch(Watcher* watcher) {
  const std::lock_guard lock(mutex_);
  watcher_ = watcher;
}

bool MemoryDisk::corrupt(Tier tier, std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  auto& entries = contents_.entries[index_of(tier)];
  const auto it = entries.find(seq);
  if (it == entries.end()) return false;
  StoredEntry& entry = it->second;
  if (entry.record.empty())
    ++entry.samples;
  else
    entry.record[entry.record.size() / 2] ^= 0x10;
  return true;
}

bool MemoryDisk::lose(Tier tier, std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  return contents_.entries[index_of(tier)].erase(seq) > 0;
}

MemoryDisk::Contents MemoryDisk::contents() const {
  const std::lock_guard lock(mutex_);
  return contents_;
}

std::uint64_t MemoryDisk::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

/// Changes lie over the disk's contents until they are committed.
class MemoryStore final : public SpoolStore {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}

  [[nodiscard]] bool recreated() const override { return false; }

  Result<std::uint64_t> epoch() override {
    return reading<std::uint64_t>([&](auto& contents) { return contents.epoch; });
  }
  Result<StreamTotals> totals(Tier tier) override {
    return reading<StreamTotals>([&](auto& contents) { return contents.totals[index_of(tier)]; });
  }
  Result<std::optional<Retention>> retention() override {
    return reading<std::optional<Retention>>([](auto& contents) { return contents.retention; });
  }
  Result<std::vector<StoredEntry>> gaps(Tier tier) override;
  Result<std::vector<StoredEntry>> read(Tier tier, std::uint64_t from,
                                        std::size_t bytes_max) override;
  Result<std::vector<EntryHead>> heads(Tier tier, std::uint64_t from,
                                       std::size_t entries_max) override;
  Status limit(std::uint64_t bytes) override {
    limit_ = bytes;
    return {};
  }
  Result<Room> room() override;
  std::uint64_t footprint(std::uint64_t record_bytes) const override {
    return record_bytes + entry_overhead_bytes;
  }
  std::uint64_t bytes_taken() override {
    const auto now = room();
    return now ? now->used : 0;
  }
  void tidy() override {}

  Status set_epoch(std::uint64_t epoch) override {
    epoch_ = epoch;
    return {};
  }
  Status set_totals(Tier tier, const StreamTotals& totals) override {
    totals_[index_of(tier)] = totals;
    return {};
  }
  Status set_retention(const std::optional<Retention>& retention) override {
    retention_ = retention;
    return {};
  }
  Status put(const StoredEntry& entry) override {
    changes_[index_of(entry.tier)][entry.seq] = entry;
    return {};
  }
  Result<std::uint64_t> erase(Tier tier, std::uint64_t first, std::uint64_t last) override;
  Result<std::uint64_t> held(Tier tier, std::uint64_t first, std::uint64_t last) override;
  Status commit() override;
  void rollback() override;
  Status recreate() override;

 private:
  template <class T, class F>
  Result<T> reading(F read) const {
    const std::lock_guard lock(disk_->mutex_);
    if (disk_->damaged_) return fail(Errc::corrupt, "the spool's contents are damaged");
    return read(disk_->contents_);
  }
  template <class T, class F>
  Result<T> reading_entries(F read) const {
    {
      const std::lock_guard lock(disk_->mutex_);
      if (disk_->read_error_) return tl::make_unexpected(*disk_->read_error_);
    }
    return reading<T>(read);
  }

  std::shared_ptr<MemoryDisk> disk_;
  std::optional<std::uint64_t> epoch_;
  std::optional<std::optional<Retention>> retention_;
  std::uint64_t limit_ = 0;
  std::array<std::optional<StreamTotals>, telemetry::tier_count> totals_;
  /// nullopt: erased.
  std::array<std::map<std::uint64_t, std::optional<StoredEntry>>, telemetry::tier_count> changes_;
};

Result<std::vector<StoredEntry>> MemoryStore::gaps(Tier tier) {
  return reading<std::vector<StoredEntry>>([&](auto& contents) {
    std::vector<StoredEntry> out;
    for (const auto& [seq, entry] : contents.entries[index_of(tier)])
      if (entry.is_gap) out.push_back(entry);
    return out;
  });
}

Result<std::vector<StoredEntry>> MemoryStore::read(Tier tier, std::uint64_t from,
                                                   std::size_t bytes_max) {
  return reading_entries<std::vector<StoredEntry>>([&](auto& contents) {
    const auto& entries = contents.entries[index_of(tier)];
    auto it = entries.upper_bound(from);
    if (it != entries.begin()) --it;
    std::vector<StoredEntry> out;
    std::size_t bytes = 0;
    for (; it != entries.end(); ++it) {
      bytes += it->second.record.size();
      if (!out.empty() && bytes > bytes_max) break;
      out.push_back(it->second);
    }
    return out;
  });
}

Result<std::vector<EntryHead>> MemoryStore::heads(Tier tier, std::uint64_t from,
                                                  std::size_t entries_max) {
  return reading_entries<std::vector<EntryHead>>([&](auto& contents) {
    const auto& entries = contents.entries[index_of(tier)];
    std::vector<EntryHead> out;
    for (auto it = entries.lower_bound(from); it != entries.end() && out.size() < entries_max; ++it)
      out.push_back({it->first, it->second.span, it->second.is_gap, it->second.time,
                     it->second.samples, it->second.ordinal, it->second.record.size()});
    return out;
  });
}

Result<Room> MemoryStore::room() {
  return reading<Room>([&](auto& contents) {
    Room room;
    room.max = limit_;
    for (const auto& totals : contents.totals) room.used += totals.bytes;
    for (const auto& entries : contents.entries) room.used += entries.size() * entry_overhead_bytes;
    return room;
  });
}

Result<std::uint64_t> MemoryStore::held(Tier tier, std::uint64_t first, std::uint64_t last) {
  const auto& changes = changes_[index_of(tier)];
  return reading<std::uint64_t>([&](auto& contents) {
    std::uint64_t bytes = 0;
    const auto& entries = contents.entries[index_of(tier)];
    for (auto it = changes.lower_bound(first); it != changes.end() && it->first <= last; ++it)
      if (it->second) bytes += it->second->record.size();
    for (auto it = entries.lower_bound(first); it != entries.end() && it->first <= last; ++it)
      if (!changes.contains(it->first)) bytes += it->second.record.size();
    return bytes;
  });
}

Result<std::uint64_t> MemoryStore::erase(Tier tier, std::uint64_t first, std::uint64_t last) {
  const auto bytes = held(tier, first, last);
  if (!bytes) return bytes;
  auto& changes = changes_[index_of(tier)];
  return reading<std::uint64_t>([&](auto& contents) {
    const auto& entries = contents.entries[index_of(tier)];
    for (auto it = entries.lower_bound(first); it != entries.end() && it->first <= last; ++it)
      changes[it->first] = std::nullopt;
    for (auto it = changes.lower_bound(first); it != changes.end() && it->first <= last; ++it)
      it->second = std::nullopt;
    return *bytes;
  });
}

Status MemoryStore::commit() {
  MemoryDisk::Watcher* watcher = nullptr;
  {
    const std::lock_guard lock(disk_->mutex_);
    watcher = disk_->watcher_;
  }
  if (watcher != nullptr) watcher->committing();
  const std::lock_guard lock(disk_->mutex_);
  if (disk_->damaged_) return fail(Errc::corrupt, "the spool's contents are damaged");
  if (disk_->commit_error_) return tl::make_unexpected(*disk_->commit_error_);
  if (disk_->bytes_limit_) {
    std::uint64_t bytes = 0;
    for (std::size_t t = 0; t < telemetry::tier_count; ++t)
      bytes += totals_[t].value_or(disk_->contents_.totals[t]).bytes;
    if (bytes > *disk_->bytes_limit_) return fail(Errc::full, "no room on the disk");
  }
  auto& contents = disk_->contents_;
  if (epoch_) contents.epoch = *epoch_;
  if (retention_) contents.retention = *retention_;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    if (totals_[t]) contents.totals[t] = *totals_[t];
    for (auto& [seq, entry] : changes_[t]) {
      if (entry)
        contents.entries[t][seq] = std::move(*entry);
      else
        contents.entries[t].erase(seq);
    }
  }
  ++disk_->commits_;
  rollback();
  return {};
}

void MemoryStore::rollback() {
  epoch_.reset();
  retention_.reset();
  totals_ = {};
  for (auto& changes : changes_) changes.clear();
}

Status MemoryStore::recreate() {
  rollback();
  const std::lock_guard lock(disk_->mutex_);
  disk_->contents_ = {};
  disk_->damaged_ = false;
  return {};
}

std::unique_ptr<SpoolStore> make_memory_store(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryStore>(std::move(disk));
}

}  // namespace wayside::spool
