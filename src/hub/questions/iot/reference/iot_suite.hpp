#pragma once

#include <gtest/gtest.h>
#include <cmath>

#include "hub/questions/iot/iot_last.hpp"
#include "hub/questions/iot/reference/iot_reference.hpp"
#include "hub/store/store.hpp"

/// The thirteen questions asked of a store and of the reference, as a function that a store's own
/// test calls with an empty store.
namespace wayside::hub::questions::suite {

/// Equal but for how sums were rounded.
inline bool alike(const nlohmann::json& a, const nlohmann::json& b) {
  if (a.is_number() && b.is_number()) {
    const double x = a.get<double>(), y = b.get<double>();
    return std::abs(x - y) <= 1e-9 * std::max({1.0, std::abs(x), std::abs(y)});
  }
  if (!a.is_array() || !b.is_array()) return a == b;
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!alike(a[i], b[i])) return false;
  return true;
}

inline void answers_the_iot_questions(TelemetryStore& store) {
  plants::TruckFleetOptions options;
  options.trucks = 40;
  options.length = days(2) + hours(5);
  options.step = minutes(1);
  plants::TruckFleet fleet(options);
  std::vector<Batch> batches;
  const auto trucks = read_fleet(fleet, batches);
  for (const Batch& batch : batches) ASSERT_TRUE(store.commit(batch));
  const Dialect dialect = dialect_of(store.name()).value();
  std::map<IotQuestion, std::size_t> rows;
  for (const char* name : {"harbour", "hill", "plain", "valley", "o'none\\"}) {
    for (const Duration after : {minutes(5), hours(20)}) {
      const IotParameters parameters{name, {"truck_3", "truck_17"}, options.start + after};
      for (const IotQuestion question : all_iot_questions()) {
        const std::string sql = iot_sql(question, dialect, parameters);
        const auto answer = store.query(sql, {});
        ASSERT_TRUE(answer) << to_string(question) << ": " << answer.error().message << sql;
        const auto found = nlohmann::json::parse(answer->rows_json);
        const auto expected = iot_answer(question, trucks, parameters);
        EXPECT_TRUE(alike(found, expected)) << to_string(question) << " of " << name << "\n"
                                            << found.dump() << "\n"
                                            << expected.dump();
        rows[question] += expected.size();
        const auto from_last = iot_from_last(store, question, parameters);
        if (!from_last) continue;
        ASSERT_TRUE(*from_last) << to_string(question) << ": " << from_last->error().message;
        EXPECT_TRUE(alike(**from_last, expected)) << to_string(question) << " of " << name << "\n"
                                                  << (*from_last)->dump();
      }
    }
  }
  // A question without an answer would prove nothing.
  for (const IotQuestion question : all_iot_questions())
    EXPECT_GT(rows[question], 0u) << to_string(question);
}

}  // namespace wayside::hub::questions::suite
