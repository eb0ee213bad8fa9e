#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/metrics.hpp"
#include "telemetry/tier.hpp"

namespace wayside::link {

/// Bytes of the PUBLISH packet that carries `payload_bytes` (MQTT 5, section 3.3; QoS 1, no
/// properties).
[[nodiscard]] std::size_t wire_bytes(std::string_view topic, std::size_t payload_bytes);

/// Counts bytes on the wire by tier, asset and kind of record. What a frame took is shared out
/// among its records in proportion to their size before compression, to the byte. One caller at a
/// time.
class TrafficMeter {
 public:
  static constexpr std::size_t series_max = 2'000;  ///< what comes beyond has the asset `other`

  TrafficMeter(Metrics& metrics, std::string name, std::string help);
  /// `node`: of whom, where several are counted; empty: no such label.
  void frame(const std::string& node, telemetry::Tier tier, const std::vector<std::string>& records,
             std::size_t bytes);
  /// What is no frame: `kind` says what it is.
  void other(const std::string& kind, std::size_t bytes);

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  [[nodiscard]] Counter& counter(const std::string& node, std::string_view tier,
                                 std::string_view asset, std::string_view kind);
  [[nodiscard]] Counter& registered(const Key& key);

  Metrics& metrics_;
  std::string name_;
  std::string help_;
  std::map<Key, Counter*> counters_;
};

}  // namespace wayside::link
