#include "hub/store/duckdb/archive.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/os/atomic_file.hpp"
#include "hub/store/duckdb/sql.hpp"
#include "hub/store/duckdb/views.hpp"

namespace wayside::hub::duck {
namespace {

namespace fs = std::filesystem;

constexpr const char* copy_options =
    "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, USE_TMP_FILE false)";

std::string day_text(Time day) {
  return format_time(day).substr(0, 10);
}

/// Of a file `TIER-STORE-NUMBER.parquet`, also of one that was not put in place; nullopt for
/// others.
std::optional<std::int64_t> number_in(const std::string& name, const std::string& store) {
  const std::string before = "-" + store + "-";
  const auto at = name.find(before);
  if (at == std::string::npos) return std::nullopt;
  std::int64_t number = 0;
  const char* from = name.data() + at + before.size();
  const auto read = std::from_chars(from, name.data() + name.size(), number);
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

Status Archive::open(Connection& connection) {
  retired_.clear();
  auto identity = collect<std::string>(
      connection, "SELECT id FROM store_identity", {},
      [](std::string& out, const Rows& rows, std::size_t i) { out = rows.text(0, i); });
  if (!identity) return tl::make_unexpected(identity.error());
  store_ = std::move(*identity);
  const auto all = catalogue(connection);
  if (!all) return tl::make_unexpected(all.error());
  const auto next = one_integer(connection, "SELECT next FROM archive_counter");
  if (!next) return tl::make_unexpected(next.error());
  if (exists())
    if (const Status taken = take_folder(*all, *next); !taken) return taken;
  (void)find_missing(*all);
  view_is_old_ = false;  // the caller makes it
  for (const std::string& problem : problems()) log_.error("{}", problem);
  return {};
}

/// A folder that is away is only noted: what is in the database can be read and goes on.
Status Archive::take_folder(const std::vector<ArchiveFile>& all, std::int64_t next) {
  const bool unused = next == 1;
  std::error_code error;
  const bool ours = std::any_of(all.begin(), all.end(), [&](const ArchiveFile& file) {
    return fs::is_regular_file(file.path, error);
  });
  Status taken = place_.take(folder_, store_, unused || ours);
  if (taken) taken = remove_strangers(all, next);
  if (!taken && taken.error().code == Errc::conflict) return taken;
  const std::scoped_lock lock(mutex_);
  away_ = taken ? "" : taken.error().message;
  return {};
}

Status Archive::look(Connection& connection) {
  const Status there = exists() ? place_.look() : Status{};
  {
    const std::scoped_lock lock(mutex_);
    away_ = there ? "" : there.error().message;
  }
  const auto all = catalogue(connection);
  if (!all) return tl::make_unexpected(all.error());
  if (find_missing(*all)) {
    view_is_old_ = true;
    for (const std::string& problem : problems()) log_.error("{}", problem);
    if (problems().empty()) log_.info("the files of the archive {} are back", folder_);
  }
  if (!view_is_old_) return {};
  const Status updated = in_transaction(connection, [&] { return update_view(connection); });
  view_is_old_ = !updated;
  return updated;
}

bool Archive::find_missing(const std::vector<ArchiveFile>& all) {
  std::set<std::int64_t> missing;
  std::string first;
  for (const ArchiveFile& file : all) {
    std::error_code error;
    if (exists() && fs::is_regular_file(file.path, error)) continue;
    if (missing.empty()) first = file.path;
    missing.insert(file.id);
  }
  const std::scoped_lock lock(mutex_);
  if (missing == missing_) return false;
  missing_ = std::move(missing);
  first_missing_ = std::move(first);
  return true;
}

/// Files with this store's id in their name that the catalogue does not have.
Status Archive::remove_strangers(const std::vector<ArchiveFile>& all, std::int64_t next) const {
  const fs::path samples = fs::path(folder_) / "samples";
  std::error_code error;
  if (!fs::exists(samples, error)) return {};
  std::set<std::string> known;
  for (const ArchiveFile& file : all) known.insert(file.path);
  std::vector<fs::path> strangers;
  for (fs::recursive_directory_iterator at(samples, error), end; !error && at != end;
       at.increment(error)) {
    const auto number = number_in(at->path().filename(), store_);
    if (!number || known.contains(at->path())) continue;
    if (*number >= next)
      return fail(Errc::conflict,
                  "{} is of a later state of this database, which has written {} files: it is an "
                  "old copy. Start with the database that wrote the file, or give the copy a "
                  "copy of its archive without the later files",
                  at->path().string(), next - 1);
    strangers.push_back(at->path());
  }
  for (const fs::path& path : strangers) {
    if (error) break;
    fs::remove(path, error);
    log_.info("removed {}, which a crash left", path.string());
  }
  if (error) return fail(Errc::io, "the archive {}: {}", samples.string(), error.message());
  return {};
}

bool Archive::present() const {
  const std::scoped_lock lock(mutex_);
  return exists() && away_.empty();
}

std::vector<std::string> Archive::problems() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> all;
  if (!away_.empty()) all.push_back(away_ + ": cold samples stay in the database until it is back");
  if (missing_.empty()) return all;
  if (!exists())
    all.push_back(
        fmt::format("{} files of archived samples are out of reach: 'archive' is not configured",
                    missing_.size()));
  else
    all.push_back(fmt::format(
        "the archive {} lacks {} files of samples, the first is {}: answers are without them "
        "until they are back",
        folder_, missing_.size(), first_missing_));
  return all;
}

Result<std::vector<ArchiveFile>> Archive::files(Connection& connection) const {
  auto all = catalogue(connection);
  if (!all) return all;
  const std::scoped_lock lock(mutex_);
  std::erase_if(*all, [&](const ArchiveFile& file) { return missing_.contains(file.id); });
  return all;
}

Result<std::vector<ArchiveFile>> Archive::catalogue(Connection& connection) const {
  return collect<std::vector<ArchiveFile>>(
      connection,
      "SELECT id, path, tier, epoch_ns(day::TIMESTAMP), first_time, last_time, rows, bytes "
      "FROM archive_files ORDER BY id",
      {}, [&](auto& out, const Rows& rows, std::size_t i) {
        ArchiveFile file;
        file.id = rows.value<std::int64_t>(0, i);
        file.path = (fs::path(folder_) / rows.text(1, i)).string();
        file.tier = static_cast<telemetry::Tier>(rows.value<std::uint8_t>(2, i));
        file.day = Time{rows.value<std::int64_t>(3, i)};
        file.first = Time{rows.value<std::int64_t>(4, i)};
        file.last = Time{rows.value<std::int64_t>(5, i)};
        file.rows = rows.value<std::uint64_t>(6, i);
        file.bytes = rows.value<std::uint64_t>(7, i);
        out.push_back(std::move(file));
      });
}

std::string Archive::name_of(std::int64_t id, Time day, telemetry::Tier tier) const {
  return fmt::format("samples/day={}/{}-{}-{}.parquet", day_text(day), telemetry::to_string(tier),
                     store_, id);
}

Result<std::int64_t> Archive::take_number(Connection& connection) const {
  const auto number = one_integer(
      connection, "UPDATE archive_counter SET next = next + 1 RETURNING (next - 1)::BIGINT");
  step("number taken");
  return number;
}

Result<std::optional<ArchiveFile>> Archive::add(Connection& connection, std::int64_t id,
                                                const std::string& select, Time day,
                                                telemetry::Tier tier) {
  if (const Status there = place_.look(); !there) return tl::make_unexpected(there.error());
  const std::string name = name_of(id, day, tier);
  ArchiveFile file;
  file.id = id;
  file.path = (fs::path(folder_) / name).string();
  file.tier = tier;
  file.day = day;
  auto whole = os::AtomicFile::create(file.path);
  if (!whole) return tl::make_unexpected(whole.error());
  const auto rows = changed_rows(
      connection,
      fmt::format("COPY ({}) TO {} {}", select, sql_text(whole->temporary()), copy_options));
  if (!rows) return fail_in("writing the archive's file " + file.path, rows.error());
  step("file written");
  if (*rows == 0) return std::optional<ArchiveFile>();
  if (const Status placed = whole->put_in_place(); !placed)
    return tl::make_unexpected(placed.error());
  step("file in place");
  file.rows = static_cast<std::uint64_t>(*rows);
  if (const Status recorded = record(connection, file, name); !recorded)
    return tl::make_unexpected(recorded.error());
  return std::optional(std::move(file));
}

/// From the file as it can be read, which shows that it can be.
Status Archive::record(Connection& connection, ArchiveFile& file, const std::string& name) {
  std::error_code error;
  file.bytes = fs::file_size(file.path, error);
  if (error) return fail(Errc::io, "{}: {}", file.path, error.message());
  const Status counted = connection.run(
      fmt::format("INSERT INTO archive_assets SELECT {}, asset, count(*) FROM {} GROUP BY asset",
                  file.id, parquet_source({file.path})));
  if (!counted) return counted;
  const auto found = one_integer(
      connection,
      fmt::format("SELECT sum(rows)::BIGINT FROM archive_assets WHERE file = {}", file.id));
  if (!found) return tl::make_unexpected(found.error());
  if (static_cast<std::uint64_t>(*found) != file.rows)
    return fail(Errc::corrupt, "{}: {} rows were written, {} can be read", file.path, file.rows,
                *found);
  return connection.run(fmt::format(
      "INSERT INTO archive_files SELECT {}, {}, DATE {}, '{}', min(time), max(time), {}, {} "
      "FROM {}",
      file.id, sql_text(name), sql_text(day_text(file.day)), telemetry::to_string(file.tier),
      file.rows, file.bytes, parquet_source({file.path})));
}

Status Archive::forget(Connection& connection, std::int64_t id) {
  return connection.run(fmt::format(
      "DELETE FROM archive_files WHERE id = {0}; DELETE FROM archive_assets WHERE file = {0}", id));
}

Result<std::vector<std::string>> Archive::paths(Connection& connection) const {
  const auto all = files(connection);
  if (!all) return tl::make_unexpected(all.error());
  std::vector<std::string> paths;
  for (const ArchiveFile& file : *all) paths.push_back(file.path);
  return paths;
}

Status Archive::update_view(Connection& connection) const {
  const auto all = paths(connection);
  if (!all) return tl::make_unexpected(all.error());
  return create_samples_view(connection, *all);
}

void Archive::retire(std::vector<std::string> paths, Readers& readers) {
  const Readers::Ticket ticket = readers.now();
  for (std::string& path : paths) retired_.push_back({std::move(path), ticket});
}

Status Archive::sweep(Readers& readers) {
  Status swept;
  std::erase_if(retired_, [&](const Retired& file) {
    if (!swept || !readers.gone(file.ticket)) return false;
    std::error_code error;
    fs::remove(file.path, error);
    if (error) swept = fail(Errc::io, "cannot remove {}: {}", file.path, error.message());
    step("file removed");
    return !error;
  });
  return swept;
}

Status Archive::sweep_all(Readers& readers) {
  for (const Retired& file : retired_) readers.wait_until_gone(file.ticket);
  return sweep(readers);
}

}  // namespace wayside::hub::duck
