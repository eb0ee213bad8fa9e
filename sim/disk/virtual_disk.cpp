#include "sim/disk/virtual_disk.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/assert.hpp"

namespace wayside::sim {

/// In blocks, of which those that hold only zeros are not there. A block that was written since
/// the last sync remembers what it was before, and which of its pieces may differ from that.
class VirtualDisk::File {
 public:
  using Bytes = std::array<char, block_bytes>;
  struct Block {
    std::unique_ptr<Bytes> seen;
    std::unique_ptr<Bytes> platters;  ///< only of a dirty block
    std::uint8_t dirty = 0;           ///< a bit for each piece
  };
  static_assert(block_bytes / piece_bytes == 8);

  std::uint64_t size = 0;
  std::uint64_t synced_size = 0;
  std::vector<Block> blocks;
  std::vector<std::size_t> dirty;
  bool created = true;  ///< not synced yet
  bool named = true;

  [[nodiscard]] Block& touch(std::size_t index, std::size_t from, std::size_t end) {
    Block& block = blocks[index];
    if (block.dirty == 0) {
      dirty.push_back(index);
      if (block.seen) block.platters = std::make_unique<Bytes>(*block.seen);
    }
    for (std::size_t piece = from / piece_bytes; piece * piece_bytes < end; ++piece)
      block.dirty |= static_cast<std::uint8_t>(1u << piece);
    return block;
  }
  /// Null bytes are zeros.
  void put(std::uint64_t offset, const char* bytes, std::uint64_t count) {
    const std::uint64_t end = offset + count;
    if (blocks.size() * block_bytes < end) blocks.resize((end + block_bytes - 1) / block_bytes);
    while (offset < end) {
      const std::size_t index = offset / block_bytes;
      const std::size_t from = offset % block_bytes;
      const std::size_t n = std::min<std::uint64_t>(block_bytes - from, end - offset);
      Block& block = touch(index, from, from + n);
      if (!block.seen && bytes != nullptr) block.seen = std::make_unique<Bytes>();
      if (bytes != nullptr) {
        std::memcpy(block.seen->data() + from, bytes, n);
        bytes += n;
      } else if (n == block_bytes) {
        block.seen.reset();
      } else if (block.seen) {
        std::memset(block.seen->data() + from, 0, n);
      }
      offset += n;
    }
  }
  void get(std::uint64_t offset, char* out, std::size_t count) const {
    while (count > 0) {
      const std::size_t index = offset / block_bytes;
      const std::size_t from = offset % block_bytes;
      const std::size_t n = std::min<std::size_t>(block_bytes - from, count);
      if (index < blocks.size() && blocks[index].seen)
        std::memcpy(out, blocks[index].seen->data() + from, n);
      else
        std::memset(out, 0, n);
      out += n;
      offset += n;
      count -= n;
    }
  }
  /// What is seen is on the platters now.
  void settle() {
    for (const std::size_t index : dirty) {
      blocks[index].dirty = 0;
      blocks[index].platters.reset();
    }
    dirty.clear();
    synced_size = size;
    blocks.resize((size + block_bytes - 1) / block_bytes);
  }
  /// The bytes [from, end) of a piece are as they were.
  void undo(std::size_t index, std::size_t piece, std::size_t from, std::size_t end) {
    Block& block = blocks[index];
    if (!block.seen) block.seen = std::make_unique<Bytes>();
    char* to = block.seen->data() + piece * piece_bytes;
    if (block.platters)
      std::memcpy(to + from, block.platters->data() + piece * piece_bytes + from, end - from);
    else
      std::memset(to + from, 0, end - from);
  }
};

namespace {

std::uint64_t taken(std::uint64_t size) {
  return (size + VirtualDisk::block_bytes - 1) / VirtualDisk::block_bytes *
         VirtualDisk::block_bytes;
}

}  // namespace

VirtualDisk::VirtualDisk(std::uint64_t seed) : rng_(seed) {}
VirtualDisk::~VirtualDisk() = default;

void VirtualDisk::charge(Operation::Kind kind, std::uint64_t bytes) const {
  if (charge_) charge_({kind, bytes});
}

Status VirtualDisk::changing() {
  if (cut_) return fail(Errc::io, "the power is off");
  if (read_only_) return fail(Errc::refused, "read-only file system");
  if (failing_) return fail(Errc::io, "input/output error");
  if (cut_in_ > 0 && --cut_in_ == 0) cut_ = true;  // this one is still begun
  return {};
}

Status VirtualDisk::make_room(const File& file, std::uint64_t size) {
  const std::uint64_t before = taken(file.size);
  const std::uint64_t after = taken(std::max(size, file.size));
  if (limit_ && after > before && used_ + (after - before) > *limit_)
    return fail(Errc::full, "no space left on device");
  used_ += after - before;
  peak_ = std::max(peak_, used_);
  return {};
}

void VirtualDisk::count_used() {
  used_ = 0;
  for (const auto& [name, file] : files_) used_ += taken(file->size);
  peak_ = std::max(peak_, used_);
}

void VirtualDisk::set_name(const std::string& name, Handle file) {
  const auto it = files_.find(name);
  if (it != files_.end()) it->second->named = false;
  if (file) {
    file->named = true;
    files_[name] = std::move(file);
  } else if (it != files_.end()) {
    files_.erase(it);
  }
}

Result<VirtualDisk::Handle> VirtualDisk::open(const std::string& name, bool create) {
  if (cut_) return fail(Errc::io, "the power is off");
  if (const auto it = files_.find(name); it != files_.end()) return it->second;
  if (!create) return fail(Errc::not_found, "no such file: {}", name);
  if (auto may = changing(); !may) return tl::make_unexpected(may.error());
  auto file = std::make_shared<File>();
  folder_changes_.push_back({name, nullptr, file});
  files_[name] = file;
  return file;
}

Result<std::size_t> VirtualDisk::read(const File& file, std::uint64_t offset, char* out,
                                      std::size_t size) const {
  if (cut_) return fail(Errc::io, "the power is off");
  if (failing_) return fail(Errc::io, "input/output error");
  charge(Operation::Kind::read, size);
  if (offset >= file.size) return 0;
  const std::size_t n = std::min<std::uint64_t>(size, file.size - offset);
  file.get(offset, out, n);
  return n;
}

Status VirtualDisk::write(File& file, std::uint64_t offset, std::string_view bytes) {
  if (auto may = changing(); !may) return may;
  charge(Operation::Kind::write, bytes.size());
  const std::uint64_t end = offset + bytes.size();
  if (file.named)
    if (auto room = make_room(file, end); !room) return room;
  file.put(offset, bytes.data(), bytes.size());
  file.size = std::max(file.size, end);
  written_ += bytes.size();
  if (cut_) return fail(Errc::io, "the power went");
  return {};
}

Status VirtualDisk::resize(File& file, std::uint64_t size) {
  if (auto may = changing(); !may) return may;
  if (file.named)
    if (auto room = make_room(file, size); !room) return room;
  if (size < file.size) {
    if (file.named) used_ -= taken(file.size) - taken(size);
    file.put(size, nullptr, file.size - size);
  }
  file.size = size;
  if (cut_) return fail(Errc::io, "the power went");
  return {};
}

Status VirtualDisk::sync(File& file) {
  if (auto may = changing(); !may) return may;
  charge(Operation::Kind::sync, file.dirty.size() * block_bytes);
  ++syncs_;
  // The power goes with some of it done: what of it, `restore` decides.
  if (cut_) return fail(Errc::io, "the power went");
  if (lying_) return {};
  file.settle();
  if (std::exchange(file.created, false)) folder_changes_.clear();
  return {};
}

Status VirtualDisk::sync_folder() {
  if (auto may = changing(); !may) return may;
  charge(Operation::Kind::sync, block_bytes);
  ++syncs_;
  if (cut_) return fail(Errc::io, "the power went");
  if (lying_) return {};
  folder_changes_.clear();
  return {};
}

Status VirtualDisk::remove(const std::string& name) {
  const auto it = files_.find(name);
  if (it == files_.end()) return fail(Errc::not_found, "no such file: {}", name);
  if (auto may = changing(); !may) return may;
  folder_changes_.push_back({name, it->second, nullptr});
  set_name(name, nullptr);
  count_used();
  return {};
}

Status VirtualDisk::rename(const std::string& from, const std::string& to) {
  const auto it = files_.find(from);
  if (it == files_.end()) return fail(Errc::not_found, "no such file: {}", from);
  if (auto may = changing(); !may) return may;
  const Handle file = it->second;
  const auto target = files_.find(to);
  folder_changes_.push_back({to, target == files_.end() ? nullptr : target->second, file});
  folder_changes_.push_back({from, file, nullptr});
  set_name(from, nullptr);
  set_name(to, file);
  count_used();
  return {};
}

void VirtualDisk::lose_unsynced(File& file) {
  // All of it made it, or nothing did, or some.
  enum { all, nothing, some } fate = static_cast<decltype(fate)>(rng_.below(3));
  if (fate == nothing || (fate == some && rng_.below(2) == 0)) file.size = file.synced_size;
  std::sort(file.dirty.begin(), file.dirty.end());
  for (const std::size_t index : file.dirty)
    for (std::size_t piece = 0; fate != all && piece < block_bytes / piece_bytes; ++piece) {
      if ((file.blocks[index].dirty >> piece & 1u) == 0) continue;
      const std::uint64_t chance = fate == nothing ? 0 : rng_.below(8);
      if (chance < 4) file.undo(index, piece, 0, piece_bytes);
      if (chance == 4) file.undo(index, piece, rng_.below(piece_bytes), piece_bytes);
    }
  if (file.blocks.size() * block_bytes < file.size)
    file.blocks.resize((file.size + block_bytes - 1) / block_bytes);
  file.settle();
  // What lies beyond the end is gone for good.
  file.put(file.size, nullptr, taken(file.size) - file.size);
  file.settle();
}

void VirtualDisk::restore(Loss loss) {
  WAYSIDE_ASSERT(cut_, "only what was cut is restored");
  cut_ = false;
  cut_in_ = 0;
  if (loss == Loss::nothing) return;
  // The folder's changes are a journal: those up to some moment are there.
  const std::size_t kept = rng_.below(folder_changes_.size() + 1);
  while (folder_changes_.size() > kept) {
    // A rename happened whole or not at all.
    const FolderChange change = std::move(folder_changes_.back());
    folder_changes_.pop_back();
    set_name(change.name, change.before);
    if (folder_changes_.empty() || change.before == nullptr) continue;
    const FolderChange& other = folder_changes_.back();
    if (change.after != nullptr || other.after != change.before) continue;
    set_name(other.name, other.before);
    set_name(change.name, change.before);
    folder_changes_.pop_back();
  }
  folder_changes_.clear();
  for (auto& [name, file] : files_) {
    file->created = false;
    lose_unsynced(*file);
  }
  count_used();
}

std::optional<std::uint64_t> VirtualDisk::bytes_free() const {
  if (!limit_) return std::nullopt;
  return *limit_ > used_ ? *limit_ - used_ : 0;
}

bool VirtualDisk::flip_bits(std::string_view name, std::size_t count) {
  const auto it = files_.find(name);
  if (it == files_.end() || it->second->size == 0) return false;
  File& file = *it->second;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t at = rng_.below(file.size);
    const auto bit = static_cast<char>(1u << rng_.below(8));
    if (at / block_bytes >= file.blocks.size()) continue;  // never written
    File::Block& block = file.blocks[at / block_bytes];
    if (!block.seen) block.seen = std::make_unique<File::Bytes>();
    for (File::Bytes* bytes : {block.seen.get(), block.platters.get()})
      if (bytes != nullptr) (*bytes)[at % block_bytes] ^= bit;
  }
  return true;
}

std::uint64_t VirtualDisk::size(const File& file) {
  return file.size;
}

std::optional<std::uint64_t> VirtualDisk::size(const std::string& name) const {
  const auto it = files_.find(name);
  if (it == files_.end()) return std::nullopt;
  return it->second->size;
}

std::optional<std::string> VirtualDisk::contents(const std::string& name) const {
  const auto it = files_.find(name);
  if (it == files_.end()) return std::nullopt;
  std::string out(it->second->size, '\0');
  it->second->get(0, out.data(), out.size());
  return out;
}

void VirtualDisk::put(const std::string& name, const std::string& contents) {
  auto file = std::make_shared<File>();
  file->put(0, contents.data(), contents.size());
  file->size = contents.size();
  file->settle();
  file->created = false;
  set_name(name, std::move(file));
  count_used();
}

}  // namespace wayside::sim
