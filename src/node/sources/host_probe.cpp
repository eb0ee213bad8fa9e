#include "node/sources/host_probe.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "node/sources/parsers.hpp"

namespace wayside::node::sources {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = 256 * 1024;
constexpr double sector_bytes = 512;  // in /proc/diskstats, whatever the device's own

namespace index {
enum : std::size_t {
  cpu_usage,
  cpu_iowait,
  load_1m,
  memory_used,
  swap_used,
  disk_used,
  disk_read,
  disk_write,
  net_received,
  net_sent,
  temperature,
  count
};
}

struct SignalRow {
  const char* name;
  const char* unit;
  double min, max;
};
constexpr std::array<SignalRow, index::count> rows{{
    {"cpu_usage", "%", 0, 100},
    {"cpu_iowait", "%", 0, 100},
    {"load_1m", "1", 0, 100'000},
    {"memory_used", "%", 0, 100},
    {"swap_used", "%", 0, 100},
    {"disk_used", "%", 0, 100},
    {"disk_read", "byte/s", 0, 1e12},
    {"disk_write", "byte/s", 0, 1e12},
    {"net_received", "byte/s", 0, 1e12},
    {"net_sent", "byte/s", 0, 1e12},
    {"temperature", "degC", -40, 150},
}};

std::vector<fs::path> entries(const fs::path& folder, std::size_t max) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end && found.size() < max;
       it.increment(error))
    found.push_back(it->path());
  return found;
}

/// Change a second; nothing after a counter was set back.
std::optional<double> rate(std::optional<double> now, std::optional<double> before, double dt_s) {
  if (!now || !before || *now < *before || dt_s <= 0) return std::nullopt;
  return (*now - *before) / dt_s;
}

std::optional<double> used_share(const std::map<std::string, double>& memory, const char* total,
                                 const char* free) {
  const auto all = memory.find(total);
  const auto left = memory.find(free);
  if (all == memory.end() || left == memory.end() || all->second <= 0) return std::nullopt;
  return 100 * (1 - left->second / all->second);
}

void add(std::optional<double>& sum, double value) {
  sum = sum.value_or(0) + value;
}

/// Devices that pass on what another one does would count it twice.
bool virtual_disk(const std::string& name) {
  for (const char* prefix : {"loop", "ram", "zram", "dm-", "md"})
    if (name.starts_with(prefix)) return true;
  return false;
}

}  // namespace

const std::vector<telemetry::Signal>& HostProbe::signals() {
  static const std::vector<telemetry::Signal> signals = [] {
    std::vector<telemetry::Signal> made;
    for (const SignalRow& row : rows) {
      telemetry::Signal signal;
      signal.name = row.name;
      signal.unit = row.unit;
      signal.min = row.min;
      signal.max = row.max;
      made.push_back(signal);
    }
    return made;
  }();
  return signals;
}

std::string HostProbe::text(const fs::path& path) const {
  std::ifstream in(path, std::ios::binary);
  std::string content(file_bytes_max, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(in.gcount()));
  return content;
}

/// First line of /proc/stat: user nice system idle iowait irq softirq steal, in ticks.
void HostProbe::read_cpu(Totals& totals) const {
  std::istringstream in(text(fs::path(roots_.proc) / "stat"));
  std::string word;
  std::array<double, 8> ticks{};
  if (!(in >> word) || word != "cpu") return;
  for (double& tick : ticks)
    if (!(in >> tick)) return;
  totals.cpu = 0;
  for (const double tick : ticks) *totals.cpu += tick;
  totals.cpu_idle = ticks[3] + ticks[4];
  totals.cpu_iowait = ticks[4];
}

/// /proc/diskstats: major minor name reads merged sectors-read ms writes merged sectors-written …,
/// for whole devices, which are those with a folder in /sys/block.
void HostProbe::read_disks(Totals& totals) const {
  std::istringstream in(text(fs::path(roots_.proc) / "diskstats"));
  std::size_t devices = 0;
  for (std::string line; std::getline(in, line) && devices < devices_max; ++devices) {
    std::istringstream fields(line);
    std::string name;
    double skipped = 0;
    double read = 0;
    double written = 0;
    if (!(fields >> skipped >> skipped >> name >> skipped >> skipped >> read >> skipped >>
          skipped >> skipped >> written))
      continue;
    std::error_code error;
    if (virtual_disk(name) || !fs::exists(fs::path(roots_.sys) / "block" / name, error)) continue;
    add(totals.disk_read, read * sector_bytes);
    add(totals.disk_written, written * sector_bytes);
  }
}

/// /proc/net/dev: "name: received-bytes and seven more, sent-bytes …". Interfaces with hardware
/// behind them, or, where there is none (in a container), all but the loopback.
void HostProbe::read_networks(Totals& totals) const {
  std::istringstream in(text(fs::path(roots_.proc) / "net" / "dev"));
  Totals hardware;
  Totals any;
  std::size_t devices = 0;
  for (std::string line; std::getline(in, line) && devices < devices_max;) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    ++devices;
    std::istringstream name_in(line.substr(0, colon));
    std::string name;
    name_in >> name;
    std::istringstream fields(line.substr(colon + 1));
    std::array<double, 9> numbers{};
    bool whole = true;
    for (double& number : numbers) whole = whole && static_cast<bool>(fields >> number);
    if (!whole || name == "lo") continue;
    std::error_code error;
    const bool real = fs::exists(fs::path(roots_.sys) / "class/net" / name / "device", error);
    for (Totals* sums : {&any, &hardware}) {
      if (sums == &hardware && !real) continue;
      add(sums->received, numbers[0]);
      add(sums->sent, numbers[8]);
    }
  }
  const Totals& chosen = hardware.received ? hardware : any;
  totals.received = chosen.received;
  totals.sent = chosen.sent;
}

HostProbe::Totals HostProbe::totals() const {
  Totals totals;
  read_cpu(totals);
  read_disks(totals);
  read_networks(totals);
  return totals;
}

/// The hottest of all sensors, from thousandths of a degree.
std::optional<double> HostProbe::temperature() const {
  const fs::path sys(roots_.sys);
  std::optional<double> hottest;
  const auto look = [&](const fs::path& file) {
    std::istringstream in(text(file));
    double milli = 0;
    if (!(in >> milli)) return;
    const double degrees = milli / 1000;
    if (degrees < -40 || degrees > 150) return;  // sensors that are not wired up say such things
    hottest = std::max(hottest.value_or(degrees), degrees);
  };
  for (const fs::path& zone : entries(sys / "class/thermal", devices_max))
    if (zone.filename().string().starts_with("thermal_zone")) look(zone / "temp");
  for (const fs::path& monitor : entries(sys / "class/hwmon", devices_max))
    for (const fs::path& file : entries(monitor, devices_max)) {
      const std::string name = file.filename().string();
      if (name.starts_with("temp") && name.ends_with("_input")) look(file);
    }
  return hottest;
}

std::optional<double> HostProbe::disk_used() const {
  struct statvfs disk {};
  if (::statvfs(roots_.disk.c_str(), &disk) != 0 || disk.f_blocks == 0) return std::nullopt;
  // As df does: what is used, of what is used or free to a user.
  const auto used = static_cast<double>(disk.f_blocks - disk.f_bfree);
  return 100 * used / (used + static_cast<double>(disk.f_bavail));
}

/// /proc/meminfo: "MemTotal:  8046876 kB" a line.
std::map<std::string, double> HostProbe::read_memory() const {
  std::map<std::string, double> memory;
  std::istringstream lines(text(fs::path(roots_.proc) / "meminfo"));
  for (std::string line; std::getline(lines, line) && memory.size() < devices_max;) {
    std::istringstream fields(line);
    std::string name;
    if (double kib = 0; fields >> name >> kib) memory[name] = kib;
  }
  return memory;
}

std::vector<std::optional<double>> HostProbe::read(Duration now) {
  std::vector<std::optional<double>> values(index::count);
  const Totals t = totals();
  const double dt_s = (now - last_read_).seconds();
  if (const auto cpu = rate(t.cpu, last_.cpu, 1); cpu && *cpu > 0) {
    const auto share = [&](std::optional<double> part) { return part ? *part / *cpu * 100 : 0; };
    values[index::cpu_usage] =
        std::clamp(100 - share(rate(t.cpu_idle, last_.cpu_idle, 1)), 0.0, 100.0);
    values[index::cpu_iowait] =
        std::clamp(share(rate(t.cpu_iowait, last_.cpu_iowait, 1)), 0.0, 100.0);
  }
  values[index::disk_read] = rate(t.disk_read, last_.disk_read, dt_s);
  values[index::disk_write] = rate(t.disk_written, last_.disk_written, dt_s);
  values[index::net_received] = rate(t.received, last_.received, dt_s);
  values[index::net_sent] = rate(t.sent, last_.sent, dt_s);
  last_ = t;
  last_read_ = now;

  std::istringstream load(text(fs::path(roots_.proc) / "loadavg"));
  if (double one_minute = 0; load >> one_minute) values[index::load_1m] = one_minute;
  const auto memory = read_memory();
  values[index::memory_used] = used_share(memory, "MemTotal:", "MemAvailable:");
  values[index::swap_used] = used_share(memory, "SwapTotal:", "SwapFree:");
  values[index::disk_used] = disk_used();
  values[index::temperature] = temperature();
  return values;
}

telemetry::Kind computer_kind() {
  return {"computer", HostProbe::signals()};
}

}  // namespace wayside::node::sources
