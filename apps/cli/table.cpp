#include "table.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <iterator>

namespace wayside::cli {
namespace {

/// Characters, not bytes, of UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool is_numeric(const std::string& text) {
  return text.empty() || text.find_first_not_of("0123456789+-.eE") == std::string::npos;
}

/// At most cell_width_max characters, on one line.
std::string fitted(const std::string& text) {
  std::string out;
  std::size_t characters = 0;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins && characters++ == Table::cell_width_max) return out + "…";
    out += c == '\n' || c == '\t' || c == '\r' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string Table::text() const {
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : rows_) {
    auto& fitted_row = cells.emplace_back();
    std::transform(row.begin(), row.end(), std::back_inserter(fitted_row), fitted);
  }
  std::vector<std::size_t> widths;
  std::vector<bool> numeric;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    std::size_t widest = width(header_[i]);
    bool numbers = !cells.empty();
    for (const auto& row : cells) {
      widest = std::max(widest, width(row[i]));
      numbers = numbers && is_numeric(row[i]);
    }
    widths.push_back(widest);
    numeric.push_back(numbers);
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += "  ";
      const std::string pad(widths[i] - width(row[i]), ' ');
      text += numeric[i] ? pad + row[i] : row[i] + pad;
    }
    while (text.ends_with(' ')) text.pop_back();
    out += text + '\n';
  };
  line(header_);
  std::vector<std::string> rule;
  rule.reserve(widths.size());
  for (const std::size_t w : widths) rule.emplace_back(w, '-');
  line(rule);
  for (const auto& row : cells) line(row);
  return out;
}

std::string plain(const nlohmann::ordered_json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

std::string short_count(double count) {
  if (std::abs(count) >= 999.5e6) return fmt::format("{:.1f}G", count * 1e-9);
  if (std::abs(count) >= 999.5e3) return fmt::format("{:.1f}M", count * 1e-6);
  if (std::abs(count) >= 9'999.5) return fmt::format("{:.0f}k", count * 1e-3);
  return fmt::format("{:.0f}", count);
}

std::string short_age(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7'200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{:.0f} h", seconds / 3'600);
  return fmt::format("{:.0f} d", seconds / 86'400);
}

}  // namespace wayside::cli
