#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wayside::hub {

/// JSON scalars appended to a text, for replies with many rows.
void append_json_string(std::string& out, std::string_view text);
/// The shortest text that reads back as the same double; `null` for NaN and infinities.
void append_json_number(std::string& out, double value);
/// As a number within ±2^53, beyond as text, because a reader in JavaScript would round it.
void append_json_integer(std::string& out, std::int64_t value);
void append_json_integer(std::string& out, std::uint64_t value);

}  // namespace wayside::hub
