#include "hub/questions/iot/iot.hpp"

namespace wayside::hub::questions {
namespace {

constexpr std::string_view last_loc = R"sql(
SELECT a.asset AS truck, a.tags->>'driver' AS driver,
  arg_max(l.value, l.time) FILTER (l.signal = 'longitude') AS longitude,
  arg_max(l.value, l.time) FILTER (l.signal = 'latitude') AS latitude
FROM assets a JOIN latest l USING (node, asset)
WHERE (a.tags->>'fleet') = {fleet} AND l.signal IN ('longitude', 'latitude')
GROUP BY truck, driver ORDER BY truck)sql";

constexpr std::string_view single_last_loc = R"sql(
SELECT a.asset AS truck, a.tags->>'driver' AS driver,
  arg_max(l.value, l.time) FILTER (l.signal = 'longitude') AS longitude,
  arg_max(l.value, l.time) FILTER (l.signal = 'latitude') AS latitude
FROM assets a JOIN latest l USING (node, asset)
WHERE a.asset IN {trucks} AND l.asset IN {trucks} AND l.signal IN ('longitude', 'latitude')
GROUP BY truck, driver ORDER BY truck)sql";

constexpr std::string_view low_fuel = R"sql(
SELECT a.asset AS truck, a.tags->>'driver' AS driver, arg_max(l.value, l.time) AS fuel
FROM assets a JOIN latest l USING (node, asset)
WHERE (a.tags->>'fleet') = {fleet} AND l.signal = 'fuel_state'
GROUP BY truck, driver HAVING fuel < 0.1 ORDER BY truck)sql";

constexpr std::string_view high_load = R"sql(
SELECT a.asset AS truck, a.tags->>'driver' AS driver, arg_max(l.value, l.time) AS load,
  CAST(a.tags->>'load_capacity' AS DOUBLE) AS load_capacity
FROM assets a JOIN latest l USING (node, asset)
WHERE (a.tags->>'fleet') = {fleet} AND l.signal = 'current_load'
GROUP BY truck, driver, load_capacity HAVING load / load_capacity > 0.9 ORDER BY truck)sql";

constexpr std::string_view stationary_trucks = R"sql(
WITH still AS (
  SELECT node, asset FROM samples
  WHERE signal = 'velocity' AND quality = 'good' AND time >= {from} AND time < {to}
  GROUP BY node, asset HAVING avg(value) < 1)
SELECT asset AS truck, a.tags->>'driver' AS driver FROM still JOIN assets a USING (node, asset)
WHERE (a.tags->>'fleet') = {fleet} ORDER BY truck)sql";

// Of both: how many ten minutes with a mean velocity above 1.
constexpr std::string_view long_sessions = R"sql(
WITH driven AS (
  SELECT node, asset FROM (
    SELECT node, asset, {ten} AS ten FROM samples
    WHERE signal = 'velocity' AND quality = 'good' AND time >= {from} AND time < {to}
    GROUP BY node, asset, ten HAVING avg(value) > 1)
  GROUP BY node, asset HAVING count(*) > {periods})
SELECT asset AS truck, a.tags->>'driver' AS driver FROM driven JOIN assets a USING (node, asset)
WHERE (a.tags->>'fleet') = {fleet} ORDER BY truck)sql";

// Two signals of one reading: the series of one truck are found first, so that the many rows are
// matched by two integers.
constexpr std::string_view avg_vs_projected_fuel_consumption = R"sql(
WITH pairs AS (
  SELECT DISTINCT v.series AS velocity, f.series AS fuel, a.tags->>'fleet' AS fleet,
    CAST(a.tags->>'nominal_fuel_consumption' AS DOUBLE) AS nominal
  FROM assets a JOIN latest v USING (node, asset) JOIN latest f USING (node, asset)
  WHERE v.signal = 'velocity' AND f.signal = 'fuel_consumption' AND fleet IS NOT NULL),
used AS (
  SELECT f.series, count(*) AS readings, sum(f.value) AS fuel
  FROM samples f JOIN pairs p ON p.fuel = f.series
  SEMI JOIN (SELECT series, time FROM samples
             WHERE signal = 'velocity' AND value > 1 AND quality = 'good') m
    ON m.series = p.velocity AND m.time = f.time
  WHERE f.signal = 'fuel_consumption' AND f.quality = 'good' GROUP BY f.series)
SELECT fleet, sum(u.fuel) / sum(readings) AS average, sum(nominal * readings) / sum(readings)
  AS projected
FROM used u JOIN (SELECT DISTINCT fuel, fleet, nominal FROM pairs) p ON p.fuel = u.series
GROUP BY fleet ORDER BY fleet)sql";

constexpr std::string_view avg_daily_driving_duration = R"sql(
WITH driven AS (
  SELECT node, asset, {ten} AS ten FROM samples
  WHERE signal = 'velocity' AND quality = 'good'
  GROUP BY node, asset, ten HAVING avg(value) > 1),
daily AS (
  SELECT node, asset, ten // 144 AS day, count(*) / 6.0 AS hours FROM driven
  GROUP BY node, asset, day),
mean AS (SELECT node, asset, avg(hours) AS hours FROM daily GROUP BY node, asset)
SELECT a.tags->>'fleet' AS fleet, asset AS truck, a.tags->>'driver' AS driver, hours
FROM mean JOIN assets a USING (node, asset) WHERE fleet IS NOT NULL ORDER BY fleet, truck)sql";

constexpr std::string_view avg_daily_driving_session = R"sql(
WITH periods AS (
  SELECT node, asset, {ten} AS ten, avg(value) > 5 AS driving FROM samples
  WHERE signal = 'velocity' AND quality = 'good' GROUP BY node, asset, ten),
turns AS (
  SELECT *, lag(driving) OVER (PARTITION BY node, asset ORDER BY ten) AS before FROM periods),
sessions AS (
  SELECT node, asset, driving, ten AS start,
    lead(ten) OVER (PARTITION BY node, asset ORDER BY ten) AS stop
  FROM turns WHERE driving <> before)
SELECT asset AS truck, DATE '1970-01-01' + CAST(start // 144 AS INTEGER) AS day,
  avg(stop - start) * 10 AS minutes
FROM sessions WHERE driving AND stop IS NOT NULL GROUP BY truck, day ORDER BY truck, day)sql";

constexpr std::string_view avg_load = R"sql(
WITH loads AS (
  SELECT node, asset, avg(value) AS load FROM samples
  WHERE signal = 'current_load' AND quality = 'good' GROUP BY node, asset),
trucks AS (
  SELECT node, asset, tags->>'fleet' AS fleet, tags->>'model' AS model,
    CAST(tags->>'load_capacity' AS DOUBLE) AS load_capacity
  FROM assets)
SELECT fleet, model, load_capacity, avg(l.load / load_capacity) AS load
FROM loads l JOIN trucks USING (node, asset) WHERE fleet IS NOT NULL
GROUP BY fleet, model, load_capacity ORDER BY fleet, model, load_capacity)sql";

constexpr std::string_view daily_activity = R"sql(
WITH active AS (
  SELECT node, asset, {ten} AS ten FROM samples
  WHERE signal = 'status' AND quality = 'good'
  GROUP BY node, asset, ten HAVING avg(value) >= 1),
daily AS (
  SELECT node, asset, ten // 144 AS number, count(*) AS periods FROM active
  GROUP BY node, asset, number)
SELECT a.tags->>'fleet' AS fleet, a.tags->>'model' AS model,
  DATE '1970-01-01' + CAST(number AS INTEGER) AS day, sum(periods) / 144 AS activity
FROM daily JOIN assets a USING (node, asset) WHERE fleet IS NOT NULL
GROUP BY fleet, model, day ORDER BY fleet, model, day)sql";

constexpr std::string_view breakdown_frequency = R"sql(
WITH periods AS (
  SELECT node, asset, {ten} AS ten,
    count(*) FILTER (value = 0) >= 0.5 * count(*) AS broken
  FROM samples WHERE signal = 'status' AND quality = 'good' GROUP BY node, asset, ten),
turns AS (
  SELECT node, asset, broken, lead(broken) OVER (PARTITION BY node, asset ORDER BY ten) AS next
  FROM periods)
SELECT a.tags->>'model' AS model, count(*) AS breakdowns
FROM turns JOIN assets a USING (node, asset) WHERE NOT broken AND next
GROUP BY model ORDER BY model)sql";

}  // namespace

std::string_view duckdb_iot_text(IotQuestion question) {
  switch (question) {
    case IotQuestion::last_loc:
      return last_loc;
    case IotQuestion::single_last_loc:
      return single_last_loc;
    case IotQuestion::low_fuel:
      return low_fuel;
    case IotQuestion::high_load:
      return high_load;
    case IotQuestion::stationary_trucks:
      return stationary_trucks;
    case IotQuestion::long_driving_sessions:
    case IotQuestion::long_daily_sessions:
      return long_sessions;
    case IotQuestion::avg_vs_projected_fuel_consumption:
      return avg_vs_projected_fuel_consumption;
    case IotQuestion::avg_daily_driving_duration:
      return avg_daily_driving_duration;
    case IotQuestion::avg_daily_driving_session:
      return avg_daily_driving_session;
    case IotQuestion::avg_load:
      return avg_load;
    case IotQuestion::daily_activity:
      return daily_activity;
    case IotQuestion::breakdown_frequency:
      return breakdown_frequency;
  }
  return {};
}

}  // namespace wayside::hub::questions
