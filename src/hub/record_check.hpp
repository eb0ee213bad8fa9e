#pragma once

#include <string>
#include <string_view>

#include "hub/store/batch.hpp"
#include "telemetry/record.hpp"

namespace wayside::hub {

/// Empty if every text and time of the record can be stored and asked for; else what is wrong:
/// names too long, text that is not UTF-8, a moment outside the years 1678 to 2261.
[[nodiscard]] std::string check_record(const telemetry::Record& record);

/// The row of an event, with "rule" and "raised" taken from its data.
[[nodiscard]] EventRow make_event_row(const StreamKey& stream, std::uint64_t seq,
                                      telemetry::Event&& event);

}  // namespace wayside::hub
