#include "hub/questions/iot/iot_last.hpp"

#include <charconv>
#include <map>

namespace wayside::hub::questions {
namespace {

using Json = nlohmann::json;

/// A truck's newest value of each signal asked for, in the request's order. A truck that several
/// nodes tell of is one truck.
struct Truck {
  std::shared_ptr<const AssetRow> row;
  std::vector<std::optional<LastValue>> values;
};
using Trucks = std::map<std::pair<std::string, std::string>, Truck>;  ///< by name and driver

std::string tag_of(const AssetRow& row, const std::string& tag) {
  const auto found = row.tags.find(tag);
  return found == row.tags.end() ? "" : found->second;
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Status add_trucks(TelemetryStore& store, const LastRequest& request, Trucks& trucks) {
  auto values = store.last_values(request);
  if (!values) return tl::make_unexpected(values.error());
  for (LastValue& value : *values) {
    Truck& truck = trucks[{value.asset->asset, tag_of(*value.asset, "driver")}];
    truck.row = value.asset;
    truck.values.resize(request.signals.size());
    const auto signal = std::find(request.signals.begin(), request.signals.end(), value.signal) -
                        request.signals.begin();
    auto& newest = truck.values[static_cast<std::size_t>(signal)];
    if (!newest || value.time > newest->time) newest = std::move(value);
  }
  return {};
}

Result<Trucks> find_trucks(TelemetryStore& store, const IotParameters& parameters, bool by_name,
                           std::vector<std::string> signals) {
  Trucks trucks;
  LastRequest request;
  request.signals = std::move(signals);
  if (by_name) {
    for (const std::string& truck : parameters.trucks) {
      request.scope.asset = truck;
      if (const Status added = add_trucks(store, request, trucks); !added)
        return tl::make_unexpected(added.error());
    }
    return trucks;
  }
  request.scope.tag = "fleet";
  request.scope.tag_value = parameters.fleet;
  if (const Status added = add_trucks(store, request, trucks); !added)
    return tl::make_unexpected(added.error());
  return trucks;
}

Json value_of(const std::optional<LastValue>& value) {
  return value ? Json(value->value) : Json(nullptr);
}

Json locations(const Trucks& trucks) {
  Json rows = Json::array();
  for (const auto& [name, truck] : trucks)
    rows.push_back({name.first, name.second, value_of(truck.values[0]), value_of(truck.values[1])});
  return rows;
}

Json low_fuel(const Trucks& trucks) {
  Json rows = Json::array();
  for (const auto& [name, truck] : trucks)
    if (truck.values[0]->value < 0.1)
      rows.push_back({name.first, name.second, truck.values[0]->value});
  return rows;
}

Json high_load(const Trucks& trucks) {
  Json rows = Json::array();
  for (const auto& [name, truck] : trucks) {
    const auto capacity = number_of(tag_of(*truck.row, "load_capacity"));
    if (capacity && truck.values[0]->value / *capacity > 0.9)
      rows.push_back({name.first, name.second, truck.values[0]->value, *capacity});
  }
  return rows;
}

}  // namespace

std::optional<Result<Json>> iot_from_last(TelemetryStore& store, IotQuestion question,
                                          const IotParameters& parameters) {
  const auto answer = [&](bool by_name, std::vector<std::string> signals,
                          Json (*rows)(const Trucks&)) -> Result<Json> {
    const auto trucks = find_trucks(store, parameters, by_name, std::move(signals));
    if (!trucks) return tl::make_unexpected(trucks.error());
    return rows(*trucks);
  };
  switch (question) {
    case IotQuestion::last_loc:
      return answer(false, {"longitude", "latitude"}, locations);
    case IotQuestion::single_last_loc:
      return answer(true, {"longitude", "latitude"}, locations);
    case IotQuestion::low_fuel:
      return answer(false, {"fuel_state"}, low_fuel);
    case IotQuestion::high_load:
      return answer(false, {"current_load"}, high_load);
    default:
      return std::nullopt;
  }
}

}  // namespace wayside::hub::questions
