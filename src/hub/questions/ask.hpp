#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "hub/questions/questions.hpp"
#include "hub/questions/sql.hpp"

namespace wayside::hub::questions {

/// The rows of a SELECT of ours. Errors: `full` where there are more than `rows_max`.
[[nodiscard]] Result<nlohmann::json> ask(TelemetryStore& store, const std::string& sql,
                                         std::size_t rows_max);

/// One cell of a row. Whole numbers beyond 2^53 come as text, absent numbers as null.
[[nodiscard]] std::int64_t integer_of(const nlohmann::json& cell);
[[nodiscard]] std::optional<double> number_of(const nlohmann::json& cell);
[[nodiscard]] std::string text_of(const nlohmann::json& cell);

/// `AND a.kind = '…' AND …` for a scope, over the table `assets` as `a` and `asset` of `table`.
[[nodiscard]] std::string scope_condition(Dialect dialect, const Scope& scope,
                                          const std::string& table);
/// An asset's tag, as text, over the table `assets` as `a`; null or empty where it has none.
[[nodiscard]] std::string tag_expression(Dialect dialect, const std::string& tag);

}  // namespace wayside::hub::questions
