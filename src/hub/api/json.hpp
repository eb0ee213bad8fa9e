#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "hub/catalog/catalog.hpp"
#include "hub/fleet.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::api {

/// The shapes of docs/api.md. Times are milliseconds since the epoch.
using Json = nlohmann::ordered_json;  // as documented, not by the alphabet

[[nodiscard]] Json time_json(Time time);
[[nodiscard]] Json time_json(std::optional<Time> time);
[[nodiscard]] Json node_json(const NodeView& view, Time now);
[[nodiscard]] Json asset_json(const AssetView& view);
[[nodiscard]] Json event_json(const EventRow& row, const Acknowledgement* ack);
[[nodiscard]] Json decision_json(const FromNode<telemetry::Decision>& row);
/// `{"asset": …, "from": …, "to": …, "series": […]}`; `units` by name.
[[nodiscard]] std::string series_json(const SeriesRequest& request,
                                      const std::vector<SeriesData>& series,
                                      const std::map<std::string, std::string>& units);
[[nodiscard]] std::string query_json(const QueryResult& result);
/// Text of a document; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string dump(const Json& json);

}  // namespace wayside::hub::api
