#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "hub/questions/iot/iot.hpp"
#include "hub/store/batch.hpp"
#include "plants/trucks/truck_fleet.hpp"

/// For tests: the questions answered plainly from the entries themselves, and the entries as what
/// a hub stores.
namespace wayside::hub::questions {

/// All entries of a fleet, by truck and time.
struct TruckHistory {
  plants::TruckTags tags;
  std::map<Time, plants::TruckReading> readings;
  std::map<Time, plants::TruckDiagnostics> diagnostics;
};

/// Reads a fleet to its end; what it gave, batch by batch, is also put into `batches`.
[[nodiscard]] std::vector<TruckHistory> read_fleet(plants::TruckFleet& fleet,
                                                   std::vector<Batch>& batches);
/// The trucks as assets of one node of the yard.
[[nodiscard]] std::vector<AssetRow> truck_assets(const std::vector<plants::TruckTags>& tags);
/// One truck's entries as blocks, one a signal.
void add_blocks(const plants::TruckTags& tags, const plants::TruckFleet::Batch& entries,
                std::vector<FromNode<telemetry::SampleBlock>>& out);

/// Rows with the columns and the order of the question's SELECT.
[[nodiscard]] nlohmann::json iot_answer(IotQuestion question,
                                        const std::vector<TruckHistory>& trucks,
                                        const IotParameters& parameters);

}  // namespace wayside::hub::questions
