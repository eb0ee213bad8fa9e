#include "sim/drill/verdict.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "sim/drill/load.hpp"

namespace wayside::drill {
namespace {

/// As a shell wants it.
std::string quoted(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./+=:,@").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, plain)) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

bool Verdict::passed() const {
  return std::ranges::all_of(findings, &Finding::passed);
}

Report begin_report(const Drill& drill) {
  Report report;
  report.title = drill.script.title;
  report.file = drill.file;
  report.agent_file = drill.agent_file;
  report.agent_given = drill.agent_given;
  report.length = drill.script.length;
  report.nodes = drill.script.nodes;
  report.start = drill.script.start;
  return report;
}

void Report::add(Verdict verdict) {
  ++runs;
  const bool failed_run = !verdict.passed();
  if (failed_run && failed_seeds.size() < failed_seeds_max)
    failed_seeds.push_back(verdict.outcome.seed);
  if (runs == 1 || (failed_run && failed == 0)) shown = std::move(verdict);
  if (failed_run) ++failed;
}

std::string Report::repeat_command() const {
  return fmt::format("wayside drill {}{} --seed {}", quoted(file),
                     !agent_given ? std::string() : " --agent " + quoted(agent_file),
                     shown.outcome.seed);
}

}  // namespace wayside::drill
