#pragma once

#include <memory>

#include "base/log.hpp"
#include "link/link.hpp"

namespace wayside::link {

/// MQTT 5 through libmosquitto.
[[nodiscard]] std::unique_ptr<Link> make_mqtt_link(Log log);

}  // namespace wayside::link
