#pragma once

#include <sys/types.h>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "delivery/records.hpp"
#include "support/process.hpp"
#include "support/tcp_proxy.hpp"

namespace wayside::bench {

/// UTC, now.
[[nodiscard]] std::int64_t now_ns();

/// Delays of critical records from the time they bear to their arrival, by when they arrived.
class Delays {
 public:
  void add(std::int64_t sent_ns, std::int64_t arrived_ns);
  /// Milliseconds below which the share `q` of those that were sent in [from, to) lies; NaN without
  /// any.
  [[nodiscard]] double quantile_ms(double q, std::int64_t from_ns, std::int64_t to_ns) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::int64_t, std::int64_t>> seen_;  ///< sent, delay
};

/// What has arrived.
struct Arrived {
  std::uint64_t distinct = 0;
  std::uint64_t repeated = 0;
};

/// One of those compared: near the sensors it takes lines and stores them, and forwards them
/// through `way()` to where they are counted.
class System {
 public:
  virtual ~System() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  /// Gives lines over, diagnostic or critical; waits while the system takes nothing.
  virtual void offer(const std::string& lines, bool critical) = 0;
  [[nodiscard]] virtual Arrived arrived() = 0;
  /// As `arrived`, cheap enough to be asked all the time; may count repeats.
  [[nodiscard]] virtual std::uint64_t arrived_about() = 0;
  [[nodiscard]] virtual test::TcpProxy& way() = 0;
  [[nodiscard]] virtual const Delays& delays() const = 0;
  /// Processes at the sensors, and at the other end with what lies between.
  [[nodiscard]] virtual std::vector<pid_t> near() const = 0;
  [[nodiscard]] virtual std::vector<pid_t> far() const = 0;
};

struct Setup {
  const Records* records = nullptr;
  std::string node_red;  ///< folder with node_modules/node-red; empty without
  /// Seconds between two saves of the bridge's queue.
  int autosave_s = 10;
};

/// agent → mosquitto → hub (DuckDB). Arrived: committed.
[[nodiscard]] std::unique_ptr<System> make_wayside(const Setup& setup);
/// mosquitto with a bridge → mosquitto → a subscriber. `rows`: so many lines in one message.
[[nodiscard]] std::unique_ptr<System> make_bridge(const Setup& setup, std::size_t rows);
/// Node-RED with a file as its queue → mosquitto → a subscriber.
[[nodiscard]] std::unique_ptr<System> make_node_red(const Setup& setup);

}  // namespace wayside::bench
