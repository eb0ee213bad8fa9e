#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wayside::table {

/// Appends the shortest decimal text that reads back as the same double: `nan`, `inf` and `-inf`
/// for what has no digits, as C, Python, pandas and DuckDB read them.
void append_number(std::string& out, double value);
void append_integer(std::string& out, std::int64_t value);
/// Appends one field of RFC 4180, quoted where it must be.
void append_field(std::string& out, std::string_view text);

}  // namespace wayside::table
