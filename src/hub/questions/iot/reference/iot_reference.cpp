#include "hub/questions/iot/reference/iot_reference.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

namespace wayside::hub::questions {
namespace {

using Json = nlohmann::json;
using plants::TruckDiagnostics;
using plants::TruckReading;

constexpr Duration ten_minutes = minutes(10);
constexpr std::int64_t tens_a_day = 144;

struct Mean {
  double sum = 0;
  std::size_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  [[nodiscard]] double value() const { return sum / static_cast<double>(count); }
};

std::int64_t ten_of(Time time) {
  return floor_to(time, ten_minutes).ns / ten_minutes.ns;
}

std::string date_of(std::int64_t day) {
  return format_time(Time{} + days(day)).substr(0, 10);
}

/// Mean of a field in each ten minutes of [from, to).
template <class Entry>
std::map<std::int64_t, Mean> by_ten_minutes(const std::map<Time, Entry>& entries,
                                            double Entry::*field, Time from = Time::min(),
                                            Time to = Time::max()) {
  std::map<std::int64_t, Mean> means;
  for (const auto& [time, entry] : entries)
    if (time >= from && time < to) means[ten_of(time)].add(entry.*field);
  return means;
}

Json last_locations(const std::vector<const TruckHistory*>& trucks) {
  Json rows = Json::array();
  for (const TruckHistory* truck : trucks) {
    if (truck->readings.empty()) continue;
    const TruckReading& last = truck->readings.rbegin()->second;
    rows.push_back({truck->tags.name, truck->tags.driver, last.longitude, last.latitude});
  }
  return rows;
}

Json low_fuel(const std::vector<const TruckHistory*>& trucks) {
  Json rows = Json::array();
  for (const TruckHistory* truck : trucks) {
    if (truck->diagnostics.empty()) continue;
    const double fuel = truck->diagnostics.rbegin()->second.fuel_state;
    if (fuel < 0.1) rows.push_back({truck->tags.name, truck->tags.driver, fuel});
  }
  return rows;
}

Json high_load(const std::vector<const TruckHistory*>& trucks) {
  Json rows = Json::array();
  for (const TruckHistory* truck : trucks) {
    if (truck->diagnostics.empty()) continue;
    const double load = truck->diagnostics.rbegin()->second.current_load;
    if (load / truck->tags.load_capacity > 0.9)
      rows.push_back({truck->tags.name, truck->tags.driver, load, truck->tags.load_capacity});
  }
  return rows;
}

Json stationary(const std::vector<const TruckHistory*>& trucks, Time from) {
  Json rows = Json::array();
  for (const TruckHistory* truck : trucks) {
    Mean mean;
    for (const auto& [time, reading] : truck->readings)
      if (time >= from && time < from + ten_minutes) mean.add(reading.velocity);
    if (mean.count > 0 && mean.value() < 1) rows.push_back({truck->tags.name, truck->tags.driver});
  }
  return rows;
}

Json long_sessions(const std::vector<const TruckHistory*>& trucks, Time from, Duration length,
                   int periods) {
  Json rows = Json::array();
  for (const TruckHistory* truck : trucks) {
    int driven = 0;
    const auto means =
        by_ten_minutes(truck->readings, &TruckReading::velocity, from, from + length);
    for (const auto& [ten, mean] : means)
      if (mean.value() > 1) ++driven;
    if (driven > periods) rows.push_back({truck->tags.name, truck->tags.driver});
  }
  return rows;
}

Json fuel_consumption(const std::vector<TruckHistory>& trucks) {
  std::map<std::string, std::pair<Mean, Mean>> fleets;
  for (const TruckHistory& truck : trucks)
    for (const auto& [time, reading] : truck.readings) {
      if (reading.velocity <= 1 || truck.tags.fleet.empty()) continue;
      fleets[truck.tags.fleet].first.add(reading.fuel_consumption);
      fleets[truck.tags.fleet].second.add(truck.tags.nominal_fuel_consumption);
    }
  Json rows = Json::array();
  for (const auto& [fleet, means] : fleets)
    rows.push_back({fleet, means.first.value(), means.second.value()});
  return rows;
}

Json daily_duration(const std::vector<TruckHistory>& trucks) {
  std::map<std::pair<std::string, std::string>, Json> rows;
  for (const TruckHistory& truck : trucks) {
    if (truck.tags.fleet.empty()) continue;
    std::map<std::int64_t, int> driven;
    for (const auto& [ten, mean] : by_ten_minutes(truck.readings, &TruckReading::velocity))
      if (mean.value() > 1) ++driven[ten / tens_a_day];
    Mean hours;
    for (const auto& [day, periods] : driven) hours.add(periods / 6.0);
    if (hours.count > 0)
      rows[{truck.tags.fleet, truck.tags.name}] = {truck.tags.fleet, truck.tags.name,
                                                   truck.tags.driver, hours.value()};
  }
  Json list = Json::array();
  for (auto& [key, row] : rows) list.push_back(std::move(row));
  return list;
}

Json daily_sessions(const std::vector<TruckHistory>& trucks) {
  std::map<std::pair<std::string, std::int64_t>, Mean> minutes_driven;
  for (const TruckHistory& truck : trucks) {
    std::optional<bool> before;
    std::optional<std::int64_t> start;
    for (const auto& [ten, mean] : by_ten_minutes(truck.readings, &TruckReading::velocity)) {
      const bool driving = mean.value() > 5;
      if (before && driving != *before) {
        if (driving) start = ten;
        if (!driving && start)
          minutes_driven[{truck.tags.name, *start / tens_a_day}].add(
              static_cast<double>(ten - *start) * 10);
      }
      before = driving;
    }
  }
  Json rows = Json::array();
  for (const auto& [key, mean] : minutes_driven)
    rows.push_back({key.first, date_of(key.second), mean.value()});
  return rows;
}

Json mean_load(const std::vector<TruckHistory>& trucks) {
  std::map<std::tuple<std::string, std::string, double>, Mean> groups;
  for (const TruckHistory& truck : trucks) {
    Mean load;
    for (const auto& [time, entry] : truck.diagnostics) load.add(entry.current_load);
    if (load.count > 0 && !truck.tags.fleet.empty())
      groups[{truck.tags.fleet, truck.tags.model, truck.tags.load_capacity}].add(
          load.value() / truck.tags.load_capacity);
  }
  Json rows = Json::array();
  for (const auto& [key, mean] : groups)
    rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), mean.value()});
  return rows;
}

Json daily_activity(const std::vector<TruckHistory>& trucks) {
  std::map<std::tuple<std::string, std::string, std::int64_t>, int> groups;
  for (const TruckHistory& truck : trucks) {
    if (truck.tags.fleet.empty()) continue;
    for (const auto& [ten, mean] : by_ten_minutes(truck.diagnostics, &TruckDiagnostics::status))
      if (mean.value() >= 1) ++groups[{truck.tags.fleet, truck.tags.model, ten / tens_a_day}];
  }
  Json rows = Json::array();
  for (const auto& [key, periods] : groups)
    rows.push_back({std::get<0>(key), std::get<1>(key), date_of(std::get<2>(key)),
                    static_cast<double>(periods) / tens_a_day});
  return rows;
}

Json breakdowns(const std::vector<TruckHistory>& trucks) {
  std::map<std::string, int> models;
  for (const TruckHistory& truck : trucks) {
    std::map<std::int64_t, std::pair<int, int>> periods;  // out of commission, all
    for (const auto& [time, entry] : truck.diagnostics) {
      auto& [broken, all] = periods[ten_of(time)];
      broken += entry.status == 0;
      ++all;
    }
    std::optional<bool> before;
    for (const auto& [ten, counts] : periods) {
      const bool broken = counts.first * 2 >= counts.second;
      if (broken && before == false) ++models[truck.tags.model];
      before = broken;
    }
  }
  Json rows = Json::array();
  for (const auto& [model, count] : models) rows.push_back({model, count});
  return rows;
}

template <class Entry>
void add_signal(const std::string& asset, const char* signal, double Entry::*field,
                const std::vector<Entry>& entries,
                std::vector<FromNode<telemetry::SampleBlock>>& out) {
  if (entries.empty()) return;
  telemetry::SampleBlock block;
  block.asset = asset;
  block.signal = signal;
  for (const Entry& entry : entries) {
    block.times.push_back(entry.time);
    block.values.push_back(entry.*field);
  }
  block.qualities.assign(entries.size(), telemetry::Quality::good);
  out.push_back({"yard", std::move(block), telemetry::Tier::diagnostic});
}

}  // namespace

void add_blocks(const plants::TruckTags& tags, const plants::TruckFleet::Batch& entries,
                std::vector<FromNode<telemetry::SampleBlock>>& out) {
  const std::string& truck = tags.name;
  const auto& r = entries.readings;
  add_signal(truck, "latitude", &TruckReading::latitude, r, out);
  add_signal(truck, "longitude", &TruckReading::longitude, r, out);
  add_signal(truck, "elevation", &TruckReading::elevation, r, out);
  add_signal(truck, "velocity", &TruckReading::velocity, r, out);
  add_signal(truck, "heading", &TruckReading::heading, r, out);
  add_signal(truck, "grade", &TruckReading::grade, r, out);
  add_signal(truck, "fuel_consumption", &TruckReading::fuel_consumption, r, out);
  const auto& d = entries.diagnostics;
  add_signal(truck, "fuel_state", &TruckDiagnostics::fuel_state, d, out);
  add_signal(truck, "current_load", &TruckDiagnostics::current_load, d, out);
  add_signal(truck, "status", &TruckDiagnostics::status, d, out);
}

std::vector<AssetRow> truck_assets(const std::vector<plants::TruckTags>& tags) {
  std::vector<AssetRow> rows;
  for (const plants::TruckTags& truck : tags)
    rows.push_back({"yard", truck.name, "north", "truck", truck.as_tags()});
  return rows;
}

std::vector<TruckHistory> read_fleet(plants::TruckFleet& fleet, std::vector<Batch>& batches) {
  std::vector<TruckHistory> trucks;
  for (const plants::TruckTags& tags : fleet.tags()) trucks.push_back({tags, {}, {}});
  Batch first;
  first.assets = truck_assets(fleet.tags());
  batches.push_back(std::move(first));
  constexpr std::size_t blocks_a_commit = 500;
  for (plants::TruckFleet::Batch entries; fleet.next(entries);) {
    TruckHistory& truck = trucks[entries.truck];
    for (const TruckReading& reading : entries.readings) truck.readings[reading.time] = reading;
    for (const TruckDiagnostics& d : entries.diagnostics) truck.diagnostics[d.time] = d;
    if (batches.back().samples.size() > blocks_a_commit) batches.emplace_back();
    add_blocks(truck.tags, entries, batches.back().samples);
  }
  return trucks;
}

nlohmann::json iot_answer(IotQuestion question, const std::vector<TruckHistory>& trucks,
                          const IotParameters& parameters) {
  std::vector<const TruckHistory*> of_fleet, by_name;
  for (const TruckHistory& truck : trucks) {
    if (truck.tags.fleet == parameters.fleet) of_fleet.push_back(&truck);
    if (std::count(parameters.trucks.begin(), parameters.trucks.end(), truck.tags.name) > 0)
      by_name.push_back(&truck);
  }
  const auto by = [](const TruckHistory* a, const TruckHistory* b) {
    return a->tags.name < b->tags.name;
  };
  std::sort(of_fleet.begin(), of_fleet.end(), by);
  std::sort(by_name.begin(), by_name.end(), by);
  switch (question) {
    case IotQuestion::last_loc:
      return last_locations(of_fleet);
    case IotQuestion::single_last_loc:
      return last_locations(by_name);
    case IotQuestion::low_fuel:
      return low_fuel(of_fleet);
    case IotQuestion::high_load:
      return high_load(of_fleet);
    case IotQuestion::stationary_trucks:
      return stationary(of_fleet, parameters.from);
    case IotQuestion::long_driving_sessions:
      return long_sessions(of_fleet, parameters.from, hours(4), 22);
    case IotQuestion::long_daily_sessions:
      return long_sessions(of_fleet, parameters.from, hours(24), 60);
    case IotQuestion::avg_vs_projected_fuel_consumption:
      return fuel_consumption(trucks);
    case IotQuestion::avg_daily_driving_duration:
      return daily_duration(trucks);
    case IotQuestion::avg_daily_driving_session:
      return daily_sessions(trucks);
    case IotQuestion::avg_load:
      return mean_load(trucks);
    case IotQuestion::daily_activity:
      return daily_activity(trucks);
    case IotQuestion::breakdown_frequency:
      return breakdowns(trucks);
  }
  return {};
}

}  // namespace wayside::hub::questions
