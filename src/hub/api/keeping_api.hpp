#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "base/http/server.hpp"
#include "hub/api/query_slots.hpp"
#include "hub/catalog/catalog.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::api {

/// What is held, exports with their log, and the deletion of assets over HTTP: docs/api.md.
///
/// An export is made and logged by a POST, and fetched once by a GET: so its digest is known before
/// its bytes come, and the log has it whether they arrive or not.
class KeepingApi {
 public:
  static constexpr std::size_t waiting_max = 8;  ///< exports made and not fetched
  static constexpr Duration waiting_time = minutes(10);
  static constexpr std::size_t lines_max = 10'000;

  /// `changed` is called after an asset was deleted.
  KeepingApi(TelemetryStore& store, Catalog& catalog, const Clock& clock, QuerySlots& slots,
             std::function<void(const std::string&)> changed)
      : store_(store),
        catalog_(catalog),
        clock_(clock),
        slots_(slots),
        changed_(std::move(changed)) {}
  ~KeepingApi();
  /// It must outlive the server.
  void mount(http::Server& server);

 private:
  using Request = http::Request;
  using Response = http::Response;
  struct Waiting {
    std::string path;
    ExportFormat format = ExportFormat::parquet;
    Duration until;
  };

  Response usage(const Request& request);
  Response exports(const Request& request);
  Response deletions(const Request& request);
  Response make_export(const Request& request);
  Response fetch_export(const Request& request);
  Response delete_asset(const Request& request);
  [[nodiscard]] Result<ExportLine> log_export(const ExportRequest& request, const Requester& by,
                                              const ExportedFile& file);
  [[nodiscard]] Status keep(const std::string& id, Waiting waiting);
  void drop_stale();

  TelemetryStore& store_;
  Catalog& catalog_;
  const Clock& clock_;
  QuerySlots& slots_;
  std::function<void(const std::string&)> changed_;
  std::mutex mutex_;
  std::map<std::string, Waiting> waiting_;
};

}  // namespace wayside::hub::api
