#pragma once

#include <memory>

#include "node/sources/binding.hpp"
#include "node/sources/source.hpp"
#include "telemetry/schema.hpp"

namespace wayside::node::sources {

/// The body of an item of `sources:`. Null after at least one error.
std::unique_ptr<SourceSpec> parse_csv(const config::Node& body, const ParseContext& context);
std::unique_ptr<SourceSpec> parse_host(const config::Node& body, const ParseContext& context);
std::unique_ptr<SourceSpec> parse_mqtt(const config::Node& body, const ParseContext& context);
std::unique_ptr<SourceSpec> parse_sim(const config::Node& body, const ParseContext& context);
std::unique_ptr<SourceSpec> parse_stdin(const config::Node& body, const ParseContext& context);

/// The kind `computer` of the host source.
[[nodiscard]] telemetry::Kind computer_kind();

}  // namespace wayside::node::sources
