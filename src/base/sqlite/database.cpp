#include "base/sqlite/database.hpp"

#include <sqlite3.h>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wayside::sqlite {
namespace {

Errc errc_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Errc::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::conflict;
    case SQLITE_ERROR:  // the statement does not fit the tables
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
      return Errc::invalid;
    default:
      return Errc::io;
  }
}

tl::unexpected<Error> failure(sqlite3* handle, const char* doing) {
  const int code = sqlite3_extended_errcode(handle);
  // Some of SQLite's ways to make a file larger give a general error where the disk is full.
  const int cause = sqlite3_system_errno(handle);
  const bool full = (code & 0xff) == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT);
  return fail(full ? Errc::full : errc_of(code), "{}: {}", doing,
              full ? std::strerror(cause) : sqlite3_errmsg(handle));
}

}  // namespace

Result<Database> Database::open(const std::string& path, const std::string& vfs) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                   vfs.empty() ? nullptr : vfs.c_str());
  Database database(handle);
  if (code != SQLITE_OK)
    return fail(errc_of(code), "cannot open {}: {}", path,
                handle != nullptr ? sqlite3_errmsg(handle) : "out of memory");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 5'000);
  return database;
}

Database::~Database() {
  sqlite3_close_v2(handle_);
}

Database::Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Status Database::exec(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure(handle_, "sqlite");
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
    return failure(handle_, "sqlite");
  return Statement(statement);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

std::int64_t Database::last_row_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

Statement::Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Statement& Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(handle_, index, value);
  return *this;
}

Statement& Statement::bind(int index, double value) {
  sqlite3_bind_double(handle_, index, value);
  return *this;
}

Statement& Statement::bind_text(int index, std::string_view value) {
  // A null pointer would bind NULL; an empty text is not that.
  const char* data = value.data() != nullptr ? value.data() : "";
  sqlite3_bind_text64(handle_, index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  sqlite3_bind_blob64(handle_, index, data, value.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_null(int index) {
  sqlite3_bind_null(handle_, index);
  return *this;
}

Result<bool> Statement::step() {
  switch (sqlite3_step(handle_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return failure(sqlite3_db_handle(handle_), "sqlite");
  }
}

Status Statement::run() {
  for (;;) {
    const Result<bool> row = step();
    if (row && *row) continue;
    reset();
    if (!row) return tl::make_unexpected(row.error());
    return {};
  }
}

void Statement::reset() {
  sqlite3_reset(handle_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(handle_, column);
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return {data != nullptr ? data : "",
          static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  return {data != nullptr ? data : "",
          static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

}  // namespace wayside::sqlite
