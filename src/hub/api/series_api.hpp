#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/http/server.hpp"
#include "hub/api/query_slots.hpp"
#include "hub/fleet.hpp"
#include "hub/store/store.hpp"
#include "table/table_writer.hpp"

namespace wayside::hub {

/// Makes a Parquet file with these columns and this metadata at a path.
using ParquetMaker = std::function<Result<std::unique_ptr<table::TableWriter>>(
    const std::string& path, const std::vector<table::Column>& columns,
    const table::Metadata& metadata)>;

}  // namespace wayside::hub

namespace wayside::hub::api {

/// GET /api/v1/series: docs/api.md.
class SeriesApi {
 public:
  SeriesApi(TelemetryStore& store, const Fleet& fleet, const Clock& clock, QuerySlots& slots,
            ParquetMaker parquet)
      : store_(store), fleet_(fleet), clock_(clock), slots_(slots), parquet_(std::move(parquet)) {}
  /// It must outlive the server.
  void mount(http::Server& server);

 private:
  [[nodiscard]] Result<SeriesRequest> series_request(const http::Request& request) const;
  http::Response series(const http::Request& request);
  http::Response answer(const http::Request& request, const SeriesRequest& wanted);
  http::Response parquet(const SeriesRequest& request, const std::vector<SeriesData>& series,
                         bool aligned) const;

  TelemetryStore& store_;
  const Fleet& fleet_;
  const Clock& clock_;
  QuerySlots& slots_;  ///< taken for raw values, of which there are many
  ParquetMaker parquet_;
};

}  // namespace wayside::hub::api
