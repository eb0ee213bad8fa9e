#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.hpp"

namespace wayside::link {

/// Go-back-N for one lane of a stream: what was sent and is not acknowledged, and where to go on.
class SendWindow {
 public:
  struct Size {
    std::size_t records = 0;  ///< bytes of the sealed records
    std::size_t wire = 0;     ///< bytes of the message
  };
  struct Sent {
    std::uint64_t last = 0;
    Size size;
    Duration at;
  };
  /// Of what an acknowledgement covered: the frame sent last, and the bytes of all.
  struct Covered {
    Duration delay;
    std::size_t wire = 0;
  };

  /// Everything up to `watermark` is acknowledged; numbers up to `sent_before` may have been sent
  /// by an earlier run of the node.
  void reset(std::uint64_t watermark, std::uint64_t sent_before);
  void sent(std::uint64_t last, Size size, Duration now);
  /// True if the hub may know of `watermark`.
  [[nodiscard]] bool plausible(std::uint64_t watermark) const { return watermark <= sent_max_; }
  /// Nullopt where it covers nothing that was under way.
  std::optional<Covered> acknowledged(std::uint64_t watermark, Duration now);
  void rewind(std::uint64_t watermark, Duration now);
  /// Goes on at `next`: the numbers before are accounted for.
  void skip_to(std::uint64_t next) { next_ = next; }
  /// Whether a request of the hub to go back to `watermark` is news. A lost frame makes each of
  /// those behind it ask for the same.
  [[nodiscard]] bool rewind_is_due(std::uint64_t watermark, Duration now) const;

  [[nodiscard]] std::uint64_t next() const { return next_; }
  [[nodiscard]] std::uint64_t sent_max() const { return sent_max_; }
  [[nodiscard]] const Size& under_way() const { return size_; }
  [[nodiscard]] bool waiting() const { return !frames_.empty(); }
  /// Of the last acknowledgement that moved, or of the first frame that waits for one.
  [[nodiscard]] Duration progress() const { return progress_; }

 private:
  static constexpr Duration same_rewind_pause = seconds(1);

  std::uint64_t next_ = 1;
  std::uint64_t sent_max_ = 0;
  Size size_;
  Duration progress_{0};
  std::deque<Sent> frames_;
  bool rewound_ = false;
  std::uint64_t rewound_to_ = 0;
  Duration rewound_at_{0};
};

}  // namespace wayside::link
