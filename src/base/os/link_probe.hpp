#pragma once

#include <memory>
#include <string>

#include "base/link_kind.hpp"

namespace wayside {

/// What an interface is by what Linux says in `sys`/NAME (a folder like /sys/class/net).
[[nodiscard]] LinkKind interface_kind(const std::string& sys, const std::string& name);
/// The interface of the default route with the lowest metric, in the text of /proc/net/route; empty
/// where there is none.
[[nodiscard]] std::string default_interface(const std::string& routes);

/// Of the route to `host`: to its address where it is one, else of the default route, so that
/// nothing waits for a name to be resolved.
[[nodiscard]] std::unique_ptr<LinkProbe> make_link_probe(std::string host);

}  // namespace wayside
