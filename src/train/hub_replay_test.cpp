#include "train/hub_replay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <mutex>
#include <regex>

#include "base/http/server.hpp"
#include "table/csv_text.hpp"
#include "train/backfill.hpp"
#include "train/hub_samples.hpp"
#include "train/replay_testing.hpp"

namespace wayside::train {
namespace {

using Json = nlohmann::json;
using telemetry::Quality;
using ::testing::HasSubstr;

struct Stored {
  std::string signal;
  Time time;
  double value = 0;
  Quality quality = Quality::good;
};

/// Serves what it holds in arrival order, and refuses pages of more rows than `rows_max` unless
/// they are of one moment.
class FakeHub {
 public:
  FakeHub() {
    server_.get("/api/v1/samples", [this](const http::Request& r) { return give_samples(r); });
    server_.post("/api/v1/query", [this](const http::Request& r) { return answer(r.body); });
    server_.post("/api/v1/features", [this](const http::Request& r) {
      const std::lock_guard lock(mutex_);
      bodies.push_back(Json::parse(r.body));
      return http::json_response(R"({"removed": 1, "written": 2})");
    });
    const auto port = server_.start("127.0.0.1:0");
    EXPECT_TRUE(port) << port.error().message;
    url = "http://127.0.0.1:" + std::to_string(port.value_or(0));
  }
  ~FakeHub() { server_.stop(); }

  std::vector<Stored> samples;
  std::size_t rows_max = 1'000'000;
  std::size_t pages = 0, refused = 0;
  std::vector<Json> bodies;
  std::string url;

 private:
  http::Response give_samples(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    const Time from = parse_time(request.param("from")).value();
    const Time to = parse_time(request.param("to")).value();
    const std::string signals = "," + request.param("signals") + ",";
    std::vector<Stored> rows;
    for (const Stored& s : samples)
      if (s.time >= from && s.time <= to && signals.find("," + s.signal + ",") != signals.npos)
        rows.push_back(s);
    if (rows.size() > rows_max && from != to) {
      ++refused;
      return http::error_response({Errc::full, "too many"});
    }
    ++pages;
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Stored& a, const Stored& b) { return a.time < b.time; });
    std::string csv = "asset,signal,time,value,quality,version\n";
    for (const Stored& s : rows) {
      csv += "p1," + s.signal + "," + std::to_string(s.time.ns) + ",";
      table::append_number(csv, s.value);
      csv += "," + std::string(to_string(s.quality)) + ",1\n";
    }
    return {200, "text/csv", csv, {}};
  }

  static Time time_after(const std::string& sql, const std::string& mark) {
    const std::size_t at = sql.find(mark + "'") + mark.size() + 1;
    return parse_time(sql.substr(at, sql.find('\'', at) - at)).value();
  }
  static Json text(std::optional<Time> time) { return time ? Json(format_time(*time)) : Json(); }

  http::Response answer(const std::string& body) {
    const std::lock_guard lock(mutex_);
    const std::string sql = Json::parse(body).at("sql");
    Json rows = Json::array();
    if (sql.starts_with("select signal")) {
      const Time before = time_after(sql, "time < ");
      std::map<std::string, Time> last;
      for (const Stored& s : samples)
        if (s.quality == Quality::good && s.time < before &&
            sql.find("'" + s.signal + "'") != sql.npos)
          last.try_emplace(s.signal, s.time).first->second =
              std::max(s.time, last.contains(s.signal) ? last[s.signal] : s.time);
      std::vector<std::pair<Time, std::string>> ordered;
      for (const auto& [signal, time] : last) ordered.emplace_back(time, signal);
      std::sort(ordered.begin(), ordered.end());
      for (const auto& [time, signal] : ordered) rows.push_back({signal, 1, format_time(time)});
    } else {
      const Time before = time_after(sql, "time < ");
      std::optional<Time> earliest, newest, last;
      for (const Stored& s : samples) {
        if (s.quality != Quality::late) earliest = std::min(earliest.value_or(s.time), s.time);
        newest = std::max(newest.value_or(s.time), s.time);
        if (s.time < before) last = std::max(last.value_or(s.time), s.time);
      }
      rows.push_back({text(earliest), text(newest), text(last)});
    }
    return http::json_response(
        Json{{"columns", Json::array()}, {"rows", rows}, {"truncated", false}}.dump());
  }

  std::mutex mutex_;
  http::Server server_;
};

using Ticks = std::map<std::int64_t, std::vector<std::uint64_t>>;

std::vector<std::uint64_t> bits_of(std::span<const double> values) {
  std::vector<std::uint64_t> bits;
  for (const double v : values)
    bits.push_back(std::isnan(v) ? 0x7ff8'0000'0000'0000u : std::bit_cast<std::uint64_t>(v));
  return bits;
}

const std::vector<features::Definition>& definitions() {
  static const std::vector<features::Definition> list{
      {"m", "mean(temp, 5s)", {}},   {"s", "std(temp, 3s)", {}},
      {"l", "lag(temp, 4s)", {}},    {"r", "slope(power, 10s)", {}},
      {"c", "count(power, 2s)", {}}, {"f", "first(temp, 2s) - last(temp, 2s)", {}}};
  return list;
}

/// Goes through the engine as a node would, and stores with the quality that it says.
Ticks online(const ReplaySchema& schema, std::vector<Stored>& samples) {
  features::AssetEngine engine(schema.kinds[0].plan);
  Ticks ticks;
  std::vector<double> row(definitions().size());
  const auto fetch = [&] {
    while (const auto tick = engine.next_tick(row)) ticks[tick->ns] = bits_of(row);
  };
  for (Stored& s : samples) {
    s.quality = engine.push(*schema.kinds[0].kind.find(s.signal), s.time, s.value, s.quality);
    fetch();
  }
  engine.finish();
  fetch();
  return ticks;
}

HubReplayRequest request_of(const ReplaySchema& schema, Time from, Time to) {
  HubAsset asset;
  asset.name = "p1";
  asset.node = "n1";
  return {
      schema.kinds[0], compile_ordered(schema.kinds[0], definitions()), {asset}, from, to, false};
}

Result<Ticks> replayed(const FakeHub& fake, HubReplayRequest request) {
  const HubApi hub(fake.url);
  Ticks ticks;
  HubReplay replay(hub, std::move(request),
                   [&](std::size_t, Time tick, std::span<const double> values) {
                     EXPECT_FALSE(ticks.contains(tick.ns));
                     ticks[tick.ns] = bits_of(values);
                     return Status{};
                   });
  if (const Status run = replay.run(); !run) return tl::make_unexpected(run.error());
  return ticks;
}

/// Samples of two signals some 100 s long, out of order, of equal times, not all good.
std::vector<Stored> any_samples() {
  const std::size_t n = *rc::gen::inRange<std::size_t>(1, 150);
  std::vector<Stored> samples;
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < n; ++i) {
    ms += *rc::gen::weightedElement<std::int64_t>(
        {{4, 0}, {8, 250}, {4, 500}, {2, 1'000}, {1, 9'000}});
    const std::int64_t back =
        *rc::gen::weightedElement<std::int64_t>({{8, 0}, {2, 500}, {1, 1'500}, {1, 6'000}});
    Stored s;
    s.signal = *rc::gen::element<std::string>("temp", "power");
    s.time = Time{1'000'000'000'000} + milliseconds(ms - back);
    s.value = *rc::gen::element(1.5, -2.25, 1e9, 0.1, 7.0);
    s.quality =
        *rc::gen::weightedElement<Quality>({{9, Quality::good}, {1, Quality::out_of_range}});
    samples.push_back(s);
  }
  return samples;
}

RC_GTEST_PROP(HubReplay, GivesTheBitsThatTheNodeGave, ()) {
  static FakeHub hub;
  features::PlanOptions options;
  options.lateness = *rc::gen::element(seconds(0), seconds(1), seconds(3));
  const ReplaySchema schema = testing::pump_schema(definitions(), options);
  hub.samples = any_samples();
  hub.rows_max = *rc::gen::element<std::size_t>(3, 20, 1'000);
  const Ticks truth = online(schema, hub.samples);
  const Time from = Time{1'000'000'000'000} + seconds(*rc::gen::inRange(-5, 60));
  const Time to = from + seconds(*rc::gen::inRange(0, 120));
  Ticks expected;
  for (const auto& [tick, values] : truth)
    if (tick >= from.ns && tick <= to.ns) expected.emplace(tick, values);
  const auto got = replayed(hub, request_of(schema, from, to));
  RC_ASSERT(got);
  RC_ASSERT(*got == expected);
}

TEST(HubReplay, FindsTheLastTickBeforeThePeriod) {
  FakeHub hub;
  const ReplaySchema schema = testing::pump_schema(definitions());
  for (int i = 0; i < 10; ++i) hub.samples.push_back({"temp", Time{0} + seconds(100 + i), 1.0 * i});
  HubReplayRequest request = request_of(schema, Time{0} + seconds(500), Time{0} + seconds(600));
  EXPECT_TRUE(replayed(hub, request)->empty());
  request.last_before = true;
  const auto ticks = replayed(hub, request);
  ASSERT_TRUE(ticks);
  ASSERT_EQ(ticks->size(), 1u);
  EXPECT_EQ(ticks->begin()->first, seconds(109).ns);
  EXPECT_EQ(std::bit_cast<double>(ticks->begin()->second[0]), 7.0);  // of 5 to 9
}

TEST(HubSamples, AsksForLessWhereAPageIsRefused) {
  FakeHub fake;
  fake.rows_max = 40;
  for (int i = 0; i < 1'000; ++i)
    fake.samples.push_back({"temp", Time{i / 10 * 1'000'000'000LL}, 1.0 * i});
  for (int i = 0; i < 100; ++i) fake.samples.push_back({"temp", Time{50'000'000'000}, -1.0 * i});
  const HubApi hub(fake.url);
  const ReplaySchema schema = testing::pump_schema();
  HubSamples pages(hub, schema, "n1", "p1", {"temp"}, Time{0}, Time{days(30).ns});
  std::vector<double> values;
  for (;;) {
    auto page = pages.next_page();
    ASSERT_TRUE(page) << page.error().message;
    if (!*page) break;
    SampleRow row;
    while ((*page)->next(row).value()) values.push_back(row.value);
  }
  ASSERT_EQ(values.size(), 1'100u);
  EXPECT_EQ(values[499], 499);
  EXPECT_EQ(values[509], 509);
  EXPECT_EQ(values[510], 0);  // of one moment, in arrival order
  EXPECT_EQ(values[609], -99);
  EXPECT_EQ(values[610], 510);
  EXPECT_GT(fake.refused, 0u);
}

TEST(Backfill, SendsWhatTakesThePlaceOfWhat) {
  FakeHub fake;
  const HubApi hub(fake.url);
  std::vector<HubAsset> assets(2);
  assets[0].name = "p1";
  assets[1].name = "p2";
  assets[0].node = assets[1].node = "n1";
  Backfill backfill(hub, assets, {{1, "b"}});
  const std::vector<double> row{7, 0.1};
  const std::size_t ticks = 40'000;  // more than one request holds
  for (std::size_t i = 0; i < ticks; ++i)
    ASSERT_TRUE(backfill.take(0, Time{} + seconds(static_cast<std::int64_t>(i)), row));
  ASSERT_TRUE(backfill.take(1, Time{5}, std::vector<double>{7, std::nan("")}));
  ASSERT_TRUE(backfill.finish());
  ASSERT_GE(fake.bodies.size(), 3u);
  EXPECT_EQ(fake.bodies[0]["from"], "1970-01-01T00:00:00Z");
  std::size_t sent = 0;
  for (std::size_t i = 0; i + 1 < fake.bodies.size(); ++i) {
    const Json& body = fake.bodies[i];
    EXPECT_LT(body.dump().size(), 1u << 20);
    EXPECT_EQ(body["asset"], "p1");
    EXPECT_EQ(body["to"], body["times"].back());
    if (i > 0) {  // without a hole between them
      EXPECT_EQ(parse_time(body["from"].get<std::string>()).value() - Duration{1},
                parse_time(fake.bodies[i - 1]["to"].get<std::string>()).value());
    }
    sent += body["times"].size();
  }
  EXPECT_EQ(sent, ticks);
  EXPECT_EQ(fake.bodies[0]["values"][0], Json{0.1});
  EXPECT_EQ(fake.bodies.back()["asset"], "p2");
  EXPECT_EQ(fake.bodies.back()["values"], Json::parse("[[null]]"));
  EXPECT_EQ(backfill.counters().removed, fake.bodies.size());
  EXPECT_EQ(backfill.counters().assets, 2u);
}

}  // namespace
}  // namespace wayside::train
