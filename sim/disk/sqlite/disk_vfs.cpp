#include "sim/disk/sqlite/disk_vfs.hpp"

#include <sqlite3.h>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <new>
#include <vector>

#include "base/assert.hpp"

namespace wayside::sim {
namespace {

constexpr std::size_t shm_region_bytes_max = 1u << 20;

/// What the connections to one database share: its locks, and the index of its log.
struct Shared {
  int readers = 0;                 ///< connections with at least a shared lock
  const void* reserved = nullptr;  ///< the connection that has it, or a lock beyond
  bool exclusive = false;
  std::array<int, SQLITE_SHM_NLOCK> shm_readers{};
  std::array<const void*, SQLITE_SHM_NLOCK> shm_writer{};
  std::vector<std::unique_ptr<char[]>> regions;
  int mapped = 0;  ///< connections that use the index
};

int sqlite_code(const Error& error, int otherwise) {
  switch (error.code) {
    case Errc::full:
      return SQLITE_FULL;
    case Errc::not_found:
      return SQLITE_CANTOPEN;
    default:
      return otherwise;
  }
}

struct Medium {
  VirtualDisk& disk;
  Rng rng;
  std::map<std::string, std::shared_ptr<Shared>> shared{};
  std::uint64_t temporary_files = 0;
};

Medium& medium_of(sqlite3_vfs* vfs) {
  return *static_cast<Medium*>(vfs->pAppData);
}

/// SQLite allocates it, as so many bytes, and closes it.
struct OpenFile {
  sqlite3_file base;
  VirtualDisk* disk;
  VirtualDisk::Handle file;
  std::shared_ptr<Shared> shared;  ///< of a database, not of its log
  std::string remove_on_close;
  int lock;
  bool maps_shm;
  std::uint64_t chunk_bytes;
  std::array<bool, SQLITE_SHM_NLOCK> shm_shared;
};

OpenFile& of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

int unlock(sqlite3_file* base, int level) {
  OpenFile& file = of(base);
  if (!file.shared || file.lock <= level) return SQLITE_OK;
  Shared& shared = *file.shared;
  if (file.lock >= SQLITE_LOCK_RESERVED && shared.reserved == &file) {
    shared.reserved = nullptr;
    shared.exclusive = false;
  }
  if (level == SQLITE_LOCK_NONE) --shared.readers;
  file.lock = level;
  return SQLITE_OK;
}

int lock(sqlite3_file* base, int level) {
  OpenFile& file = of(base);
  if (!file.shared || file.lock >= level) return SQLITE_OK;
  Shared& shared = *file.shared;
  if (shared.reserved != nullptr && shared.reserved != &file &&
      (level > SQLITE_LOCK_SHARED || shared.exclusive))
    return SQLITE_BUSY;
  if (level == SQLITE_LOCK_EXCLUSIVE && shared.readers > 1) return SQLITE_BUSY;
  if (file.lock == SQLITE_LOCK_NONE) ++shared.readers;
  if (level >= SQLITE_LOCK_RESERVED) shared.reserved = &file;
  if (level == SQLITE_LOCK_EXCLUSIVE) shared.exclusive = true;
  file.lock = level;
  return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* base, int* out) {
  *out = of(base).shared && of(base).shared->reserved != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int shm_unlock_all(OpenFile& file) {
  Shared& shared = *file.shared;
  for (std::size_t i = 0; i < SQLITE_SHM_NLOCK; ++i) {
    if (file.shm_shared[i]) --shared.shm_readers[i];
    file.shm_shared[i] = false;
    if (shared.shm_writer[i] == &file) shared.shm_writer[i] = nullptr;
  }
  return SQLITE_OK;
}

int shm_map(sqlite3_file* base, int region, int bytes, int extend, void volatile** out) {
  OpenFile& file = of(base);
  Shared& shared = *file.shared;
  *out = nullptr;
  if (!file.maps_shm) ++shared.mapped;
  file.maps_shm = true;
  const auto index = static_cast<std::size_t>(region);
  const auto size = static_cast<std::size_t>(bytes);
  WAYSIDE_ASSERT(size <= shm_region_bytes_max, "SQLite asks for 32 KiB");
  if (shared.regions.size() <= index && extend == 0) return SQLITE_OK;
  while (shared.regions.size() <= index) shared.regions.push_back(std::make_unique<char[]>(size));
  *out = shared.regions[index].get();
  return SQLITE_OK;
}

int shm_lock(sqlite3_file* base, int offset, int n, int flags) {
  OpenFile& file = of(base);
  Shared& shared = *file.shared;
  const auto first = static_cast<std::size_t>(offset);
  const auto end = first + static_cast<std::size_t>(n);
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (std::size_t i = first; i < end; ++i) {
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
      if (exclusive && shared.shm_writer[i] == &file) shared.shm_writer[i] = nullptr;
      if (!exclusive && file.shm_shared[i]) {
        file.shm_shared[i] = false;
        --shared.shm_readers[i];
      }
      continue;
    }
    if (shared.shm_writer[i] != nullptr && shared.shm_writer[i] != &file) return SQLITE_BUSY;
    const int others = shared.shm_readers[i] - (file.shm_shared[i] ? 1 : 0);
    if (exclusive && others > 0) return SQLITE_BUSY;
  }
  if ((flags & SQLITE_SHM_LOCK) == 0) return SQLITE_OK;
  for (std::size_t i = first; i < end; ++i) {
    if (exclusive) shared.shm_writer[i] = &file;
    if (!exclusive && !file.shm_shared[i]) {
      file.shm_shared[i] = true;
      ++shared.shm_readers[i];
    }
  }
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file*) {}

int shm_unmap(sqlite3_file* base, int) {
  OpenFile& file = of(base);
  if (!file.maps_shm) return SQLITE_OK;
  shm_unlock_all(file);
  file.maps_shm = false;
  if (--file.shared->mapped == 0) file.shared->regions.clear();
  return SQLITE_OK;
}

int close_file(sqlite3_file* base) {
  OpenFile& file = of(base);
  if (file.shared) {
    shm_unmap(base, 0);
    unlock(base, SQLITE_LOCK_NONE);
  }
  if (!file.remove_on_close.empty())
    static_cast<void>(file.disk->remove(file.remove_on_close));  // a temporary file
  file.~OpenFile();
  return SQLITE_OK;
}

int read_file(sqlite3_file* base, void* out, int bytes, sqlite3_int64 offset) {
  OpenFile& file = of(base);
  const auto size = static_cast<std::size_t>(bytes);
  const auto n = file.disk->read(*file.file, static_cast<std::uint64_t>(offset),
                                 static_cast<char*>(out), size);
  if (!n) return SQLITE_IOERR_READ;
  if (*n == size) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + *n, 0, size - *n);
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* base, const void* bytes, int size, sqlite3_int64 offset) {
  OpenFile& file = of(base);
  const auto done =
      file.disk->write(*file.file, static_cast<std::uint64_t>(offset),
                       {static_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  return done ? SQLITE_OK : sqlite_code(done.error(), SQLITE_IOERR_WRITE);
}

/// Like SQLite's own for Unix: a file with a chunk size is a multiple of it.
int truncate_file(sqlite3_file* base, sqlite3_int64 size) {
  OpenFile& file = of(base);
  auto to = static_cast<std::uint64_t>(size);
  if (file.chunk_bytes > 0) to = (to + file.chunk_bytes - 1) / file.chunk_bytes * file.chunk_bytes;
  const auto done = file.disk->resize(*file.file, to);
  return done ? SQLITE_OK : sqlite_code(done.error(), SQLITE_IOERR_TRUNCATE);
}

int size_hint(OpenFile& file, std::uint64_t size) {
  if (file.chunk_bytes == 0) return SQLITE_OK;
  const std::uint64_t to = (size + file.chunk_bytes - 1) / file.chunk_bytes * file.chunk_bytes;
  if (to <= VirtualDisk::size(*file.file)) return SQLITE_OK;
  const auto done = file.disk->resize(*file.file, to);
  return done ? SQLITE_OK : sqlite_code(done.error(), SQLITE_IOERR_WRITE);
}

int sync_file(sqlite3_file* base, int) {
  return of(base).disk->sync(*of(base).file) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int file_size(sqlite3_file* base, sqlite3_int64* out) {
  *out = static_cast<sqlite3_int64>(VirtualDisk::size(*of(base).file));
  return SQLITE_OK;
}

int file_control(sqlite3_file* base, int op, void* argument) {
  OpenFile& file = of(base);
  switch (op) {
    case SQLITE_FCNTL_CHUNK_SIZE:
      file.chunk_bytes = static_cast<std::uint64_t>(*static_cast<int*>(argument));
      return SQLITE_OK;
    case SQLITE_FCNTL_SIZE_HINT:
      return size_hint(file, static_cast<std::uint64_t>(*static_cast<sqlite3_int64*>(argument)));
    case SQLITE_FCNTL_PERSIST_WAL: {
      // The log always stays: who opens the database next finds its room still taken.
      if (*static_cast<int*>(argument) < 0) *static_cast<int*>(argument) = 1;
      return SQLITE_OK;
    }
    default:
      return SQLITE_NOTFOUND;
  }
}

int sector_size(sqlite3_file*) {
  return VirtualDisk::piece_bytes;
}
int device_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

const sqlite3_io_methods methods = {3,
                                    close_file,
                                    read_file,
                                    write_file,
                                    truncate_file,
                                    sync_file,
                                    file_size,
                                    lock,
                                    unlock,
                                    check_reserved_lock,
                                    file_control,
                                    sector_size,
                                    device_characteristics,
                                    shm_map,
                                    shm_lock,
                                    shm_barrier,
                                    shm_unmap,
                                    nullptr,
                                    nullptr};

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* base, int flags, int* out_flags) {
  Medium& medium = medium_of(vfs);
  base->pMethods = nullptr;
  const std::string name =
      path != nullptr ? path : "temporary-" + std::to_string(++medium.temporary_files);
  const bool read_only = medium.disk.is_read_only();
  auto handle = medium.disk.open(name, (flags & SQLITE_OPEN_CREATE) != 0 && !read_only);
  if (!handle) return sqlite_code(handle.error(), SQLITE_CANTOPEN);
  auto* file = new (base) OpenFile{};
  file->disk = &medium.disk;
  file->file = std::move(*handle);
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
    auto& shared = medium.shared[name];
    if (!shared) shared = std::make_shared<Shared>();
    file->shared = shared;
  }
  if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) file->remove_on_close = name;
  file->base.pMethods = &methods;
  if (out_flags != nullptr)
    *out_flags = read_only ? (flags & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY : flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  VirtualDisk& disk = medium_of(vfs).disk;
  if (!disk.exists(path)) return SQLITE_IOERR_DELETE_NOENT;
  if (!disk.remove(path)) return SQLITE_IOERR_DELETE;
  if (sync_folder != 0 && !disk.sync_folder()) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  const VirtualDisk& disk = medium_of(vfs).disk;
  // As SQLite's own: an empty log or journal is as good as none.
  const std::uint64_t size = disk.size(path).value_or(0);
  *out = flags == SQLITE_ACCESS_EXISTS ? size > 0 : disk.exists(path);
  if (flags == SQLITE_ACCESS_READWRITE && disk.is_read_only()) *out = 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

int random_bytes(sqlite3_vfs* vfs, int size, char* out) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(medium_of(vfs).rng.next());
  return size;
}
int sleep_us(sqlite3_vfs*, int us) {
  return us;  // nobody else runs who could let go of what is waited for
}
int last_error(sqlite3_vfs*, int, char*) {
  return 0;
}
int current_time(sqlite3_vfs*, sqlite3_int64* out) {
  *out = 210'866'760'000'000;  // 1970, as a Julian day in ms; nothing of it is stored
  return SQLITE_OK;
}
int current_day(sqlite3_vfs*, double* out) {
  *out = 2'440'587.5;
  return SQLITE_OK;
}

}  // namespace

struct DiskVfs::State {
  State(VirtualDisk& disk, std::uint64_t seed) : medium{disk, Rng(seed)} {
    // Connections are found by name, so two disks must not share one; nothing depends on which.
    static std::atomic<std::uint64_t> made = 0;
    name = "wayside-disk-" + std::to_string(++made);
    vfs.iVersion = 2;
    vfs.szOsFile = sizeof(OpenFile);
    vfs.mxPathname = 512;
    vfs.zName = name.c_str();
    vfs.pAppData = &medium;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = random_bytes;
    vfs.xSleep = sleep_us;
    vfs.xCurrentTime = current_day;
    vfs.xCurrentTimeInt64 = current_time;
    vfs.xGetLastError = last_error;
  }

  Medium medium;
  std::string name;
  sqlite3_vfs vfs{};
};

DiskVfs::DiskVfs(VirtualDisk& disk, std::uint64_t seed)
    : state_(std::make_unique<State>(disk, seed)) {
  const int registered = sqlite3_vfs_register(&state_->vfs, 0);
  WAYSIDE_ASSERT(registered == SQLITE_OK, "a VFS can be registered");
  const int generator = static_cast<int>(seed % 0x7fff'ffff) + 1;  // 0 would mean "at random"
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, generator, nullptr);
}

DiskVfs::~DiskVfs() {
  sqlite3_vfs_unregister(&state_->vfs);
}

const std::string& DiskVfs::name() const {
  return state_->name;
}

}  // namespace wayside::sim
