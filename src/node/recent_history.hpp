#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/agent_config.hpp"
#include "node/recent_series.hpp"
#include "telemetry/record.hpp"

namespace wayside::node {

struct OpenAlert;

/// What this node recorded lately, in bounded memory, for the local API. Safe from any thread.
class RecentHistory {
 public:
  static constexpr std::size_t series_bytes_max = 3u << 20;  ///< over all series of all assets
  static constexpr std::size_t buckets_min = 32;
  static constexpr std::size_t buckets_max = 900;
  static constexpr std::size_t decisions_max = 200;
  static constexpr std::size_t events_max = 300;

  explicit RecentHistory(const AgentConfig& config);

  /// A record that was accepted; `seq` is its number in the tier's stream, 0 if it has none.
  void add(telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record);
  /// An alert that an earlier run of the agent left open.
  void restore(const OpenAlert& alert);

  enum class SeriesKind : std::uint8_t { signal, feature, score };
  struct SeriesName {
    std::string name;
    SeriesKind kind = SeriesKind::signal;
    std::string unit;
  };
  struct StoredEvent {
    telemetry::Tier tier = telemetry::Tier::diagnostic;
    std::uint64_t seq = 0;
    telemetry::Event event;
    std::optional<Time> cleared;
    bool open = false;  ///< an alert that is not cleared
  };
  struct AssetState {
    std::optional<Time> newest;
    std::size_t open_alerts = 0;
    telemetry::Severity worst = telemetry::Severity::info;  ///< of the open alerts
  };

  [[nodiscard]] std::vector<SeriesName> series_names(AssetId asset) const;
  /// Points of one series; empty for an unknown name.
  [[nodiscard]] std::vector<Point> series(AssetId asset, std::string_view name, Time from,
                                          Time to) const;
  [[nodiscard]] AssetState asset_state(AssetId asset) const;
  /// Newest first; empty `asset` or `model`: any.
  [[nodiscard]] std::vector<telemetry::Decision> decisions(const std::string& asset,
                                                           const std::string& model, Time from,
                                                           Time to, std::size_t limit) const;
  [[nodiscard]] std::vector<StoredEvent> events(const std::string& asset, const std::string& kind,
                                                bool open_only, Time from, Time to,
                                                std::size_t limit) const;
  /// Samples, feature values, decisions and events since the program started.
  [[nodiscard]] std::array<std::uint64_t, 4> rows() const;

 private:
  struct Asset {
    std::map<std::string, RecentSeries, std::less<>> series;
    std::map<std::string, telemetry::Severity, std::less<>> open;  ///< by rule
    std::optional<Time> newest;
  };

  void add_samples(const telemetry::SampleBlock& block);
  void add_features(const telemetry::FeatureBlock& block);
  void add_decision(const telemetry::Decision& decision);
  void add_event(telemetry::Tier tier, std::uint64_t seq, const telemetry::Event& event);
  void keep_event(telemetry::Tier tier, std::uint64_t seq, const telemetry::Event& event);
  void track_alert(StoredEvent& stored, Asset* asset);
  [[nodiscard]] Asset* find(std::string_view asset);

  const AgentConfig& config_;
  mutable std::mutex mutex_;
  std::vector<Asset> assets_;
  std::map<std::string, std::size_t, std::less<>> asset_index_;
  std::deque<telemetry::Decision> decisions_;
  std::deque<StoredEvent> events_;
  std::array<std::uint64_t, 4> rows_{};
};

}  // namespace wayside::node
