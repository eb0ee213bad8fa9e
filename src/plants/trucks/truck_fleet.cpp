#include "plants/trucks/truck_fleet.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace wayside::plants {
namespace {

constexpr std::array<const char*, 4> fleets{"harbour", "hill", "plain", "valley"};
constexpr std::array<const char*, 6> drivers{"ana", "bo", "chen", "dara", "eva", "finn"};
constexpr std::array<const char*, 3> versions{"1.8", "2.0", "2.4"};
constexpr double without_fleet = 0.02;

struct Model {
  const char* name;
  double load_capacity, fuel_capacity, fuel_consumption;
};
constexpr std::array<Model, 3> models{
    {{"hauler-12", 12'000, 400, 24}, {"hauler-7", 7'500, 260, 17}, {"van-2", 1'800, 90, 9}}};

double rounded(double value, double scale) {
  return std::round(value * scale) / scale;
}

TruckTags make_tags(std::size_t i, Rng& rng) {
  const Model& model = models[rng.below(models.size())];
  TruckTags tags;
  tags.name = fmt::format("truck_{}", i);
  const std::uint64_t fleet = rng.below(fleets.size());
  if (rng.uniform() >= without_fleet) tags.fleet = fleets[fleet];
  tags.driver = drivers[rng.below(drivers.size())];
  tags.model = model.name;
  tags.device_version = versions[rng.below(versions.size())];
  tags.load_capacity = model.load_capacity;
  tags.fuel_capacity = model.fuel_capacity;
  tags.nominal_fuel_consumption = model.fuel_consumption;
  return tags;
}

}  // namespace

std::map<std::string, std::string> TruckTags::as_tags() const {
  std::map<std::string, std::string> all{
      {"driver", driver},
      {"model", model},
      {"device_version", device_version},
      {"load_capacity", fmt::format("{}", load_capacity)},
      {"fuel_capacity", fmt::format("{}", fuel_capacity)},
      {"nominal_fuel_consumption", fmt::format("{}", nominal_fuel_consumption)}};
  if (!fleet.empty()) all["fleet"] = fleet;
  return all;
}

TruckFleet::TruckFleet(TruckFleetOptions options)
    : options_(options),
      rng_(options.seed),
      steps_(static_cast<std::size_t>(options.length.ns / options.step.ns)) {
  for (std::size_t i = 0; i < options_.trucks; ++i) {
    Rng rng = rng_.fork(i + 1);
    tags_.push_back(make_tags(i, rng));
    Truck truck;
    truck.reading.latitude = rng.uniform(-80, 80);
    truck.reading.longitude = rng.uniform(-170, 170);
    truck.reading.elevation = rng.uniform(0, 500);
    truck.reading.heading = rng.uniform(0, 360);
    truck.diagnostics.fuel_state = rng.uniform(0.05, 1);
    truck.diagnostics.current_load = rng.uniform(0, tags_.back().load_capacity);
    truck.rng = rng;
    choose(truck);
    trucks_.push_back(std::move(truck));
  }
}

/// What the truck does next, and for how long.
void TruckFleet::choose(Truck& truck) {
  Rng& rng = truck.rng;
  const double what = rng.uniform();
  truck.broken = what < 0.03;
  truck.driving = what >= 0.03 && (what < 0.1 || !truck.driving);
  const double hours = truck.broken    ? rng.uniform(0.3, 3)
                       : truck.driving ? rng.uniform(0.2, 8)
                                       : rng.uniform(0.1, 6);
  truck.steps_left =
      1 + static_cast<std::size_t>(hours * 3'600 * 1e9 / static_cast<double>(options_.step.ns));
  if (!truck.driving && rng.uniform() < 0.5) truck.diagnostics.fuel_state = 1;
}

void TruckFleet::move(Truck& truck, const TruckTags& tags, Time time) {
  if (truck.steps_left-- == 0) choose(truck);
  Rng& rng = truck.rng;
  TruckReading& r = truck.reading;
  TruckDiagnostics& d = truck.diagnostics;
  r.time = d.time = time;
  const double hours = options_.step.seconds() / 3'600;
  if (truck.driving) {
    r.velocity = std::clamp(r.velocity + rng.normal(0, 4) + (60 - r.velocity) * 0.02, 5.0, 100.0);
    r.heading = std::fmod(r.heading + rng.normal(0, 3) + 360, 360);
    r.grade = std::clamp(r.grade + rng.normal(0, 1), -10.0, 10.0);
    const double direction = r.heading * std::numbers::pi / 180;
    r.latitude = std::clamp(r.latitude + r.velocity * hours / 111 * std::cos(direction), -85., 85.);
    r.longitude = std::remainder(r.longitude + r.velocity * hours / 111 * std::sin(direction), 360);
    r.elevation = std::clamp(r.elevation + r.grade * r.velocity * hours * 10, 0.0, 5'000.0);
    r.fuel_consumption =
        std::max(0.0, tags.nominal_fuel_consumption * (0.7 + r.velocity / 200 + r.grade / 50));
    d.fuel_state = std::max(0.0, d.fuel_state - r.fuel_consumption * hours / tags.fuel_capacity);
  } else {
    r.velocity = r.fuel_consumption = 0;
    if (rng.uniform() < 0.001) d.current_load = rng.uniform(0, tags.load_capacity);
  }
  d.status = truck.broken ? 0 : static_cast<double>(1 + rng.below(5));
}

/// Passes an entry on now, later or never; held entries come at a random one of the next steps.
template <class Entry>
void TruckFleet::deliver(Truck& truck, const Entry& entry, std::vector<Entry>& held,
                         std::vector<Entry>& out) {
  const double fate = truck.rng.uniform();
  if (fate < options_.entry_lost) {
    // It never comes.
  } else if (fate < options_.entry_lost + options_.entry_late && held.size() < late_steps_max) {
    held.push_back(entry);
  } else {
    out.push_back(entry);
  }
  if (!held.empty() && truck.rng.below(late_steps_max) == 0) {
    out.push_back(held.back());
    held.pop_back();
  }
}

TruckFleet::Batch TruckFleet::make_batch(std::size_t index, std::size_t first_step) {
  Truck& truck = trucks_[index];
  Batch batch;
  batch.truck = index;
  const std::size_t end = std::min(first_step + options_.batch, steps_);
  for (std::size_t step = first_step; step < end; ++step) {
    move(truck, tags_[index], options_.start + options_.step * static_cast<std::int64_t>(step));
    TruckReading reading = truck.reading;
    reading.latitude = rounded(reading.latitude, 1e5);
    reading.longitude = rounded(reading.longitude, 1e5);
    reading.elevation = rounded(reading.elevation, 1);
    reading.velocity = rounded(reading.velocity, 1);
    reading.heading = rounded(reading.heading, 1);
    reading.grade = rounded(reading.grade, 1);
    reading.fuel_consumption = rounded(reading.fuel_consumption, 10);
    TruckDiagnostics diagnostics = truck.diagnostics;
    diagnostics.fuel_state = rounded(diagnostics.fuel_state, 1e3);
    diagnostics.current_load = rounded(diagnostics.current_load, 1);
    deliver(truck, reading, truck.late_readings, batch.readings);
    deliver(truck, diagnostics, truck.late_diagnostics, batch.diagnostics);
  }
  if (end == steps_) {
    batch.readings.insert(batch.readings.end(), truck.late_readings.begin(),
                          truck.late_readings.end());
    batch.diagnostics.insert(batch.diagnostics.end(), truck.late_diagnostics.begin(),
                             truck.late_diagnostics.end());
  }
  return batch;
}

bool TruckFleet::next(Batch& batch) {
  const std::size_t rounds = (steps_ + options_.batch - 1) / options_.batch;
  const std::size_t count = rounds * options_.trucks;
  for (;;) {
    const auto due = std::find_if(late_.begin(), late_.end(), [&](const Late& late) {
      return late.due <= batches_ || batches_ == count;
    });
    if (due != late_.end()) {
      batch = std::move(due->batch);
      late_.erase(due);
      return true;
    }
    if (batches_ == count) return false;
    const std::size_t made = batches_++;
    batch = make_batch(made % options_.trucks, made / options_.trucks * options_.batch);
    const double fate = rng_.uniform();
    if (fate < options_.batch_lost) continue;
    if (fate >= options_.batch_lost + options_.batch_late) return true;
    const std::size_t later = 1 + rng_.below(late_batches_max);
    late_.push_back({made + later * options_.trucks, std::move(batch)});
  }
}

}  // namespace wayside::plants
