#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.hpp"

namespace wayside::hub::duck {

/// DuckDB neither interrupts one call of a function nor counts what it takes. So a call that makes
/// a long value out of a short one must say how long, in numbers and texts written there, and the
/// body of a lambda, which runs once for every value of a list, may neither make lists nor read
/// other ones. `node` is the call of the function `name`, as json_serialize_sql gives it.
/// Errors: `refused`.
[[nodiscard]] Status check_growth(const std::string& name, const nlohmann::json& node);

}  // namespace wayside::hub::duck
