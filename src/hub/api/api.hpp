#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/http/server.hpp"
#include "base/metrics.hpp"
#include "hub/api/keeping_api.hpp"
#include "hub/api/ledger_api.hpp"
#include "hub/api/query_slots.hpp"
#include "hub/api/question_api.hpp"
#include "hub/api/series_api.hpp"
#include "hub/catalog/catalog.hpp"
#include "hub/fleet.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub {

/// What the API shows that it does not own.
struct ApiParts {
  TelemetryStore& store;
  Catalog& catalog;
  Fleet& fleet;
  const Clock& clock;
  Metrics& metrics;
  http::Broadcast& broadcast;
  std::string version;
  std::string broker;
  std::function<bool()> broker_connected;
  /// Why the hub cannot do its work now; empty when it can. Sentences.
  std::function<std::vector<std::string>()> problems;
  QueryLimits query;  ///< rows_max: the most that may be asked for
  std::function<Result<Replaced>(FeatureReplacement)> replace_features;
  ParquetMaker parquet;  ///< may be empty: series as Parquet are refused then
  std::function<void(const std::string&)> asset_deleted;
};

/// docs/api.md over HTTP. Handlers run on the server's threads.
class Api {
 public:
  static constexpr std::size_t rows_default = 10'000;

  explicit Api(ApiParts parts);
  /// Registers every route; the API must outlive the server.
  void mount(http::Server& server);

  /// Lines for the live stream.
  [[nodiscard]] std::string node_line(const std::string& node) const;
  [[nodiscard]] std::string event_line(const EventRow& row) const;

 private:
  using Request = http::Request;
  using Response = http::Response;

  Response ready(const Request& request);
  Response status(const Request& request);
  Response nodes(const Request& request);
  Response assets(const Request& request);
  Response decisions(const Request& request);
  Response events(const Request& request);
  Response acknowledge(const Request& request);
  Response query(const Request& request);
  Response samples(const Request& request);
  Response replace_features(const Request& request);

  [[nodiscard]] Result<std::vector<EventRow>> open_events(EventFilter filter);

  ApiParts parts_;
  Time started_;
  api::QuerySlots queries_{api::queries_max};
  api::SeriesApi series_;
  api::LedgerApi ledger_;
  api::QuestionApi questions_;
  api::KeepingApi keeping_;
  Gauge& open_alerts_;
};

}  // namespace wayside::hub
