#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.hpp"
#include "hub/catalog/catalog.hpp"
#include "hub/ingest.hpp"
#include "hub/store/store.hpp"
#include "link/node_state.hpp"

namespace wayside::hub {

struct NodeView {
  link::NodeState state;  ///< without `kinds` and `assets`
  std::vector<std::string> assets;
  std::optional<Time> since;
  std::optional<Time> last_seen;
  std::optional<Time> data_time;
  std::array<std::uint64_t, telemetry::tier_count> backlog{};  ///< records, of the present epoch
  std::size_t open_alerts = 0;                                 ///< neither cleared nor acknowledged
};

struct AssetView {
  std::string asset, node, site;
  std::optional<link::NodeState::Kind> kind;  ///< unknown until the node describes itself
  std::map<std::string, std::string> tags;
  std::optional<Time> data_time;
  std::size_t open_alerts = 0;               ///< neither cleared nor acknowledged
  std::optional<telemetry::Severity> worst;  ///< of the alerts that are not cleared
};

/// The present state of the fleet, in memory, kept up to date by what was committed and by what the
/// nodes say of themselves. Safe from any thread.
class Fleet {
 public:
  static constexpr std::size_t alerts_max = 100'000;  ///< not cleared, newest first

  /// From what store and catalog hold; again after the store had to recover.
  [[nodiscard]] Status load(TelemetryStore& store, Catalog& catalog);

  /// A node's retained state. Returns what is to be kept of it: an offline state without a schema
  /// leaves the last schema in place.
  [[nodiscard]] CatalogNode take_state(link::NodeState state, Time received);
  /// Alerts that the batch ended, as they are now.
  [[nodiscard]] std::vector<EventRow> take(const Committed& committed);
  void acknowledged(const std::string& event_id);
  void replaced(const Replaced& features);

  [[nodiscard]] std::vector<NodeView> nodes() const;
  [[nodiscard]] std::optional<NodeView> node(const std::string& name) const;
  [[nodiscard]] std::vector<AssetView> assets() const;
  /// What the nodes said of their assets, for the store; of one node, or of all.
  [[nodiscard]] std::vector<AssetRow> asset_rows(const std::string& node = {}) const;
  [[nodiscard]] RowCounts rows() const;
  [[nodiscard]] std::map<StreamKey, StreamTotals> streams() const;
  [[nodiscard]] std::optional<Time> data_time(const std::string& asset) const;
  /// Neither cleared nor acknowledged.
  [[nodiscard]] std::size_t open_alerts() const;

 private:
  struct Alert {
    EventRow row;
    bool acknowledged = false;
  };
  using Place = std::pair<std::string, std::string>;  ///< node, asset

  using Rule = std::tuple<std::string, std::string, std::string>;  ///< node, asset, rule

  [[nodiscard]] NodeView view(const std::string& name) const;
  void add_alert(const EventRow& row, bool acknowledged);
  void erase_alert(const std::string& id);
  void end_alerts(const EventRow& row, std::vector<EventRow>& ended);

  mutable std::mutex mutex_;
  std::map<std::string, CatalogNode> nodes_;
  std::map<StreamKey, StreamTotals> streams_;
  std::map<std::string, Time> last_seen_;
  std::map<Place, Time> newest_;
  std::map<std::string, Alert> alerts_;             ///< not cleared, by event id
  std::map<Rule, std::set<std::string>> by_rule_;   ///< their ids
  std::set<std::pair<Time, std::string>> by_time_;  ///< their ids, oldest first
  RowCounts rows_;
};

}  // namespace wayside::hub
