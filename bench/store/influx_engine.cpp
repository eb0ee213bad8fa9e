#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "store/engine.hpp"
#include "store/http_rows.hpp"

// InfluxDB 1.6 over HTTP: two measurements, the texts that describe a truck as tags, its numbers as
// fields beside the measured ones, as the suite has it.
namespace wayside::bench {
namespace {

using hub::questions::IotParameters;
using hub::questions::IotQuestion;
using plants::TruckTags;

constexpr std::size_t lines_a_post = 10'000;

std::string tags_of(const TruckTags& truck) {
  std::string out = fmt::format(",name={},driver={},model={},device_version={}", truck.name,
                                truck.driver, truck.model, truck.device_version);
  if (!truck.fleet.empty()) out += ",fleet=" + truck.fleet;
  return out;
}

std::string numbers_of(const TruckTags& truck) {
  return fmt::format("load_capacity={},fuel_capacity={},nominal_fuel_consumption={}",
                     truck.load_capacity, truck.fuel_capacity, truck.nominal_fuel_consumption);
}

/// The SELECT; {fleet}, {trucks}, {from} and {to} are filled in.
const char* text_of(IotQuestion question) {
  switch (question) {
    case IotQuestion::last_loc:
      return R"(SELECT last("longitude"), "latitude" FROM "readings" WHERE "fleet" = '{fleet}'
        GROUP BY "name", "driver")";
    case IotQuestion::single_last_loc:
      return R"(SELECT last("longitude"), "latitude" FROM "readings" WHERE "name" = '{truck}'
        GROUP BY "name", "driver")";
    case IotQuestion::low_fuel:
      return R"(SELECT "fuel" FROM (SELECT last("fuel_state") AS "fuel" FROM "diagnostics" WHERE
        "fleet" = '{fleet}' GROUP BY "name", "driver") WHERE "fuel" < 0.1 GROUP BY "name", "driver")";
    case IotQuestion::high_load:
      return R"(SELECT "load" FROM (SELECT last("current_load") / last("load_capacity") AS "load"
        FROM "diagnostics" WHERE "fleet" = '{fleet}' GROUP BY "name", "driver") WHERE "load" > 0.9
        GROUP BY "name", "driver")";
    case IotQuestion::stationary_trucks:
      return R"(SELECT "mv" FROM (SELECT mean("velocity") AS "mv" FROM "readings" WHERE
        "fleet" = '{fleet}' AND time >= {from} AND time < {to} GROUP BY "name", "driver")
        WHERE "mv" < 1 GROUP BY "name", "driver")";
    case IotQuestion::long_driving_sessions:
    case IotQuestion::long_daily_sessions:
      return R"(SELECT "tens" FROM (SELECT count("mv") AS "tens" FROM (SELECT mean("velocity") AS
        "mv" FROM "readings" WHERE "fleet" = '{fleet}' AND time >= {from} AND time < {to}
        GROUP BY time(10m), "name", "driver") WHERE "mv" > 1 AND time >= {from} AND time < {to}
        GROUP BY "name", "driver") WHERE "tens" > {periods} GROUP BY "name", "driver")";
    case IotQuestion::avg_vs_projected_fuel_consumption:
      return R"(SELECT mean("fuel_consumption"), mean("nominal_fuel_consumption") FROM "readings"
        WHERE "velocity" > 1 AND "fleet" != '' GROUP BY "fleet")";
    case IotQuestion::avg_daily_driving_duration:
      return R"(SELECT mean("hours") FROM (SELECT count("mv") / 6 AS "hours" FROM (SELECT
        mean("velocity") AS "mv" FROM "readings" WHERE "fleet" != '' AND time >= {begin} AND
        time < {end} GROUP BY time(10m), "fleet", "name", "driver") WHERE "mv" > 1 AND
        time >= {begin} AND time < {end} GROUP BY time(1d), "fleet", "name", "driver")
        GROUP BY "fleet", "name", "driver")";
    case IotQuestion::avg_daily_driving_session:
      // By the day of the session's end: the length is known only there.
      return R"(SELECT mean("length") FROM (SELECT difference("turn") AS "d", elapsed("turn", 1m) AS
        "length" FROM (SELECT "turn" FROM (SELECT difference("drives") AS "turn" FROM (SELECT
        floor(mean("velocity") / 5) / floor(mean("velocity") / 5) AS "drives" FROM "readings" WHERE
        time >= {begin} AND time < {end} GROUP BY time(10m), "name" fill(0)) GROUP BY "name") WHERE
        "turn" != 0 GROUP BY "name") GROUP BY "name") WHERE "d" = -2 AND time >= {begin} AND
        time < {end} GROUP BY time(1d), "name")";
    case IotQuestion::avg_load:
      return R"(SELECT mean("load") FROM (SELECT mean("current_load") / mean("load_capacity") AS
        "load" FROM "diagnostics" WHERE "fleet" != '' GROUP BY "name", "fleet", "model")
        GROUP BY "fleet", "model")";
    case IotQuestion::daily_activity:
      return R"(SELECT count("ms") / 144 FROM (SELECT mean("status") AS "ms" FROM "diagnostics"
        WHERE "fleet" != '' AND time >= {begin} AND time < {end} GROUP BY time(10m), "fleet",
        "model", "name") WHERE "ms" >= 1 AND time >= {begin} AND time < {end}
        GROUP BY time(1d), "fleet", "model")";
    case IotQuestion::breakdown_frequency:
      return R"(SELECT count("turn") FROM (SELECT difference("broken") AS "turn" FROM (SELECT
        floor(2 * (count("s") - sum("s")) / count("s")) / floor(2 * (count("s") - sum("s")) /
        count("s")) AS "broken" FROM (SELECT "status" / "status" AS "s" FROM "diagnostics" WHERE
        time >= {begin} AND time < {end} GROUP BY "name", "model") WHERE time >= {begin} AND
        time < {end} GROUP BY time(10m), "name", "model" fill(0)) GROUP BY "name", "model")
        WHERE "turn" = 1 GROUP BY "model")";
  }
  return "";
}

class InfluxEngine final : public Engine {
 public:
  explicit InfluxEngine(std::string url) : url_(std::move(url)) {}

  Status load(plants::TruckFleet& fleet) override {
    const auto made = body_of(http::post(url_ + "/query?q=" + http::escape("CREATE DATABASE fleet"),
                                         "", "text/plain", minutes(1)));
    if (!made) return tl::make_unexpected(made.error());
    std::vector<std::string> tags, numbers;
    for (const TruckTags& truck : fleet.tags()) {
      tags.push_back(tags_of(truck));
      numbers.push_back(numbers_of(truck));
    }
    std::string lines;
    std::size_t count = 0;
    for (plants::TruckFleet::Batch batch; fleet.next(batch);) {
      for (const auto& r : batch.readings)
        lines += fmt::format(
            "readings{} latitude={},longitude={},elevation={},velocity={},heading={},grade={},"
            "fuel_consumption={},{} {}\n",
            tags[batch.truck], r.latitude, r.longitude, r.elevation, r.velocity, r.heading, r.grade,
            r.fuel_consumption, numbers[batch.truck], r.time.ns);
      for (const auto& d : batch.diagnostics)
        lines += fmt::format("diagnostics{} fuel_state={},current_load={},status={},{} {}\n",
                             tags[batch.truck], d.fuel_state, d.current_load, d.status,
                             numbers[batch.truck], d.time.ns);
      count += batch.readings.size() + batch.diagnostics.size();
      if (count < lines_a_post) continue;
      if (const Status sent = send(lines); !sent) return sent;
      lines.clear();
      count = 0;
    }
    return send(lines);
  }

  /// Its files are the script's to count.
  Result<std::uint64_t> bytes() override { return std::uint64_t{0}; }

  Result<std::size_t> ask(IotQuestion question, const IotParameters& parameters) override {
    const bool day = question == IotQuestion::long_daily_sessions;
    const bool ten = question == IotQuestion::stationary_trucks;
    const Time to = parameters.from + (day ? hours(24) : ten ? minutes(10) : hours(4));
    const plants::TruckFleetOptions whole;
    const std::string sql = hub::questions::fill(
        text_of(question), {{"fleet", parameters.fleet},
                            {"truck", parameters.trucks.empty() ? "" : parameters.trucks.front()},
                            {"from", std::to_string(parameters.from.ns)},
                            {"to", std::to_string(to.ns)},
                            {"periods", day ? "60" : "22"},
                            {"begin", std::to_string(whole.start.ns)},
                            {"end", std::to_string((whole.start + days(3)).ns)}});
    const auto body =
        body_of(http::get(url_ + "/query?db=fleet&epoch=ns&q=" + http::escape(sql), minutes(10)));
    if (!body) return tl::make_unexpected(body.error());
    const auto json = nlohmann::json::parse(*body, nullptr, false);
    if (!json.contains("results")) return fail(Errc::io, "{}", *body);
    const auto& result = json["results"][0];
    if (result.contains("error")) return fail(Errc::io, "{}", result["error"].dump());
    std::size_t rows = 0;
    if (result.contains("series"))
      for (const auto& series : result["series"]) rows += series["values"].size();
    return rows;
  }

 private:
  Status send(const std::string& lines) {
    if (lines.empty()) return {};
    const auto sent =
        body_of(http::post(url_ + "/write?db=fleet", lines, "text/plain", minutes(2)));
    return sent ? Status{} : Status{tl::make_unexpected(sent.error())};
  }

  std::string url_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_influx(const std::string& place) {
  return std::unique_ptr<Engine>(std::make_unique<InfluxEngine>(place));
}

}  // namespace wayside::bench
