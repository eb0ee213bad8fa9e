#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"

namespace wayside::sim {

/// A node's disk in memory, which fills, slows, fails, forgets what was not synced when the power
/// goes, and flips bits: all from one seed. Single-threaded.
///
/// What is written is seen at once, as through a page cache, and is on the platters after `sync`.
/// Creating, renaming and removing are remembered in their order, and are on the platters after
/// `sync_folder`, or the first `sync` of a file that was created.
class VirtualDisk {
 public:
  /// What a device writes or loses at a time; a piece can also be torn in its middle.
  static constexpr std::size_t piece_bytes = 512;
  /// A file takes room in units of this.
  static constexpr std::uint64_t block_bytes = 4096;

  struct Operation {
    enum class Kind { read, write, sync };
    Kind kind = Kind::read;
    std::uint64_t bytes = 0;  ///< of a sync: those that reach the platters with it
  };
  class File;

  explicit VirtualDisk(std::uint64_t seed);
  ~VirtualDisk();
  VirtualDisk(const VirtualDisk&) = delete;
  VirtualDisk& operator=(const VirtualDisk&) = delete;

  // What the world does to it.

  /// What would take more than this fails as `full`; files that take more already stay.
  void limit(std::optional<std::uint64_t> bytes) { limit_ = bytes; }
  /// Every change fails as `refused`.
  void set_read_only(bool read_only) { read_only_ = read_only; }
  [[nodiscard]] bool is_read_only() const { return read_only_; }
  /// Every reading and writing fails as `io`.
  void set_failing(bool failing) { failing_ = failing; }
  /// Syncs succeed and do nothing, as of a device that has no regard for what it is asked.
  void set_lying(bool lying) { lying_ = lying; }
  /// Called before each operation: the place to let virtual time pass.
  void on_operation(std::function<void(const Operation&)> charge) { charge_ = std::move(charge); }
  /// Nothing reaches the disk any more: whoever used it is dead, and its objects can be destroyed
  /// without trace. The contents stay as they are until `restore`.
  void cut() { cut_ = true; }
  /// `cut`, in the midst of the n-th change or sync from now on (1: the next).
  void cut_at(std::uint64_t n) { cut_in_ = n; }
  [[nodiscard]] bool is_cut() const { return cut_; }
  enum class Loss {
    nothing,   ///< only the process died
    unsynced,  ///< the power went: of each unsynced piece the new, the old, or some of both is
               ///< there
  };
  /// After `cut`, when whoever had files open has let them go.
  void restore(Loss loss);
  /// Flips a random bit in each of `count` random places of a file; false if it is not there or
  /// empty. The platters have it too.
  bool flip_bits(std::string_view name, std::size_t count);

  // What it is used for. Errors: `full`, `refused` (read-only), `io`, `not_found`.

  using Handle = std::shared_ptr<File>;
  /// A handle stays with its file when that is renamed or removed.
  [[nodiscard]] Result<Handle> open(const std::string& name, bool create);
  /// Up to `size` bytes from `offset` on; fewer at the end of the file.
  [[nodiscard]] Result<std::size_t> read(const File& file, std::uint64_t offset, char* out,
                                         std::size_t size) const;
  [[nodiscard]] Status write(File& file, std::uint64_t offset, std::string_view bytes);
  /// Cuts, or extends by zeros.
  [[nodiscard]] Status resize(File& file, std::uint64_t size);
  [[nodiscard]] Status sync(File& file);
  [[nodiscard]] Status remove(const std::string& name);
  /// Over a file of that name, if there is one.
  [[nodiscard]] Status rename(const std::string& from, const std::string& to);
  [[nodiscard]] Status sync_folder();
  [[nodiscard]] bool exists(const std::string& name) const { return files_.contains(name); }
  [[nodiscard]] static std::uint64_t size(const File& file);
  [[nodiscard]] std::optional<std::uint64_t> size(const std::string& name) const;
  /// A whole file; nullopt if it is not there.
  [[nodiscard]] std::optional<std::string> contents(const std::string& name) const;
  /// Puts a file there, as if it had been there always.
  void put(const std::string& name, const std::string& contents);

  /// nullopt: no end of it.
  [[nodiscard]] std::optional<std::uint64_t> bytes_free() const;
  /// What all files take now, and took at most so far.
  [[nodiscard]] std::uint64_t bytes_used() const { return used_; }
  [[nodiscard]] std::uint64_t bytes_peak() const { return peak_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return written_; }
  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }

 private:
  struct FolderChange {
    std::string name;
    Handle before;  ///< what had the name; null: nothing
    Handle after;
  };

  [[nodiscard]] Status changing();
  [[nodiscard]] Status make_room(const File& file, std::uint64_t size);
  void set_name(const std::string& name, Handle file);
  void charge(Operation::Kind kind, std::uint64_t bytes) const;
  void lose_unsynced(File& file);
  void count_used();

  Rng rng_;
  std::map<std::string, Handle, std::less<>> files_;
  std::vector<FolderChange> folder_changes_;  ///< not synced; a rename is two
  std::optional<std::uint64_t> limit_;
  bool read_only_ = false;
  bool failing_ = false;
  bool lying_ = false;
  bool cut_ = false;
  std::uint64_t cut_in_ = 0;
  std::function<void(const Operation&)> charge_;
  std::uint64_t used_ = 0;
  std::uint64_t peak_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t syncs_ = 0;
};

}  // namespace wayside::sim
