#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/record.hpp"

namespace wayside::spool {

/// The gaps of one stream that the hub has not acknowledged: ranges of numbers whose records were
/// dropped. Kept whole in memory; it also notes what of it the store does not have yet.
///
/// Neighbours with the same reason are one gap. From `gaps_max` gaps on, neighbours are joined
/// whatever their reasons, as `several`; and whoever owns the records drops those that lie
/// `between` gaps, so that there never are many more.
class GapIndex {
 public:
  static constexpr std::size_t gaps_max = 16'384;
  static constexpr const char* several = "several";

  /// A gap that the store already has.
  void load(std::uint64_t first, const telemetry::Gap& gap);
  /// Covers [first, first + gap.records), as far as it is not covered yet; returns how many numbers
  /// are newly covered.
  std::uint64_t cover(std::uint64_t first, const telemetry::Gap& gap);
  /// Forgets what lies at or below `watermark`, and cuts a gap that reaches over it.
  void trim(std::uint64_t watermark);

  /// Numbers covered, in all and up to `last`.
  [[nodiscard]] std::uint64_t covered() const { return covered_; }
  [[nodiscard]] std::uint64_t covered_up_to(std::uint64_t last) const;
  /// The first number from `from` on that no gap covers.
  [[nodiscard]] std::uint64_t skip(std::uint64_t from) const;
  [[nodiscard]] std::size_t size() const { return gaps_.size(); }
  /// At most `max` of them with their first numbers, the highest first.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, telemetry::Gap>> newest(std::size_t max) const;

  struct Range {
    std::uint64_t first;
    std::uint64_t last;
  };
  /// What has to be dropped for a quarter fewer gaps: between which the fewest numbers lie, and
  /// none beyond `last`. In ascending order; nothing where there are no more than gaps_max.
  [[nodiscard]] std::vector<Range> between(std::uint64_t last) const;

  /// What the store must be told; afterwards the index takes it as told.
  struct Changes {
    std::vector<std::uint64_t> removed;
    std::vector<std::pair<std::uint64_t, telemetry::Gap>> present;
  };
  [[nodiscard]] Changes take_changes();
  /// The store did not take the changes.
  void give_back(const Changes& changes);

 private:
  void insert(std::uint64_t first, const telemetry::Gap& gap);
  [[nodiscard]] bool may_join(const telemetry::Gap& a, const telemetry::Gap& b) const;

  std::map<std::uint64_t, telemetry::Gap> gaps_;
  std::set<std::uint64_t> changed_;  ///< first numbers of gaps the store does not have so yet
  std::vector<std::uint64_t> removed_;
  std::uint64_t covered_ = 0;
};

/// What is left of a gap when its first `numbers` (fewer than all) are gone; samples in proportion.
[[nodiscard]] telemetry::Gap cut_front(telemetry::Gap gap, std::uint64_t numbers);

}  // namespace wayside::spool
