#include <fmt/format.h>
#include <cstdlib>
#include <optional>

#include "base/duckdb/chunk_writer.hpp"
#include "base/duckdb/handles.hpp"
#include "features_work.hpp"

namespace wayside::bench {
namespace {

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print("DuckDB: {}\n", result.error().message);
  std::exit(1);
}
void must(const Status& status) {
  if (status) return;
  fmt::print("DuckDB: {}\n", status.error().message);
  std::exit(1);
}

/// A database in memory with the samples as a table of one row a millisecond.
class Samples {
 public:
  explicit Samples(const Data& data) {
    duckdb_open(nullptr, database_.out());
    connection_.emplace(must(duck::Connection::open(database_.get())));
    must(connection_->run("SET threads = 1"));
    std::string table = "CREATE TABLE d(t TIMESTAMP";
    for (std::size_t s = 0; s < signal_count; ++s) table += fmt::format(", s{} DOUBLE", s);
    must(connection_->run(table + ")"));
    duck::ChunkWriter writer = must(duck::ChunkWriter::to_table(*connection_, "d"));
    for (std::size_t i = 0; i < data.times.size(); ++i) {
      writer.set<std::int64_t>(0, data.times[i].ns / 1000);
      for (std::size_t s = 0; s < signal_count; ++s) writer.set(s + 1, data.values[s][i]);
      must(writer.end_row());
    }
    must(writer.finish());
  }

  /// Of rows that are the columns without the time.
  Answer ask(const std::string& sql) {
    const double start = cpu_seconds();
    Answer answer;
    duck::ResultHandle result = must(connection_->rows(sql));
    must(duck::for_each_row(result, [&](const duck::Rows& rows, std::size_t i) {
      for (std::size_t c = 0; c < columns; ++c) answer.table.push_back(rows.value<double>(c, i));
    }));
    answer.seconds = cpu_seconds() - start;
    return answer;
  }

 private:
  duck::DatabaseHandle database_;
  std::optional<duck::Connection> connection_;
};

/// (t − width, t]: nothing is closer than a microsecond.
std::string windows() {
  std::string text;
  for (const int width : widths_s)
    text += fmt::format(
        "{} w{} AS (ORDER BY t RANGE BETWEEN INTERVAL '{} microseconds' PRECEDING AND CURRENT ROW)",
        text.empty() ? "WINDOW" : ",", width, width * 1'000'000 - 1);
  return text;
}

}  // namespace

Answer by_window_functions(const Data& data) {
  std::string select = "SELECT epoch_us(t) AS us";
  std::string names;
  for (std::size_t s = 0; s < signal_count; ++s)
    for (const int width : widths_s)
      for (const char* function : {"avg", "stddev_pop", "min", "max"}) {
        const std::string name = fmt::format("{}_{}_{}", function, s, width);
        select += fmt::format(", {}(s{}) OVER w{} AS {}", function, s, width, name);
        names += (names.empty() ? "" : ", ") + name;
      }
  return Samples(data).ask(fmt::format(
      "SELECT {} FROM ({} FROM d {}) WHERE us % 100000 = 0 ORDER BY us", names, select, windows()));
}

Answer by_panes_in_sql(const Data& data) {
  std::string panes =
      "SELECT make_timestamp((epoch_us(t) + 99999) // 100000 * 100000) AS t, count(*) AS n";
  std::string select;
  for (std::size_t s = 0; s < signal_count; ++s) {
    panes += fmt::format(
        ", sum(s{0}) AS a{0}, sum(s{0} * s{0}) AS b{0}, min(s{0}) AS c{0}, max(s{0}) AS d{0}", s);
    for (const int w : widths_s)
      select += fmt::format(
          "{0}sum(a{1}) OVER w{2} / sum(n) OVER w{2}, sqrt(greatest(0, sum(b{1}) OVER w{2} / "
          "sum(n) "
          "OVER w{2} - (sum(a{1}) OVER w{2} / sum(n) OVER w{2}) ** 2)), min(c{1}) OVER w{2}, "
          "max(d{1}) OVER w{2}",
          select.empty() ? "" : ", ", s, w);
  }
  return Samples(data).ask(fmt::format("SELECT {} FROM ({} FROM d GROUP BY ALL) {} ORDER BY t",
                                       select, panes, windows()));
}

}  // namespace wayside::bench
