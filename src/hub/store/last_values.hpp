#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/batch.hpp"

namespace wayside::hub {

/// Which assets; empty: any. Kind, site and tags are those that the nodes last published.
struct AssetScope {
  std::string asset, kind, site;
  std::string tag, tag_value;  ///< the asset's tag has this value

  [[nodiscard]] bool admits(const AssetRow& row) const;
};

struct LastRequest {
  static constexpr std::size_t rows_max = 100'000;
  AssetScope scope;
  std::vector<std::string> signals;    ///< empty: all
  std::optional<double> above, below;  ///< only values beyond these, themselves left out
};

struct LastValue {
  std::shared_ptr<const AssetRow> asset;  ///< never null; only names where no node described it
  std::string signal;
  Time time;
  double value = 0;
};

/// The newest value of quality good of every signal, of equal times the one that arrived later,
/// and what nodes last said of their assets: in memory, so that asking for them waits for no table.
/// A store puts into it what it commits and, when it is opened, what it holds. From any thread.
class LastValues {
 public:
  /// Holds what `other` held, from one moment to the next.
  void become(LastValues&& other);
  void take(const Batch& batch);
  void describe(const AssetRow& row);
  void take(const std::string& node, const std::string& asset, const std::string& signal, Time time,
            double value);
  /// All of the asset, of whatever node.
  void forget(const std::string& asset);
  /// By asset, signal and node. Errors: `full` for more than rows_max.
  [[nodiscard]] Result<std::vector<LastValue>> find(const LastRequest& request) const;

 private:
  struct Point {
    std::uint32_t signal;
    Time time;
    double value;
  };
  struct Asset {
    std::shared_ptr<const AssetRow> row;
    std::vector<Point> points;  ///< one a signal
  };
  using Key = std::pair<std::string, std::string>;  ///< asset, node

  [[nodiscard]] Asset& asset_of(const std::string& node, const std::string& asset);
  [[nodiscard]] std::uint32_t number_of(const std::string& signal);
  void put(Asset& asset, std::uint32_t signal, Time time, double value);

  mutable std::mutex mutex_;
  std::map<Key, Asset> assets_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  ///< of signals' names
  std::vector<std::string> names_;
};

}  // namespace wayside::hub
