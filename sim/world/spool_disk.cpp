#include "sim/world/spool_disk.hpp"

#include <map>
#include <optional>
#include <string>

#include "sim/disk/sqlite/disk_spool.hpp"
#include "spool/memory/memory_store.hpp"

namespace wayside::sim {
namespace {

constexpr const char* spool_file = "spool.sqlite";
constexpr const char* alerts_file = "open_alerts.json";
constexpr const char* budget_file = "budget.txt";

/// As node/kept_text does it on a file system.
class DiskText final : public node::KeptText {
 public:
  DiskText(VirtualDisk& disk, std::string name) : disk_(disk), name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  Result<std::optional<std::string>> read() override { return disk_.contents(name_); }
  Status replace(std::string_view text) override {
    const std::string beside = name_ + ".new";
    auto file = disk_.open(beside, true);
    if (!file) return tl::make_unexpected(file.error());
    Status status = disk_.resize(**file, 0);
    if (status) status = disk_.write(**file, 0, text);
    if (status) status = disk_.sync(**file);
    if (status) status = disk_.rename(beside, name_);
    if (status) status = disk_.sync_folder();
    return status;
  }

 private:
  VirtualDisk& disk_;
  std::string name_;
};

class SqliteDisk final : public SpoolDisk {
 public:
  SqliteDisk(Rng rng, std::function<void(const VirtualDisk::Operation&)> charge)
      : disk_(rng.next()), vfs_(disk_, rng.next()) {
    disk_.on_operation(std::move(charge));
  }
  Result<std::unique_ptr<spool::SpoolStore>> open(const Log& log) override {
    return open_spool_store(disk_, vfs_, spool_file, log);
  }
  std::unique_ptr<node::KeptText> alerts() override {
    return std::make_unique<DiskText>(disk_, alerts_file);
  }
  std::unique_ptr<node::KeptText> budget() override {
    return std::make_unique<DiskText>(disk_, budget_file);
  }
  void cut() override { disk_.cut(); }
  [[nodiscard]] bool is_cut() const override { return disk_.is_cut(); }
  void restore(bool power) override {
    disk_.restore(power ? VirtualDisk::Loss::unsynced : VirtualDisk::Loss::nothing);
  }
  [[nodiscard]] std::uint64_t bytes_used() const override { return disk_.bytes_used(); }
  VirtualDisk* disk() override { return &disk_; }

 private:
  VirtualDisk disk_;
  DiskVfs vfs_;
};

/// What both the store and the texts lie on.
struct Memory {
  std::shared_ptr<spool::MemoryDisk> disk = std::make_shared<spool::MemoryDisk>();
  std::map<std::string, std::string> texts;
  bool cut = false;
};

class MemoryText final : public node::KeptText {
 public:
  MemoryText(std::shared_ptr<Memory> memory, std::string name)
      : memory_(std::move(memory)), name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  Result<std::optional<std::string>> read() override {
    const auto text = memory_->texts.find(name_);
    if (text == memory_->texts.end()) return std::nullopt;
    return text->second;
  }
  Status replace(std::string_view text) override {
    if (memory_->cut) return fail(Errc::io, "the process is gone");
    memory_->texts[name_] = text;
    return {};
  }

 private:
  std::shared_ptr<Memory> memory_;
  std::string name_;
};

class InMemory final : public SpoolDisk {
 public:
  Result<std::unique_ptr<spool::SpoolStore>> open(const Log&) override {
    return spool::make_memory_store(memory_->disk);
  }
  std::unique_ptr<node::KeptText> alerts() override {
    return std::make_unique<MemoryText>(memory_, alerts_file);
  }
  std::unique_ptr<node::KeptText> budget() override {
    return std::make_unique<MemoryText>(memory_, budget_file);
  }
  void cut() override {
    memory_->cut = true;
    memory_->disk->fail_commits(Error{Errc::io, "the process is gone"});
  }
  [[nodiscard]] bool is_cut() const override { return memory_->cut; }
  void restore(bool) override {
    memory_->cut = false;
    memory_->disk->fail_commits(std::nullopt);
  }
  [[nodiscard]] std::uint64_t bytes_used() const override {
    // Asked often: the contents themselves are not to be copied.
    const auto store = spool::make_memory_store(memory_->disk);
    std::uint64_t bytes = 0;
    for (const telemetry::Tier tier : telemetry::all_tiers)
      if (const auto totals = store->totals(tier)) bytes += totals->bytes;
    return bytes;
  }
  VirtualDisk* disk() override { return nullptr; }

 private:
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
};

}  // namespace

std::unique_ptr<SpoolDisk> make_sqlite_disk(
    Rng rng, std::function<void(const VirtualDisk::Operation&)> charge) {
  return std::make_unique<SqliteDisk>(rng, std::move(charge));
}

std::unique_ptr<SpoolDisk> make_memory_disk() {
  return std::make_unique<InMemory>();
}

}  // namespace wayside::sim
