#pragma once

#include <cstdint>
#include <optional>

#include "link/send_window.hpp"
#include "telemetry/seq_ranges.hpp"

namespace wayside::link {

/// One tier's stream on its way: in order from the watermark on, and, while much waits, a second
/// lane ahead of it for what is new. The hub commits what comes ahead as ranges beyond the
/// watermark; the lanes become one again when the watermark reaches the place where the second
/// began.
class TierSender {
 public:
  enum class Lane : std::uint8_t { in_order, live };

  /// Everything up to `watermark` is acknowledged; up to `sent_before` may have been sent.
  void reset(std::uint64_t watermark, std::uint64_t sent_before);
  /// What the hub has ahead of the watermark is known: it was heard since `reset`, or there was
  /// nothing that it could have.
  [[nodiscard]] bool heard() const { return heard_; }
  /// What is numbered from `from` on goes ahead. Only where heard(), and may_open() unless it is at
  /// joint().
  void open_live(std::uint64_t from);
  /// Where a first lane would go on with the hub's last range, and so cost no other; 0: there is no
  /// such place.
  [[nodiscard]] std::uint64_t joint() const;
  /// The hub has room for one more range than it has.
  [[nodiscard]] bool may_open() const { return ahead_.size() + 1 < telemetry::seq_ranges_max; }
  [[nodiscard]] bool live() const { return live_from_ != 0; }
  [[nodiscard]] std::uint64_t live_from() const { return live_from_; }

  [[nodiscard]] SendWindow& window(Lane lane) { return lane == Lane::live ? live_ : in_order_; }
  [[nodiscard]] const SendWindow& window(Lane lane) const {
    return lane == Lane::live ? live_ : in_order_;
  }
  /// The lane that what is new goes in.
  [[nodiscard]] Lane front() const { return live() ? Lane::live : Lane::in_order; }
  /// The first number from here on that is not the lane's to send; 0: there is none.
  [[nodiscard]] std::uint64_t end(Lane lane) const;
  /// Moves the lane in order over what the hub has already.
  void skip_committed();
  [[nodiscard]] bool waiting() const { return in_order_.waiting() || live_.waiting(); }

  /// True if the hub may know of these numbers.
  [[nodiscard]] bool plausible(std::uint64_t watermark, const telemetry::SeqRanges& ahead) const;
  struct Covered {
    std::optional<SendWindow::Covered> in_order, live;
  };
  Covered acknowledged(std::uint64_t watermark, const telemetry::SeqRanges& ahead, Duration now);
  /// Up to where the lane is committed, as far as known.
  [[nodiscard]] std::uint64_t committed(Lane lane) const;
  void rewind(Lane lane, Duration now);

 private:
  void forget(Lane lane);

  SendWindow in_order_;
  SendWindow live_;
  std::uint64_t live_from_ = 0;
  std::uint64_t watermark_ = 0;
  telemetry::SeqRanges ahead_;
  bool heard_ = false;
};

}  // namespace wayside::link
