#include "delivery/records.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace wayside::bench {

Records::Records(const std::string& folder) {
  add_engines(folder + "/cmapss/train_FD001.txt");
  add_nab(folder + "/nab/data");
  for (const Series& s : series_) {
    if (s.values.empty()) throw std::runtime_error(s.asset + " has no values");
    heads_.push_back(fmt::format(R"({{"asset":"{}","signal":"{}","time":)", s.asset, s.signal));
  }
}

/// A row is unit, cycle, then 24 columns.
void Records::add_engines(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("there is no " + file);
  for (std::size_t e = 0; e < engines; ++e)
    for (std::size_t s = 0; s < engine_signals; ++s)
      series_.push_back({fmt::format("engine-{}", e + 1), fmt::format("s{}", s + 1), {}});
  for (std::string line; std::getline(in, line);) {
    std::istringstream row(line);
    std::size_t unit = 0;
    std::string cycle;
    row >> unit >> cycle;
    if (unit == 0 || unit > engines) continue;
    for (std::size_t s = 0; s < engine_signals; ++s) {
      std::string value;
      row >> value;
      series_[(unit - 1) * engine_signals + s].values.push_back(value);
    }
  }
}

void Records::add_nab(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (std::size_t f = 0; f < files.size(); ++f) {
    Series series{fmt::format("nab-{}", f + 1), "value", {}};
    std::ifstream in(files[f]);
    std::string line;
    std::getline(in, line);  // the header
    while (std::getline(in, line)) {
      if (line.ends_with('\r')) line.pop_back();
      const std::size_t comma = line.find(',');
      if (comma != std::string::npos) series.values.push_back(line.substr(comma + 1));
    }
    series_.push_back(std::move(series));
  }
}

void Records::append(std::string& out, std::size_t s, std::uint64_t k, std::int64_t time_ns) const {
  const auto& values = series_[s].values;
  out += heads_[s];
  fmt::format_to(std::back_inserter(out), "{}", time_ns);
  out += ",\"value\":";
  out += values[k % values.size()];
  out += "}\n";
}

void Records::append_probe(std::string& out, std::uint64_t k, std::int64_t time_ns) {
  fmt::format_to(std::back_inserter(out),
                 "{{\"asset\":\"{}\",\"signal\":\"{}\",\"time\":{},\"value\":{}}}\n", probe_asset,
                 probe_signal, time_ns, k);
}

std::string Records::agent_yaml() const {
  std::string yaml = fmt::format(
      "kinds:\n  probe:\n    signals: {{{}: {{tier: critical}}}}\n  nab:\n    signals: {{value: "
      "{{}}}}\n  engine:\n    signals: {{",
      probe_signal);
  for (std::size_t s = 0; s < engine_signals; ++s)
    yaml += fmt::format("{}s{}: {{}}", s == 0 ? "" : ", ", s + 1);
  yaml += fmt::format("}}\nassets:\n  - {{name: {}, kind: probe}}\n", probe_asset);
  std::string last;
  for (const Series& s : series_) {
    if (s.asset == last) continue;
    last = s.asset;
    yaml += fmt::format("  - {{name: {}, kind: {}}}\n", s.asset,
                        s.signal == "value" ? "nab" : "engine");
  }
  return yaml;
}

}  // namespace wayside::bench
