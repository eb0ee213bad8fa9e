#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hub/store/memory/memory_store.hpp"

namespace wayside::sim {

/// The hub's store in a simulation: it outlives the hub's process, can fail, be lost and be put
/// back to an older copy. Rows are handed to an observer and not kept, so that years fit into
/// memory; what a hub that starts must know is kept: accounts of streams, newest times, alerts that
/// are not cleared.
class HubStore final : public hub::MemoryStore {
 public:
  using Observer = std::function<void(const hub::Batch&)>;
  explicit HubStore(Observer observer) : observer_(std::move(observer)) {}

  [[nodiscard]] std::string_view name() const override { return "simulation"; }
  Result<std::map<hub::StreamKey, hub::StreamTotals>> streams() override;
  Status commit(const hub::Batch& batch) override;
  Status recover() override;
  Result<hub::RowCounts> row_counts() override;
  Result<std::vector<hub::NewestTime>> newest_samples() override;
  Result<std::vector<hub::EventRow>> events(const hub::EventFilter& filter) override;

  /// Every commit and everything asked fails so; `stored`: commits are stored all the same.
  void fail(std::optional<Error> error, bool stored);
  void lose() { contents_ = {}; }
  [[nodiscard]] std::uint64_t copy();
  void restore(std::uint64_t copy) { contents_ = copies_.at(copy); }
  [[nodiscard]] const std::map<hub::StreamKey, hub::StreamTotals>& totals() const {
    return contents_.streams;
  }

 private:
  struct Contents {
    std::map<hub::StreamKey, hub::StreamTotals> streams;
    std::map<std::pair<std::string, std::string>, Time> newest;
    std::vector<hub::EventRow> alerts;
    hub::RowCounts rows;
  };
  void apply(const hub::Batch& batch);
  void apply_event(const hub::EventRow& row);

  Observer observer_;
  Contents contents_;
  std::vector<Contents> copies_;
  std::optional<Error> failure_;
  bool stored_ = false;
};

}  // namespace wayside::sim
