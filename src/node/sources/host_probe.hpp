#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "telemetry/schema.hpp"

namespace wayside::node::sources {

/// Reads this computer's own measurements from the kernel's files. What a machine does not have (a
/// temperature sensor, swap) or cannot be read gives no value.
class HostProbe {
 public:
  struct Roots {
    std::string proc = "/proc";
    std::string sys = "/sys";
    std::string disk = "/";  ///< any path on the file system to watch
  };

  explicit HostProbe(Roots roots) : roots_(std::move(roots)) {}

  /// The schema: one entry of `read` for each signal, in this order.
  [[nodiscard]] static const std::vector<telemetry::Signal>& signals();
  /// Values in the signals' units. Rates (CPU use, bytes a second) are over the time since the call
  /// before, and missing from the first. `now` is monotonic.
  [[nodiscard]] std::vector<std::optional<double>> read(Duration now);

 private:
  /// Files of one kind that are looked at, at most: a computer with more is counted in part.
  static constexpr std::size_t devices_max = 256;

  /// Totals since the computer started.
  struct Totals {
    std::optional<double> cpu, cpu_idle, cpu_iowait;
    std::optional<double> disk_read, disk_written;  // bytes
    std::optional<double> received, sent;           // bytes
  };
  [[nodiscard]] std::string text(const std::filesystem::path& path) const;
  [[nodiscard]] Totals totals() const;
  void read_cpu(Totals& totals) const;
  void read_disks(Totals& totals) const;
  void read_networks(Totals& totals) const;
  [[nodiscard]] std::map<std::string, double> read_memory() const;
  [[nodiscard]] std::optional<double> temperature() const;
  [[nodiscard]] std::optional<double> disk_used() const;

  Roots roots_;
  Totals last_;
  Duration last_read_;
};

}  // namespace wayside::node::sources
