#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "hub/store/clickhouse/reader.hpp"
#include "hub/store/reducer.hpp"

namespace wayside::hub::click {
namespace {

constexpr std::string_view score_suffix = ".score";

/// Where the values of one kind of series lie.
struct Source {
  SeriesKind kind;
  std::string_view table;
  std::string name;   ///< column, or expression
  std::string value;  ///< column
};

/// One series of the reply, and what has been read of it.
struct Wanted {
  SeriesKind kind;
  Reducer reducer;
  std::uint64_t rows = 0;  ///< in the range, before any reduction
  std::optional<Time> downsampled_until = std::nullopt;
};
using WantedSeries = std::map<std::string, Wanted>;

class SeriesReader {
 public:
  SeriesReader(const Database& database, const Snapshot& snapshot, const SeriesRequest& request)
      : database_(database), snapshot_(snapshot), request_(request) {}

  Result<std::vector<SeriesData>> read() {
    std::vector<SeriesData> all;
    SeriesTotal total(SeriesRequest::values_max);
    for (const SeriesKind kind : {SeriesKind::signal, SeriesKind::feature, SeriesKind::score}) {
      const Source source = source_of(kind);
      auto wanted = find_wanted(source);
      if (!wanted) return tl::make_unexpected(wanted.error());
      if (wanted->empty()) continue;
      Status done = request_.points == 0 ? read_values(source, *wanted, names_of(*wanted))
                                         : read_reduced(source, *wanted);
      if (done && kind == SeriesKind::signal && snapshot_.removals > 0) done = add_history(*wanted);
      for (const auto& [name, one] : *wanted) total.add(one.reducer);
      if (done) done = total.status();
      if (!done) return tl::make_unexpected(done.error());
      for (auto& [name, one] : *wanted) {
        auto output = std::move(one.reducer).finish();
        SeriesData& data = all.emplace_back();
        data.name = name;
        data.kind = kind;
        data.reduced = output.reduced || (request_.points > 0 && one.rows > request_.points);
        data.times = std::move(output.times);
        data.values = std::move(output.values);
        data.downsampled_until = one.downsampled_until;
      }
    }
    return all;
  }

 private:
  [[nodiscard]] static Source source_of(SeriesKind kind) {
    if (kind == SeriesKind::signal) return {kind, "sample_rows", "signal", "value"};
    if (kind == SeriesKind::feature) return {kind, "feature_rows", "name", "value"};
    return {kind, "decision_rows", "concat(model, '.score')", "score"};
  }

  [[nodiscard]] bool is_wanted(const std::string& name) const {
    return request_.names.empty() ||
           std::find(request_.names.begin(), request_.names.end(), name) != request_.names.end();
  }

  [[nodiscard]] Result<WantedSeries> find_wanted(const Source& source) const {
    WantedSeries wanted;
    const bool score = source.kind == SeriesKind::score;
    if (score && !request_.names.empty() &&
        std::none_of(request_.names.begin(), request_.names.end(),
                     [](const std::string& name) { return name.ends_with(score_suffix); }))
      return wanted;
    const std::string sql =
        score ? fmt::format("SELECT DISTINCT {}{}", source.name, in_range(source.table))
              : fmt::format("SELECT DISTINCT name FROM {} WHERE {} AND asset = {} AND kind = '{}'",
                            database_.layout().of("series_rows"), snapshot_.where("series_rows"),
                            quote(request_.asset), to_string(source.kind));
    const auto rows = select(sql);
    if (!rows) return tl::make_unexpected(rows.error());
    rows->each([&](const Block& block, std::size_t i) {
      const std::string name = block.text(0, i);
      if (is_wanted(name))
        wanted.emplace(
            name, Wanted{source.kind, Reducer(request_.from, request_.to, request_.points), 0});
    });
    return wanted;
  }

  [[nodiscard]] static std::set<std::string> names_of(const WantedSeries& wanted) {
    std::set<std::string> names;
    for (const auto& [name, one] : wanted) names.insert(quote(name));
    return names;
  }

  [[nodiscard]] std::string in_range(std::string_view table) const {
    return fmt::format(" FROM {} WHERE {} AND asset = {} AND time >= {} AND time <= {}",
                       database_.layout().of(table), snapshot_.where(table), quote(request_.asset),
                       request_.from.ns, request_.to.ns);
  }

  /// Scores are told apart by their model, which is what the table knows.
  [[nodiscard]] std::string of_names(const Source& source,
                                     const std::set<std::string>& names) const {
    std::string condition = fmt::format("{} AND {} IN ({})", in_range(source.table), source.name,
                                        fmt::join(names, ", "));
    if (source.kind == SeriesKind::signal && !request_.all_qualities)
      condition += " AND quality = 'good'";
    return condition;
  }

  Result<Rows> select(const std::string& sql) const {
    auto rows = database_.select(sql, database_.options().read_timeout);
    if (!rows && rows.error().code == Errc::timeout)
      return fail(Errc::timeout, "reading took longer than {}: ask for a shorter range",
                  format_duration(database_.options().read_timeout));
    return rows;
  }

  /// Every value, in order of time and then of arrival.
  Status read_values(const Source& source, WantedSeries& wanted,
                     const std::set<std::string>& names) const {
    if (names.empty()) return {};
    const auto rows = select(fmt::format(
        "SELECT {} AS series, time, {}{} ORDER BY series, time, commit, run LIMIT {} BY series",
        source.name, source.value, of_names(source, names), SeriesRequest::raw_max + 1));
    if (!rows) return tl::make_unexpected(rows.error());
    rows->each([&](const Block& block, std::size_t i) {
      Wanted& one = wanted.at(block.text(0, i));
      one.reducer.add({block.at<std::int64_t>(1, i)}, block.number(2, i));
      if (request_.points == 0) ++one.rows;
    });
    return check_size(wanted);
  }

  [[nodiscard]] Status check_size(const WantedSeries& wanted) const {
    for (const auto& [name, one] : wanted)
      if (request_.points == 0 && one.rows > SeriesRequest::raw_max)
        return fail(Errc::full,
                    "{} has more than {} values in this range: ask for fewer points or less time",
                    name, SeriesRequest::raw_max);
    return {};
  }

  /// The bucket of a time, as `Reducer` reckons it; where that would not fit into 64 bits, of a
  /// width in whole nanoseconds.
  [[nodiscard]] std::string bucket(std::string_view time) const {
    const std::uint64_t buckets = std::max<std::uint64_t>(request_.points, 2) / 2;
    const auto span = static_cast<unsigned __int128>(static_cast<__int128>(request_.to.ns) -
                                                     request_.from.ns + 1);
    const std::string offset = fmt::format("toUInt64({} - ({}))", time, request_.from.ns);
    if (span * buckets <= std::numeric_limits<std::uint64_t>::max())
      return fmt::format("intDiv({} * toUInt64({}), toUInt64({}))", offset, buckets,
                         static_cast<std::uint64_t>(span));
    const auto width = static_cast<std::uint64_t>((span + buckets - 1) / buckets);
    return fmt::format("intDiv({}, toUInt64({}))", offset, width);
  }

  /// The smallest and the largest value of every bucket; what has few values comes whole.
  Status read_reduced(const Source& source, WantedSeries& wanted) const {
    const auto rows = select(fmt::format(
        "SELECT {0} AS series, {1} AS bucket, count(), min(time), argMin(time, {2}), min({2}), "
        "argMax(time, {2}), max({2}){3} GROUP BY series, bucket",
        source.name, bucket("time"), source.value, of_names(source, names_of(wanted))));
    if (!rows) return tl::make_unexpected(rows.error());
    rows->each([&](const Block& block, std::size_t i) {
      wanted.at(block.text(0, i)).rows += block.at<std::uint64_t>(2, i);
    });
    std::set<std::string> few;
    for (const auto& [name, one] : wanted)
      if (one.rows > 0 && one.rows <= request_.points) few.insert(quote(name));
    rows->each([&](const Block& block, std::size_t i) {
      Wanted& one = wanted.at(block.text(0, i));
      if (one.rows > request_.points) add_bucket(one.reducer, block, i);
    });
    return read_values(source, wanted, few);
  }

  static void add_bucket(Reducer& reducer, const Block& block, std::size_t i) {
    if (block.is_null(5, i)) {  // times without values
      reducer.add({block.at<std::int64_t>(3, i)}, std::numeric_limits<double>::quiet_NaN());
      return;
    }
    const Time low{block.inner<std::int64_t>(4, i)}, high{block.inner<std::int64_t>(6, i)};
    reducer.add(low, block.number(5, i));
    if (high != low || block.number(7, i) != block.number(5, i))
      reducer.add(high, block.number(7, i));
  }

  /// What is left of samples that were removed: the smallest and the largest of every interval.
  Status add_history(WantedSeries& wanted) const {
    auto raw_from = read_raw_from();
    if (!raw_from) return tl::make_unexpected(raw_from.error());
    if (raw_from->empty()) return {};
    const std::string range = fmt::format("t >= {} AND t <= {}", request_.from.ns, request_.to.ns);
    const std::string points = fmt::format(
        "(SELECT signal, tier, arrayJoin(if(min_time = max_time, [(min_time, min)], [(min_time, "
        "min), (max_time, max)])) AS p, p.1 AS t, p.2 AS v FROM {} WHERE {} AND asset = {} AND "
        "signal IN ({}) AND time >= {} AND time <= {}) WHERE {}",
        database_.layout().of("downsample_rows"), snapshot_.where("downsample_rows"),
        quote(request_.asset), fmt::join(names_of(wanted), ", "),
        request_.from.ns < Time::min().ns + days(1).ns ? Time::min().ns
                                                       : request_.from.ns - days(1).ns,
        request_.to.ns, range);
    const auto rows = select(
        request_.points == 0
            ? fmt::format("SELECT signal, tier, t, v, t, v FROM {} ORDER BY signal, t LIMIT {} BY "
                          "signal",
                          points, SeriesRequest::raw_max + 1)
            : fmt::format("SELECT signal, tier, argMin(t, v), min(v), argMax(t, v), max(v) FROM {} "
                          "GROUP BY signal, tier, {}",
                          points, bucket("t")));
    if (!rows) return tl::make_unexpected(rows.error());
    rows->each([&](const Block& block, std::size_t i) {
      const auto until = raw_from->find(block.at<std::uint8_t>(1, i));
      if (until == raw_from->end()) return;
      Wanted& one = wanted.at(block.text(0, i));
      one.downsampled_until = std::max(one.downsampled_until, std::optional(until->second));
      const Time low{block.at<std::int64_t>(2, i)}, high{block.at<std::int64_t>(4, i)};
      one.reducer.add(low, block.at<double>(3, i));
      ++one.rows;
      if (high == low) return;
      one.reducer.add(high, block.at<double>(5, i));
      ++one.rows;
    });
    return check_size(wanted);
  }

  /// By tier: samples before it have been removed; only what the range reaches.
  [[nodiscard]] Result<std::map<std::uint8_t, Time>> read_raw_from() const {
    const auto rows =
        select(fmt::format("SELECT tier, max(until) FROM {} WHERE number <= {} GROUP BY tier",
                           database_.layout().of("removal_rows"), snapshot_.removals));
    if (!rows) return tl::make_unexpected(rows.error());
    std::map<std::uint8_t, Time> raw_from;
    rows->each([&](const Block& block, std::size_t i) {
      const Time until{block.at<std::int64_t>(1, i)};
      if (until > request_.from) raw_from[block.at<std::uint8_t>(0, i)] = until;
    });
    return raw_from;
  }

  const Database& database_;
  const Snapshot& snapshot_;
  const SeriesRequest& request_;
};

}  // namespace

Result<std::vector<SeriesData>> read_series(const Database& database, const Snapshot& snapshot,
                                            const SeriesRequest& request) {
  return SeriesReader(database, snapshot, request).read();
}

}  // namespace wayside::hub::click
