#include "plants/plant.hpp"

#include <algorithm>

#include "base/config/diagnostics.hpp"
#include "plants/locomotive/locomotive.hpp"

namespace wayside::plants {
namespace {

template <class Named>
std::string hint(std::string_view word, const std::vector<Named>& things) {
  std::vector<std::string> names;
  for (const Named& thing : things) names.push_back(thing.name);
  const std::string near = config::nearest(word, names);
  return near.empty() ? std::string{} : fmt::format(" (did you mean {}?)", near);
}

}  // namespace

double Fault::level(Duration age) const {
  if (age < at) return 0;
  if (age >= at + over) return severity;
  return severity * ((age - at).seconds() / over.seconds());
}

const FaultType* PlantType::find_fault(std::string_view fault) const {
  const auto found = std::find_if(faults.begin(), faults.end(),
                                  [&](const FaultType& type) { return type.name == fault; });
  return found == faults.end() ? nullptr : &*found;
}

const std::vector<PlantType>& plant_types() {
  static const std::vector<PlantType> types{locomotive_type()};
  return types;
}

const PlantType* find_plant_type(std::string_view name) {
  for (const PlantType& type : plant_types())
    if (type.name == name) return &type;
  return nullptr;
}

Status check_fault(const PlantType& type, const Fault& fault) {
  const FaultType* known = type.find_fault(fault.kind);
  if (known == nullptr)
    return fail(Errc::invalid, "a {} has no fault '{}'{}", type.name, fault.kind,
                hint(fault.kind, type.faults));
  if (!fault.signal.empty()) {
    if (known->signal.empty())
      return fail(Errc::invalid, "the fault {} is not of a sensor and takes no signal", fault.kind);
    const auto signal = type.kind.find(fault.signal);
    if (!signal)
      return fail(Errc::invalid, "a {} has no signal '{}'{}", type.name, fault.signal,
                  hint(fault.signal, type.kind.signals));
    if (type.kind[*signal].waveform)
      return fail(Errc::invalid, "the fault {} needs a scalar signal, {} is a waveform", fault.kind,
                  fault.signal);
  }
  if (!(fault.severity > 0 && fault.severity <= 1))
    return fail(Errc::invalid, "a fault's severity is above 0 and at most 1, found {}",
                fault.severity);
  if (fault.at.ns < 0 || fault.over.ns < 0)
    return fail(Errc::invalid, "a fault's times are not negative");
  return {};
}

Result<std::unique_ptr<Plant>> make_plant(std::string_view type, PlantOptions options) {
  const PlantType* known = find_plant_type(type);
  if (known == nullptr)
    return fail(Errc::not_found, "unknown plant '{}'{}", type, hint(type, plant_types()));
  for (Fault& fault : options.faults) {
    if (auto status = check_fault(*known, fault); !status)
      return tl::make_unexpected(status.error());
    if (fault.signal.empty()) fault.signal = known->find_fault(fault.kind)->signal;
  }
  return known->make(options);
}

}  // namespace wayside::plants
