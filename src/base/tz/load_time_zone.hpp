#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/time_zone.hpp"

namespace wayside {

/// A zone of the IANA database as it is installed (`America/New_York`); the system's own where
/// `name` is empty, and UTC where the system has none. Errors: `not_found` for a name that the
/// database does not have.
[[nodiscard]] Result<std::shared_ptr<const TimeZone>> load_time_zone(const std::string& name);

}  // namespace wayside
