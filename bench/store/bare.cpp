#include "store/bare.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "base/duckdb/chunk_writer.hpp"
#include "hub/store/clickhouse/block_writer.hpp"
#include "hub/store/clickhouse/tables.hpp"
#include "store/http_rows.hpp"
#include "store/wayside_engine.hpp"

namespace wayside::bench {
namespace {

using plants::TruckDiagnostics;
using plants::TruckFleet;
using plants::TruckReading;

constexpr std::array<double TruckReading::*, reading_signals> readings{
    &TruckReading::latitude,        &TruckReading::longitude, &TruckReading::elevation,
    &TruckReading::velocity,        &TruckReading::heading,   &TruckReading::grade,
    &TruckReading::fuel_consumption};
constexpr std::array<double TruckDiagnostics::*, diagnostic_signals> diagnostics{
    &TruckDiagnostics::fuel_state, &TruckDiagnostics::current_load, &TruckDiagnostics::status};
constexpr std::array<const char*, reading_signals + diagnostic_signals> names{
    "latitude", "longitude",        "elevation",  "velocity",     "heading",
    "grade",    "fuel_consumption", "fuel_state", "current_load", "status"};

/// Calls `f(signal, time, value)` for every sample, signal by signal.
template <class F>
Status for_each_sample(const TruckFleet::Batch& batch, F&& f) {
  for (std::size_t s = 0; s < reading_signals; ++s)
    for (const TruckReading& r : batch.readings)
      if (const Status done = f(s, r.time, r.*readings[s]); !done) return done;
  for (std::size_t s = 0; s < diagnostic_signals; ++s)
    for (const TruckDiagnostics& d : batch.diagnostics)
      if (const Status done = f(reading_signals + s, d.time, d.*diagnostics[s]); !done) return done;
  return {};
}

Status append(duck::Connection& connection, const TruckFleet::Batch* first,
              const TruckFleet::Batch* last) {
  if (const Status begun = connection.run("BEGIN"); !begun) return begun;
  auto out = duck::ChunkWriter::to_table(connection, "bare");
  if (!out) return tl::make_unexpected(out.error());
  for (; first != last; ++first) {
    const auto base = static_cast<std::int32_t>(first->truck * names.size());
    const Status put = for_each_sample(*first, [&](std::size_t signal, Time time, double value) {
      out->set(0, base + static_cast<std::int32_t>(signal));
      out->set(1, time.ns);
      out->set(2, value);
      out->set(3, std::uint8_t{0});
      return out->end_row();
    });
    if (!put) return put;
  }
  if (const Status finished = out->finish(); !finished) return finished;
  return connection.run("COMMIT");
}

/// One Native block with the columns of the hub's table that a client would fill.
std::string block_of(const std::vector<plants::TruckTags>& tags, const TruckFleet::Batch* first,
                     const TruckFleet::Batch* last) {
  std::size_t rows = 0;
  for (const TruckFleet::Batch* b = first; b != last; ++b) rows += samples_in(*b);
  hub::click::BlockWriter out(7, rows);
  const auto column = [&](std::string_view name, std::string_view type, auto&& put) {
    out.column(name, type);
    for (const TruckFleet::Batch* b = first; b != last; ++b) put(*b);
  };
  column("node", "String", [&](const auto& b) { out.fill_text(samples_in(b), "yard"); });
  column("asset", "String",
         [&](const auto& b) { out.fill_text(samples_in(b), tags[b.truck].name); });
  column("signal", "String", [&](const auto& b) {
    for (std::size_t s = 0; s < names.size(); ++s)
      out.fill_text(s < reading_signals ? b.readings.size() : b.diagnostics.size(), names[s]);
  });
  column("version", "UInt32", [&](const auto& b) { out.fill(samples_in(b), std::uint32_t{1}); });
  const auto each = [&](const TruckFleet::Batch& b, auto&& put) {
    (void)for_each_sample(b, [&](std::size_t, Time time, double value) {
      put(time, value);
      return Status{};
    });
  };
  column("time", "Int64", [&](const auto& b) { each(b, [&](Time t, double) { out.put(t.ns); }); });
  column("value", "Float64", [&](const auto& b) { each(b, [&](Time, double v) { out.put(v); }); });
  column("quality", hub::click::quality_type,
         [&](const auto& b) { out.fill(samples_in(b), std::uint8_t{0}); });
  return std::move(out).bytes();
}

/// Calls `f(first, last)` for runs of batches of about `commit_rows`.
Status in_commits(
    const std::vector<TruckFleet::Batch>& batches,
    const std::function<Status(const TruckFleet::Batch*, const TruckFleet::Batch*)>& f) {
  std::size_t first = 0;
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    rows += samples_in(batches[i]);
    if (rows < commit_rows && i + 1 < batches.size()) continue;
    if (const Status done = f(batches.data() + first, batches.data() + i + 1); !done) return done;
    first = i + 1;
    rows = 0;
  }
  return {};
}

}  // namespace

Status insert_bare_duckdb(const std::string& path, const std::vector<TruckFleet::Batch>& batches) {
  duck::DatabaseHandle database;
  if (duckdb_open(path.c_str(), database.out()) != DuckDBSuccess)
    return fail(Errc::io, "cannot open {}", path);
  auto connection = duck::Connection::open(database.get());
  if (!connection) return tl::make_unexpected(connection.error());
  const Status made = connection->run(
      "CREATE TYPE quality AS ENUM ('good', 'out_of_range', 'late', 'not_finite', 'bad'); "
      "CREATE TABLE bare (series INTEGER NOT NULL, time TIMESTAMP_NS NOT NULL, value DOUBLE, "
      "quality quality NOT NULL)");
  if (!made) return made;
  return in_commits(batches, [&](const auto* first, const auto* last) {
    return append(*connection, first, last);
  });
}

Status insert_bare_clickhouse(const std::string& url, const std::vector<plants::TruckTags>& tags,
                              const std::vector<TruckFleet::Batch>& batches) {
  const auto made = body_of(http::post(
      url + "/",
      fmt::format("CREATE TABLE bare (node String, asset String, signal String, version UInt32, "
                  "time Int64, value Float64, quality {}) ENGINE = MergeTree ORDER BY (signal, "
                  "asset, time)",
                  hub::click::quality_type),
      "text/plain", minutes(1)));
  if (!made) return tl::make_unexpected(made.error());
  const std::string insert = url + "/?query=" + http::escape("INSERT INTO bare FORMAT Native");
  return in_commits(batches, [&](const auto* first, const auto* last) -> Status {
    const auto sent = body_of(
        http::post(insert, block_of(tags, first, last), "application/octet-stream", minutes(2)));
    return sent ? Status{} : Status{tl::make_unexpected(sent.error())};
  });
}

}  // namespace wayside::bench
