#pragma once

#include <semaphore>
#include <string>

#include "base/clock.hpp"
#include "base/http/server.hpp"
#include "hub/api/query_slots.hpp"
#include "hub/fleet.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::api {

/// Last values, statistics, values at events, similar assets and anomalies over HTTP: docs/api.md.
/// Each takes a place among the queries.
class QuestionApi {
 public:
  QuestionApi(TelemetryStore& store, const Fleet& fleet, const Clock& clock, QuerySlots& slots)
      : store_(store), fleet_(fleet), clock_(clock), slots_(slots) {}
  /// It must outlive the server.
  void mount(http::Server& server);

 private:
  using Request = http::Request;
  using Response = http::Response;
  Response last(const Request& request);
  Response stats(const Request& request);
  Response as_of(const Request& request);
  Response similar(const Request& request);
  Response anomalies(const Request& request);

  TelemetryStore& store_;
  const Fleet& fleet_;
  const Clock& clock_;
  QuerySlots& slots_;
};

}  // namespace wayside::hub::api
