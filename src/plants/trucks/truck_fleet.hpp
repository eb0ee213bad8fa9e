#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"

namespace wayside::plants {

/// What is known of a truck and does not change. A truck without a fleet has an empty one.
struct TruckTags {
  std::string name, fleet, driver, model, device_version;
  double load_capacity = 0;             ///< kg
  double fuel_capacity = 0;             ///< l
  double nominal_fuel_consumption = 0;  ///< l/h

  /// As an asset's tags; the fleet is left out where the truck has none.
  [[nodiscard]] std::map<std::string, std::string> as_tags() const;
};

/// Where a truck was and how it went.
struct TruckReading {
  Time time;
  double latitude = 0, longitude = 0, elevation = 0;  ///< degrees, degrees, m
  double velocity = 0, heading = 0, grade = 0;        ///< km/h, degrees, %
  double fuel_consumption = 0;                        ///< l/h
};

/// What it reported of itself. `status` 0: out of commission; 1 to 5: at work.
struct TruckDiagnostics {
  Time time;
  double fuel_state = 0;  ///< 0 to 1
  double current_load = 0;
  double status = 0;
};

struct TruckFleetOptions {
  std::uint64_t seed = 1;
  std::size_t trucks = 200;
  Time start{1'767'225'600'000'000'000};
  Duration length = days(3);
  Duration step = seconds(10);
  std::size_t batch = 60;  ///< steps that a truck sends together
  /// Probabilities that an entry or a batch is lost, or comes later than it should.
  double entry_lost = 0.005, entry_late = 0.01, batch_lost = 0.002, batch_late = 0.01;
};

/// A fleet of trucks as the IoT case of the Time Series Benchmark Suite describes one: ten
/// measurements a truck, in two groups, with missing and late entries and batches. Trucks drive,
/// rest, break down and refuel; figures are of the right size and no more. The same options give
/// the same entries.
class TruckFleet {
 public:
  static constexpr std::size_t late_steps_max = 30;    ///< of an entry
  static constexpr std::size_t late_batches_max = 10;  ///< of a batch

  /// What one truck sends at a time, in the order of sending.
  struct Batch {
    std::size_t truck = 0;
    std::vector<TruckReading> readings;
    std::vector<TruckDiagnostics> diagnostics;
  };

  explicit TruckFleet(TruckFleetOptions options);
  [[nodiscard]] const std::vector<TruckTags>& tags() const { return tags_; }
  /// False at the end.
  [[nodiscard]] bool next(Batch& batch);

 private:
  struct Truck {
    Rng rng{0};
    TruckReading reading;
    TruckDiagnostics diagnostics;
    bool driving = false;
    bool broken = false;
    std::size_t steps_left = 0;  ///< of driving, resting or being broken
    std::vector<TruckReading> late_readings;
    std::vector<TruckDiagnostics> late_diagnostics;
  };
  struct Late {
    std::size_t due;  ///< number of the batch before which it is sent
    Batch batch;
  };

  void choose(Truck& truck);
  void move(Truck& truck, const TruckTags& tags, Time time);
  [[nodiscard]] Batch make_batch(std::size_t truck, std::size_t first_step);
  template <class Entry>
  void deliver(Truck& truck, const Entry& entry, std::vector<Entry>& held, std::vector<Entry>& out);

  TruckFleetOptions options_;
  Rng rng_;
  std::vector<TruckTags> tags_;
  std::vector<Truck> trucks_;
  std::deque<Late> late_;
  std::size_t batches_ = 0;  ///< made
  std::size_t steps_;
};

}  // namespace wayside::plants
