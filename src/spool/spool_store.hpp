#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/tier.hpp"

namespace wayside::spool {

/// One stored entry of a stream.
struct StoredEntry {
  telemetry::Tier tier = telemetry::Tier::bulk;
  std::uint64_t seq = 0;
  std::uint64_t span = 1;
  bool is_gap = false;
  Time time;  ///< wall time of appending, for `keep`
  std::uint64_t samples = 0;
  std::string record;
};

/// Running totals of a stream, stored with every change in the same transaction.
struct StreamTotals {
  std::uint64_t produced = 0;
  std::uint64_t watermark = 0;
  std::uint64_t dropped = 0;
};

/// Where a spool keeps its entries. Changes are collected in one transaction and become durable,
/// all or none, at `commit`. One caller at a time.
class SpoolStore {
 public:
  virtual ~SpoolStore() = default;
  /// 0 if the store is new.
  [[nodiscard]] virtual Result<std::uint64_t> epoch() = 0;
  [[nodiscard]] virtual Status set_epoch(std::uint64_t epoch) = 0;
  [[nodiscard]] virtual Result<StreamTotals> totals(telemetry::Tier tier) = 0;
  [[nodiscard]] virtual Status set_totals(telemetry::Tier tier, const StreamTotals& totals) = 0;
  [[nodiscard]] virtual Status put(const StoredEntry& entry) = 0;
  /// Removes the entries with first <= seq <= last.
  [[nodiscard]] virtual Status erase(telemetry::Tier tier, std::uint64_t first,
                                     std::uint64_t last) = 0;
  [[nodiscard]] virtual Result<std::vector<StoredEntry>> read(telemetry::Tier tier,
                                                              std::uint64_t from,
                                                              std::size_t bytes_max) = 0;
  /// Payload bytes held, over all tiers.
  [[nodiscard]] virtual Result<std::uint64_t> bytes(telemetry::Tier tier) = 0;
  /// `durable`: on stable storage when it returns, else only ordered.
  [[nodiscard]] virtual Status commit(bool durable) = 0;
  virtual void rollback() = 0;
};

}  // namespace wayside::spool
