#include "hub/json_text.hpp"

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

namespace wayside::hub {
namespace {

constexpr std::uint64_t exact_max = 1ull << 53;

template <class T>
void append_chars(std::string& out, T value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        else
          out += c;
    }
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  append_chars(out, value);
}

void append_json_integer(std::string& out, std::int64_t value) {
  const std::uint64_t size =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  if (size > exact_max) out += '"';
  append_chars(out, value);
  if (size > exact_max) out += '"';
}

void append_json_integer(std::string& out, std::uint64_t value) {
  if (value > exact_max) out += '"';
  append_chars(out, value);
  if (value > exact_max) out += '"';
}

}  // namespace wayside::hub
