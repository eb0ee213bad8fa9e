#include "link/tier_sender.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::link {

void TierSender::reset(std::uint64_t watermark, std::uint64_t sent_before) {
  *this = TierSender();
  watermark_ = watermark;
  in_order_.reset(watermark, sent_before);
  heard_ = sent_before <= watermark;
}

std::uint64_t TierSender::joint() const {
  if (live() || ahead_.empty() || ahead_.back().last + 1 < in_order_.next()) return 0;
  return ahead_.back().last + 1;
}

void TierSender::open_live(std::uint64_t from) {
  WAYSIDE_ASSERT(heard_ && (may_open() || from == joint()), "the hub has room for the lane");
  WAYSIDE_ASSERT(from >= in_order_.next(), "a lane begins behind what was sent");
  const std::uint64_t sent = std::max(in_order_.sent_max(), live_.sent_max());
  live_from_ = from;
  live_.reset(from - 1, sent);
}

std::uint64_t TierSender::end(Lane lane) const {
  if (lane == Lane::live) return 0;
  std::uint64_t end = live_from_;
  for (const telemetry::SeqRange& range : ahead_)
    if (range.first >= in_order_.next() && (end == 0 || range.first < end)) end = range.first;
  return end;
}

void TierSender::skip_committed() {
  for (const telemetry::SeqRange& range : ahead_)
    if (range.first <= in_order_.next() && in_order_.next() <= range.last)
      in_order_.skip_to(range.last + 1);
}

bool TierSender::plausible(std::uint64_t watermark, const telemetry::SeqRanges& ahead) const {
  const std::uint64_t sent = std::max(in_order_.sent_max(), live_.sent_max());
  return (ahead.empty() ? watermark : ahead.back().last) <= sent;
}

TierSender::Covered TierSender::acknowledged(std::uint64_t watermark,
                                             const telemetry::SeqRanges& ahead, Duration now) {
  // An acknowledgement that was overtaken says less than is known.
  if (watermark < watermark_) return {};
  watermark_ = watermark;
  ahead_ = ahead;
  heard_ = true;
  Covered covered;
  covered.in_order = in_order_.acknowledged(watermark, now);
  if (live()) covered.live = live_.acknowledged(committed(Lane::live), now);
  if (live() && watermark + 1 >= live_from_) {
    in_order_ = std::exchange(live_, SendWindow());
    live_from_ = 0;
  }
  for (const Lane lane : {Lane::in_order, Lane::live}) forget(lane);
  return covered;
}

/// Nothing is under way, and the hub has less than it once said: its store was set back. What is
/// still here goes again.
void TierSender::forget(Lane lane) {
  SendWindow& sent = window(lane);
  if (lane == Lane::live && !live()) return;
  if (!sent.waiting() && sent.next() > committed(lane) + 1) sent.skip_to(committed(lane) + 1);
}

std::uint64_t TierSender::committed(Lane lane) const {
  if (lane == Lane::in_order) return watermark_;
  for (const telemetry::SeqRange& range : ahead_)
    if (range.first <= live_from_ && live_from_ <= range.last + 1) return range.last;
  return std::max(watermark_, live_from_ - 1);
}

void TierSender::rewind(Lane lane, Duration now) {
  window(lane).rewind(committed(lane), now);
}

}  // namespace wayside::link
