#include "base/config/diagnostics.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace wayside::config {
namespace {

std::string line(const Diagnostics::Entry& entry, std::string_view level) {
  const Location& at = entry.at;
  if (at.line == 0) return fmt::format("{}: {}: {}\n", at.file, level, entry.message);
  return fmt::format("{}:{}:{}: {}: {}\n", at.file, at.line, at.column, level, entry.message);
}

/// Levenshtein distance, with the swap of two neighbours counted as one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

void Diagnostics::error(const Location& at, std::string message) {
  errors_.push_back({at, std::move(message)});
}

void Diagnostics::warn(const Location& at, std::string message) {
  warnings_.push_back({at, std::move(message)});
}

std::string Diagnostics::format() const {
  std::vector<std::pair<const Entry*, std::string_view>> all;
  for (const Entry& entry : errors_) all.emplace_back(&entry, "error");
  for (const Entry& entry : warnings_) all.emplace_back(&entry, "warning");
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first->at.line, a.first->at.column) <
           std::tie(b.first->at.line, b.first->at.column);
  });
  std::string out;
  for (const auto& [entry, level] : all) out += line(*entry, level);
  return out;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t word_length_max = 64;  // the distance costs the product of the lengths
  if (word.size() > word_length_max) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word_length_max) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace wayside::config
