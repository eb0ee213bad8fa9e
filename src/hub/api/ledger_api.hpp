#pragma once

#include <string>
#include <vector>

#include "base/http/server.hpp"
#include "hub/api/openapi.hpp"
#include "hub/fleet.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::api {

/// The account of every stream, and what is missing from them: docs/api.md, "ledger" and "gaps".
class LedgerApi {
 public:
  static constexpr std::size_t gaps_default = 1'000;
  static constexpr std::size_t gaps_max = 100'000;

  LedgerApi(TelemetryStore& store, Fleet& fleet) : store_(store), fleet_(fleet) {}
  void mount(http::Server& server);

 private:
  http::Response ledger(const http::Request& request);
  http::Response gaps(const http::Request& request);

  TelemetryStore& store_;
  Fleet& fleet_;
};

[[nodiscard]] std::vector<Route> ledger_routes();

}  // namespace wayside::hub::api
