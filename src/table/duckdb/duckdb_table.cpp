#include "table/duckdb/duckdb_table.hpp"

#include <utility>

namespace wayside::table {
namespace {

constexpr const char* memory_limit = "512MB";

}  // namespace

Result<duck::DatabaseHandle> open_scratch_database(const std::string& spill_folder) {
  duck::ConfigHandle config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess)
    return fail(Errc::io, "DuckDB gave no configuration");
  const std::pair<const char*, const char*> settings[] = {{"memory_limit", memory_limit},
                                                          {"temp_directory", spill_folder.c_str()},
                                                          {"autoinstall_known_extensions", "false"},
                                                          {"autoload_known_extensions", "false"}};
  for (const auto& [name, value] : settings)
    if (duckdb_set_config(config.get(), name, value) != DuckDBSuccess)
      return fail(Errc::io, "DuckDB does not know the setting {}", name);
  duck::DatabaseHandle database;
  char* why = nullptr;
  if (duckdb_open_ext(nullptr, database.out(), config.get(), &why) == DuckDBSuccess)
    return database;
  const std::string reason = why != nullptr ? why : "no reason given";
  duckdb_free(why);
  return fail(Errc::io, "DuckDB does not start: {}", reason);
}

std::string sql_quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace wayside::table
