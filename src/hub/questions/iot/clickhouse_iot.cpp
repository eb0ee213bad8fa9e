#include "hub/questions/iot/iot.hpp"

// No window function, no WITH and one join a SELECT: that is what old and new servers both take.
namespace wayside::hub::questions {
namespace {

constexpr std::string_view last_loc = R"sql(
SELECT asset AS truck, visitParamExtractString(tags, 'driver') AS driver,
  argMaxIf(value, time, signal = 'longitude') AS longitude,
  argMaxIf(value, time, signal = 'latitude') AS latitude
FROM (SELECT node, asset, signal, time, value FROM latest
      WHERE signal IN ('longitude', 'latitude'))
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') = {fleet}) USING (node, asset)
GROUP BY truck, driver ORDER BY truck)sql";

constexpr std::string_view single_last_loc = R"sql(
SELECT asset AS truck, visitParamExtractString(tags, 'driver') AS driver,
  argMaxIf(value, time, signal = 'longitude') AS longitude,
  argMaxIf(value, time, signal = 'latitude') AS latitude
FROM (SELECT node, asset, signal, time, value FROM latest
      WHERE signal IN ('longitude', 'latitude') AND asset IN {trucks})
ALL INNER JOIN (SELECT node, asset, tags FROM assets WHERE asset IN {trucks}) USING (node, asset)
GROUP BY truck, driver ORDER BY truck)sql";

constexpr std::string_view low_fuel = R"sql(
SELECT asset AS truck, visitParamExtractString(tags, 'driver') AS driver,
  argMax(value, time) AS fuel
FROM (SELECT node, asset, time, value FROM latest WHERE signal = 'fuel_state')
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') = {fleet}) USING (node, asset)
GROUP BY truck, driver HAVING fuel < 0.1 ORDER BY truck)sql";

constexpr std::string_view high_load = R"sql(
SELECT asset AS truck, visitParamExtractString(tags, 'driver') AS driver,
  argMax(value, time) AS load,
  toFloat64OrZero(visitParamExtractString(tags, 'load_capacity')) AS load_capacity
FROM (SELECT node, asset, time, value FROM latest WHERE signal = 'current_load')
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') = {fleet}) USING (node, asset)
GROUP BY truck, driver, load_capacity HAVING load / load_capacity > 0.9 ORDER BY truck)sql";

constexpr std::string_view stationary_trucks = R"sql(
SELECT asset AS truck, visitParamExtractString(tags, 'driver') AS driver
FROM (SELECT node, asset FROM samples
      WHERE signal = 'velocity' AND quality = 'good' AND time >= {from} AND time < {to}
      GROUP BY node, asset HAVING avg(value) < 1)
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') = {fleet}) USING (node, asset)
ORDER BY truck)sql";

constexpr std::string_view long_sessions = R"sql(
SELECT asset AS truck, visitParamExtractString(tags, 'driver') AS driver
FROM (SELECT node, asset FROM (
        SELECT node, asset, {ten} AS ten FROM samples
        WHERE signal = 'velocity' AND quality = 'good' AND time >= {from} AND time < {to}
        GROUP BY node, asset, ten HAVING avg(value) > 1)
      GROUP BY node, asset HAVING count() > {periods})
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') = {fleet}) USING (node, asset)
ORDER BY truck)sql";

// Two signals of one reading are matched by one number of 64 bits, which is much faster than by
// texts. That two of some million readings share one happens once in millions of such questions.
constexpr std::string_view avg_vs_projected_fuel_consumption = R"sql(
SELECT visitParamExtractString(tags, 'fleet') AS fleet, sum(fuel) / sum(readings) AS average,
  sum(toFloat64OrZero(visitParamExtractString(tags, 'nominal_fuel_consumption')) * readings) /
    sum(readings) AS projected
FROM (SELECT node, asset, sum(value) AS fuel, count() AS readings FROM samples
      WHERE signal = 'fuel_consumption' AND quality = 'good' AND cityHash64(time, asset, node) IN (
        SELECT cityHash64(time, asset, node) FROM samples
        WHERE signal = 'velocity' AND value > 1 AND quality = 'good')
      GROUP BY node, asset)
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') != '') USING (node, asset)
GROUP BY fleet ORDER BY fleet)sql";

constexpr std::string_view avg_daily_driving_duration = R"sql(
SELECT visitParamExtractString(tags, 'fleet') AS fleet, asset AS truck,
  visitParamExtractString(tags, 'driver') AS driver, hours
FROM (SELECT node, asset, avg(driven) AS hours FROM (
        SELECT node, asset, intDiv(ten, 144) AS day, count() / 6 AS driven FROM (
          SELECT node, asset, {ten} AS ten FROM samples
          WHERE signal = 'velocity' AND quality = 'good'
          GROUP BY node, asset, ten HAVING avg(value) > 1)
        GROUP BY node, asset, day)
      GROUP BY node, asset)
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') != '') USING (node, asset)
ORDER BY fleet, truck)sql";

// The turns of each truck from driving to standing and back, as arrays in order of time.
constexpr std::string_view avg_daily_driving_session = R"sql(
SELECT asset AS truck, toDate(intDiv(session.1, 144)) AS day,
  avg(session.2 - session.1) * 10 AS minutes
FROM (SELECT asset, arrayJoin(arrayFilter(s -> s.3 = 1 AND s.2 != 0,
        arrayMap((start, stop, drives) -> (start, stop, drives), turns,
                 arrayPushBack(arrayPopFront(turns), toInt64(0)), drove))) AS session
      FROM (SELECT asset,
              arrayFilter((ten, now, last) -> now != last, tens, driving, before) AS turns,
              arrayFilter((now, last) -> now != last, driving, before) AS drove
            FROM (SELECT asset, arrayMap(p -> p.1, periods) AS tens,
                    arrayMap(p -> p.2, periods) AS driving,
                    arrayPopBack(arrayPushFront(driving, driving[1])) AS before
                  FROM (SELECT node, asset, arraySort(groupArray((ten, drives))) AS periods
                        FROM (SELECT node, asset, {ten} AS ten,
                                assumeNotNull(avg(value)) > 5 AS drives
                              FROM samples WHERE signal = 'velocity' AND quality = 'good'
                              GROUP BY node, asset, ten)
                        GROUP BY node, asset))
            WHERE length(turns) > 0))
GROUP BY truck, day ORDER BY truck, day)sql";

constexpr std::string_view avg_load = R"sql(
SELECT visitParamExtractString(tags, 'fleet') AS fleet,
  visitParamExtractString(tags, 'model') AS model,
  toFloat64OrZero(visitParamExtractString(tags, 'load_capacity')) AS load_capacity,
  avg(mean / load_capacity) AS load
FROM (SELECT node, asset, avg(value) AS mean FROM samples
      WHERE signal = 'current_load' AND quality = 'good' GROUP BY node, asset)
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') != '') USING (node, asset)
GROUP BY fleet, model, load_capacity ORDER BY fleet, model, load_capacity)sql";

constexpr std::string_view daily_activity = R"sql(
SELECT visitParamExtractString(tags, 'fleet') AS fleet,
  visitParamExtractString(tags, 'model') AS model, toDate(number) AS day,
  sum(periods) / 144 AS activity
FROM (SELECT node, asset, intDiv(ten, 144) AS number, count() AS periods FROM (
        SELECT node, asset, {ten} AS ten FROM samples
        WHERE signal = 'status' AND quality = 'good'
        GROUP BY node, asset, ten HAVING avg(value) >= 1)
      GROUP BY node, asset, number)
ALL INNER JOIN (SELECT node, asset, tags FROM assets
                WHERE visitParamExtractString(tags, 'fleet') != '') USING (node, asset)
GROUP BY fleet, model, day ORDER BY fleet, model, day)sql";

constexpr std::string_view breakdown_frequency = R"sql(
SELECT visitParamExtractString(tags, 'model') AS model, sum(broke) AS breakdowns
FROM (SELECT node, asset, arrayMap(p -> p.2, periods) AS broken,
        arrayPopBack(arrayPushFront(broken, broken[1])) AS before,
        arrayCount((now, last) -> now = 1 AND last = 0, broken, before) AS broke
      FROM (SELECT node, asset, arraySort(groupArray((ten, down))) AS periods
            FROM (SELECT node, asset, {ten} AS ten,
                    assumeNotNull(countIf(value = 0)) >= 0.5 * count() AS down
                  FROM samples WHERE signal = 'status' AND quality = 'good'
                  GROUP BY node, asset, ten)
            GROUP BY node, asset))
ALL INNER JOIN (SELECT node, asset, tags FROM assets) USING (node, asset)
GROUP BY model HAVING breakdowns > 0 ORDER BY model)sql";

}  // namespace

std::string_view clickhouse_iot_text(IotQuestion question) {
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
