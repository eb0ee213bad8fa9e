#include "plants/locomotive/locomotive.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/assert.hpp"
#include "plants/locomotive/ambient.hpp"
#include "plants/locomotive/axle_vibration.hpp"
#include "plants/locomotive/cooling.hpp"
#include "plants/locomotive/duty.hpp"
#include "plants/locomotive/engine.hpp"
#include "plants/locomotive/traction.hpp"

namespace wayside::plants {
namespace {

using namespace locomotive;

/// One scalar sensor: what it says, how it errs, and how far a drift takes it.
struct Sensor {
  const char* name;
  const char* unit;
  double min, max;
  double noise;  ///< standard deviation
  double drift;  ///< added at severity 1
};
constexpr std::array sensors{
    Sensor{"traction_power", "kW", 0, 4500, 4, 250},
    Sensor{"engine_speed", "rpm", 0, 1200, 1.5, 60},
    Sensor{"notch", "1", 0, 8, 0, 2},
    Sensor{"train_speed", "km/h", 0, 160, 0.1, 12},
    Sensor{"brake_force", "kN", 0, 400, 1, 40},
    Sensor{"coolant_temp", "degC", -40, 150, 0.15, -12},
    Sensor{"coolant_pressure", "kPa", 0, 600, 1.5, 40},
    Sensor{"oil_pressure", "kPa", 0, 1000, 3, 90},
    Sensor{"oil_temp", "degC", -40, 180, 0.2, 15},
    Sensor{"ambient_temp", "degC", -50, 70, 0.2, 10},
    Sensor{"fan_speed", "%", 0, 100, 0.4, 20},
    Sensor{"motor_current", "A", 0, 2000, 4, 150},
    Sensor{"motor_temp", "degC", -40, 250, 0.4, 25},
    Sensor{"bearing_temp", "degC", -40, 180, 0.2, 20},
    Sensor{"fuel_rate", "l/min", 0, 30, 0.03, 1.5},
};
constexpr telemetry::Waveform axle_waveform{2'000, 1'024};
constexpr SignalId axle_vib{static_cast<std::uint32_t>(sensors.size())};
/// Long enough for a day in one call, short enough for the fastest part (2.5 s).
constexpr double substep_max_s = 0.5;

telemetry::Kind locomotive_kind() {
  telemetry::Kind kind{.name = "locomotive", .signals = {}};
  for (const Sensor& sensor : sensors) {
    telemetry::Signal signal;
    signal.name = sensor.name;
    signal.unit = sensor.unit;
    signal.min = sensor.min;
    signal.max = sensor.max;
    kind.signals.push_back(signal);
  }
  telemetry::Signal vibration;
  vibration.name = "axle_vib";
  vibration.unit = "g";
  vibration.min = -16;
  vibration.max = 16;
  vibration.waveform = axle_waveform;
  vibration.tier = telemetry::Tier::bulk;
  kind.signals.push_back(vibration);
  return kind;
}

/// About 1 % between one machine and the next.
double spread(Rng& rng) {
  return 1 + 0.01 * std::clamp(rng.normal(), -3.0, 3.0);
}

enum Stream : std::uint64_t { machine, duty, weather, measuring, vibration };

class Locomotive final : public Plant {
 public:
  explicit Locomotive(const PlantOptions& options)
      : Locomotive(options, Rng(options.seed), Rng(options.seed).fork(machine)) {}

  const telemetry::Kind& kind() const override { return kind_; }
  Duration age() const override { return age_; }
  std::span<const Fault> faults() const override { return faults_; }

  void step(Duration dt) override {
    WAYSIDE_ASSERT(dt.ns > 0, "a plant does not go back");
    const auto substeps = static_cast<std::int64_t>(std::ceil(dt.seconds() / substep_max_s));
    const Duration start = age_;
    for (std::int64_t i = 1; i <= substeps; ++i) {
      const Duration next = start + Duration{dt.ns / substeps * i};
      advance(i == substeps ? start + dt : next);
    }
  }

  std::span<const Reading> read() override;

  std::span<const double> record(SignalId waveform) override {
    WAYSIDE_ASSERT(waveform == axle_vib, "not a waveform of a locomotive");
    vibration_.record(wave_, axle_waveform.rate_hz, duty_.speed_m_s(), engine_.rpm(),
                      level("bearing_wear"));
    return wave_;
  }

 private:
  Locomotive(const PlantOptions& options, const Rng& rng, Rng machine_rng)
      : faults_(options.faults),
        kind_(locomotive_kind()),
        ambient_(rng.fork(weather)),
        duty_(rng.fork(duty)),
        engine_({spread(machine_rng), spread(machine_rng), spread(machine_rng)}),
        cooling_({spread(machine_rng), spread(machine_rng), 0.3 * machine_rng.uniform(-1, 1)},
                 ambient_.degc()),
        motor_(spread(machine_rng), ambient_.degc()),
        axle_box_(spread(machine_rng), ambient_.degc()),
        vibration_(rng.fork(vibration), machine_rng.uniform(0.9, 1.1)),
        measuring_(rng.fork(measuring)),
        wave_(axle_waveform.length),
        stuck_(options.faults.size()) {
    for (std::size_t i = 0; i < sensors.size(); ++i)
      readings_[i].signal = SignalId{static_cast<std::uint32_t>(i)};
  }

  /// The worst of the faults of one kind.
  double level(std::string_view fault) const {
    double worst = 0;
    for (const Fault& f : faults_)
      if (f.kind == fault) worst = std::max(worst, f.level(age_));
    return worst;
  }

  void advance(Duration to);
  std::array<double, sensors.size()> truth() const;

  std::vector<Fault> faults_;
  telemetry::Kind kind_;
  Ambient ambient_;
  Duty duty_;
  Engine engine_;
  Cooling cooling_;
  TractionMotor motor_;
  AxleBox axle_box_;
  AxleVibration vibration_;
  Rng measuring_;
  std::array<Reading, sensors.size()> readings_{};
  std::vector<double> wave_;
  std::vector<std::optional<double>> stuck_;  ///< by fault: the value it holds
  Duration age_;
};

/// A hot engine sheds load: all of it at 118 °C, which is also what keeps a failing circuit from
/// running away.
double derating(double coolant_degc) {
  return std::clamp((118 - coolant_degc) / 12, 0.0, 1.0);
}

void Locomotive::advance(Duration to) {
  const double dt = (to - age_).seconds();
  age_ = to;
  ambient_.step(dt, age_.seconds());
  const double air = ambient_.degc();
  // Dynamic braking runs the engine at notch 4 for the blowers.
  const bool braking = duty_.brake_n() > 0;
  const double rpm_wanted = notch_rpm(braking ? 4 : duty_.notch());
  const double blowers = TractionMotor::blower_w * std::pow(engine_.rpm() / Engine::rpm_max, 3);
  engine_.step(dt, rpm_wanted, notch_power_w(duty_.notch()) * derating(cooling_.coolant_degc()),
               blowers + cooling_.fan_shaft_w());
  duty_.step(dt, engine_.traction_w() * 0.97);
  cooling_.step(dt, engine_.jacket_heat_w(), engine_.oil_heat_w(), engine_.rpm(), air,
                {.leak = level("coolant_leak"), .fans = level("fan_failure")});
  motor_.step(dt, duty_.pull_n() + duty_.brake_n(), duty_.speed_m_s(), engine_.rpm(), air);
  axle_box_.step(dt, duty_.speed_m_s(), level("bearing_wear"), air);
}

/// In the order of `sensors`, in their units.
std::array<double, sensors.size()> Locomotive::truth() const {
  return {engine_.traction_w() / 1e3,
          engine_.rpm(),
          static_cast<double>(duty_.notch()),
          duty_.speed_m_s() * 3.6,
          duty_.brake_n() / 1e3,
          cooling_.coolant_degc(),
          cooling_.pressure_pa() / 1e3,
          engine_.oil_pressure_pa(cooling_.oil_degc()) / 1e3,
          cooling_.oil_degc(),
          ambient_.degc(),
          cooling_.fan_speed() * 100,
          motor_.current_a(),
          motor_.temp_degc(),
          axle_box_.temp_degc(),
          engine_.fuel_l_min()};
}

std::span<const Reading> Locomotive::read() {
  const auto values = truth();
  for (std::size_t i = 0; i < sensors.size(); ++i) {
    const double noisy = values[i] + sensors[i].noise * measuring_.normal();
    readings_[i].value =
        std::clamp(noisy, sensors[i].min, sensors[i].max);  // the transmitter's span
  }
  for (std::size_t f = 0; f < faults_.size(); ++f) {
    const double level = faults_[f].level(age_);
    const bool stuck = faults_[f].kind == "stuck_sensor";
    if (level == 0 || (!stuck && faults_[f].kind != "sensor_drift")) continue;
    const std::size_t i = kind_.find(faults_[f].signal)->index();
    if (stuck) {
      if (!stuck_[f]) stuck_[f] = readings_[i].value;
      readings_[i].value = *stuck_[f];
    } else {
      readings_[i].value =
          std::clamp(readings_[i].value + level * sensors[i].drift, sensors[i].min, sensors[i].max);
    }
  }
  return readings_;
}

}  // namespace

PlantType locomotive_type() {
  return {
      .name = "locomotive",
      .description = "a six-axle diesel-electric freight locomotive of 2.2 MW with its train",
      .kind = locomotive_kind(),
      .faults =
          {
              {"coolant_leak", "up to 70 % of the coolant is lost: pressure falls, then heat stays",
               ""},
              {"fan_failure", "the radiator fans slow down to 3 % of their speed", ""},
              {"bearing_wear", "a spall on an axle bearing's outer ring: impacts and friction heat",
               ""},
              {"sensor_drift", "a sensor goes off its calibration", "coolant_temp"},
              {"stuck_sensor", "a sensor repeats the value of the onset", "oil_pressure"},
          },
      .make = [](const PlantOptions& options) -> std::unique_ptr<Plant> {
        return std::make_unique<Locomotive>(options);
      },
  };
}

}  // namespace wayside::plants
