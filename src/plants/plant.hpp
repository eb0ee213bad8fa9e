#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/schema.hpp"

namespace wayside::plants {

/// A fault to develop, and at the same time its label: what was wrong, from when, how badly.
struct Fault {
  std::string kind;     ///< one of PlantType::faults
  std::string signal;   ///< for sensor faults; empty takes the kind's usual one
  Duration at;          ///< onset, in plant time
  Duration over;        ///< grows linearly for so long; 0 is there at once
  double severity = 1;  ///< reached at the end of `over`, in (0, 1]

  /// How far the fault is developed at plant time `age`: 0 before the onset, then up to `severity`.
  [[nodiscard]] double level(Duration age) const;
};

struct PlantOptions {
  std::uint64_t seed = 1;  ///< same seed and same steps: same bits
  std::vector<Fault> faults;
};

/// What a scalar sensor shows, in its signal's unit.
struct Reading {
  SignalId signal;
  double value = 0;
};

/// A simulated machine with sensors and known faults. It has a time of its own, which moves only by
/// `step`. Not safe from several threads.
class Plant {
 public:
  virtual ~Plant() = default;
  [[nodiscard]] virtual const telemetry::Kind& kind() const = 0;
  /// Plant time since the start.
  [[nodiscard]] virtual Duration age() const = 0;
  /// Moves the physics on by `dt` (more than 0), in substeps of its own.
  virtual void step(Duration dt) = 0;
  /// All scalar sensors now, in the order of the kind's signals. Valid until the next call; each
  /// call is a new measurement with new noise.
  [[nodiscard]] virtual std::span<const Reading> read() = 0;
  /// What a waveform sensor records from now on if the machine goes on as it does at this moment:
  /// `length` values at the signal's rate. Valid until the next call.
  [[nodiscard]] virtual std::span<const double> record(SignalId waveform) = 0;
  /// The labels.
  [[nodiscard]] virtual std::span<const Fault> faults() const = 0;
};

struct FaultType {
  std::string name;
  std::string description;
  std::string signal;  ///< the usual signal of a sensor fault; empty where the fault has none
};

/// A machine that can be simulated.
struct PlantType {
  std::string name;
  std::string description;
  telemetry::Kind kind;
  std::vector<FaultType> faults;
  /// Called through `make_plant`, which checks the options first.
  std::function<std::unique_ptr<Plant>(const PlantOptions&)> make;

  [[nodiscard]] const FaultType* find_fault(std::string_view fault) const;
};

/// All of them.
[[nodiscard]] const std::vector<PlantType>& plant_types();
/// Null for an unknown name.
[[nodiscard]] const PlantType* find_plant_type(std::string_view name);

/// Errors: `invalid`, with the nearest name: a fault, or its signal, that the plant does not have
/// (a sensor fault needs a scalar signal); a severity outside (0, 1]; a negative time.
[[nodiscard]] Status check_fault(const PlantType& type, const Fault& fault);

/// Errors: `not_found` for an unknown plant; else as `check_fault`.
[[nodiscard]] Result<std::unique_ptr<Plant>> make_plant(std::string_view type,
                                                        PlantOptions options);

}  // namespace wayside::plants
