#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "hub/store/batch.hpp"
#include "link/frame.hpp"

namespace wayside::hub {

/// What the newest accepted records of a stream were, by number: whether a number comes again with
/// something else in it.
class RecentRecords {
 public:
  static constexpr std::size_t records_max = 64;
  void remember(std::uint64_t seq, std::string_view sealed);
  /// True if the number is known to have held something else.
  [[nodiscard]] bool contradicts(std::uint64_t seq, std::string_view sealed) const;

 private:
  struct Entry {
    std::uint64_t seq = 0;
    std::uint32_t crc = 0;
  };
  std::unique_ptr<std::array<Entry, records_max>> entries_;  ///< null: none yet
};

/// One stream on its way in: what is committed, what will be with the next commit, and what to ask
/// its node for.
struct StreamIntake {
  /// The same rewind is not asked for again within this time: its frames are on their way.
  static constexpr Duration rewind_pause = seconds(2);

  /// Copies that were overtaken are answered at most so often.
  static constexpr Duration stale_pause = seconds(10);

  StreamTotals committed;
  StreamTotals now;
  bool rewind = false;       ///< ask with the next acknowledgement
  bool rewind_live = false;  ///< the same for the lane that goes ahead
  bool went_back = false;    ///< its numbers came again with something else in them
  RecentRecords recent;

  /// A record's place among the numbers.
  struct Place {
    std::uint64_t seq = 0;
    std::uint64_t span = 1;
    bool gap = false;
  };
  /// Of a frame's records. A gap that cannot be believed counts as one number.
  [[nodiscard]] static std::vector<Place> places(const link::Frame& frame);

  /// Up to where the frame's lane is whole.
  [[nodiscard]] std::uint64_t whole(const link::Frame& frame) const;
  /// Whether any of its records has a number that is not accounted for.
  [[nodiscard]] bool brings_something(const std::vector<Place>& places) const;
  /// Whether a number that is accounted for comes with something else.
  [[nodiscard]] bool contradicts(const link::Frame& frame, const std::vector<Place>& places) const;
  /// Whether the frame's lane would be one range more than there may be.
  [[nodiscard]] bool is_one_range_too_many(const link::Frame& frame) const;
  /// The frame leaves a hole: asks its node to begin again behind it, not more often than is of
  /// use. False where it has been asked just now.
  bool ask_again(const link::Frame& frame, Time now);
  /// Whether a frame that says less than was heard before is to be answered.
  bool answer_stale(Time now);
  /// Accounts for [first, last].
  void cover(std::uint64_t first, std::uint64_t last) {
    telemetry::cover(now.watermark, now.ahead, first, last);
  }

 private:
  struct Asked {
    Time at;
    std::uint64_t whole = 0;
  };
  std::optional<Asked> asked_;
  std::optional<Asked> asked_live_;
  std::optional<Time> stale_answered_;
};

}  // namespace wayside::hub
