#include "hub/store/duckdb/archive.hpp"

#include <algorithm>
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

}  // namespace

Status Archive::open(Connection& connection) {
  missing_.clear();
  retired_.clear();
  auto identity = collect<std::string>(
      connection, "SELECT id FROM store_identity", {},
      [](std::string& out, const Rows& rows, std::size_t i) { out = rows.text(0, i); });
  if (!identity) return tl::make_unexpected(identity.error());
  store_ = std::move(*identity);
  const auto all = files(connection);
  if (!all) return tl::make_unexpected(all.error());
  std::set<std::string> known;
  for (const ArchiveFile& file : *all) {
    std::error_code error;
    known.insert(file.path);
    if (exists() && fs::is_regular_file(file.path, error)) continue;
    if (missing_.empty()) first_missing_ = file.path;
    missing_.insert(file.id);
  }
  for (const std::string& problem : problems()) log_.error("{}", problem);
  return exists() ? remove_strangers(known) : Status{};
}

/// Files with this store's id in their name that the catalogue does not have.
Status Archive::remove_strangers(const std::set<std::string>& known) const {
  const fs::path samples = fs::path(folder_) / "samples";
  std::error_code error;
  fs::create_directories(samples, error);
  if (error) return fail(Errc::io, "the archive {}: {}", samples.string(), error.message());
  std::vector<fs::path> strangers;
  for (fs::recursive_directory_iterator at(samples, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.find("-" + store_ + "-") != std::string::npos && !known.contains(at->path()))
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

std::vector<std::string> Archive::problems() const {
  if (missing_.empty()) return {};
  if (!exists())
    return {
        fmt::format("{} files of archived samples are out of reach: 'archive' is not "
                    "configured",
                    missing_.size())};
  return {
      fmt::format("the archive {} lacks {} files of samples, the first is {}: answers are "
                  "without them until they are back and the hub is started again",
                  folder_, missing_.size(), first_missing_)};
}

Result<std::vector<ArchiveFile>> Archive::files(Connection& connection) const {
  return collect<std::vector<ArchiveFile>>(
      connection,
      "SELECT id, path, tier, epoch_ns(day::TIMESTAMP), first_time, last_time, rows, bytes "
      "FROM archive_files ORDER BY id",
      {}, [&](auto& out, const Rows& rows, std::size_t i) {
        ArchiveFile file;
        file.id = rows.value<std::int64_t>(0, i);
        if (missing_.contains(file.id)) return;
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

Result<std::optional<ArchiveFile>> Archive::add(Connection& connection, const std::string& select,
                                                Time day, telemetry::Tier tier) {
  const auto id =
      one_integer(connection, "SELECT coalesce(max(id), 0)::BIGINT + 1 FROM archive_files");
  if (!id) return tl::make_unexpected(id.error());
  const std::string name = name_of(*id, day, tier);
  ArchiveFile file;
  file.id = *id;
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
