#pragma once

#include <cstddef>
#include <semaphore>

#include "base/http/server.hpp"

namespace wayside::hub::api {

inline constexpr std::ptrdiff_t queries_max = 4;  ///< at the same time
using QuerySlots = std::counting_semaphore<queries_max>;

/// A place among the queries, given back however the query ends, by an exception too.
class QuerySlot {
 public:
  explicit QuerySlot(QuerySlots& slots) : slots_(slots.try_acquire() ? &slots : nullptr) {}
  ~QuerySlot() {
    if (slots_ != nullptr) slots_->release();
  }
  QuerySlot(const QuerySlot&) = delete;
  QuerySlot& operator=(const QuerySlot&) = delete;
  [[nodiscard]] bool taken() const { return slots_ != nullptr; }

 private:
  QuerySlots* slots_;
};

[[nodiscard]] inline http::Response too_many_queries() {
  return http::error_response({Errc::unavailable, "too many queries at the same time: try again"});
}

}  // namespace wayside::hub::api
