#include "hub/stream_intake.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "telemetry/record_head.hpp"

namespace wayside::hub {

void RecentRecords::remember(std::uint64_t seq, std::string_view sealed) {
  if (!entries_) entries_ = std::make_unique<std::array<Entry, records_max>>();
  (*entries_)[seq % records_max] = {seq, crc32c(sealed)};
}

bool RecentRecords::contradicts(std::uint64_t seq, std::string_view sealed) const {
  if (!entries_) return false;
  const Entry& entry = (*entries_)[seq % records_max];
  return entry.seq == seq && entry.crc != crc32c(sealed);
}

std::vector<StreamIntake::Place> StreamIntake::places(const link::Frame& frame) {
  std::vector<Place> places;
  places.reserve(frame.records.size());
  std::uint64_t seq = frame.first_seq;
  for (const std::string& sealed : frame.records) {
    Place place{seq, 1, false};
    const auto head = telemetry::peek(sealed);
    if (head && head->kind == telemetry::BodyKind::gap) {
      const auto record = telemetry::decode(sealed);
      const auto* gap = record ? std::get_if<telemetry::Gap>(&*record) : nullptr;
      place.gap = gap != nullptr && gap->records > 0 && seq <= frame.produced &&
                  gap->records <= frame.produced - seq + 1;
      if (place.gap) place.span = gap->records;
    }
    places.push_back(place);
    seq += place.span;
  }
  return places;
}

std::uint64_t StreamIntake::whole(const link::Frame& frame) const {
  if (frame.live_from == 0) return now.watermark;
  for (const telemetry::SeqRange& range : now.ahead)
    if (range.first <= frame.live_from && frame.live_from <= range.last + 1) return range.last;
  return std::max(now.watermark, frame.live_from - 1);
}

bool StreamIntake::brings_something(const std::vector<Place>& places) const {
  return std::any_of(places.begin(), places.end(), [&](const Place& place) {
    return !telemetry::uncovered(now.watermark, now.ahead, place.seq, place.seq + place.span - 1)
                .empty();
  });
}

bool StreamIntake::contradicts(const link::Frame& frame, const std::vector<Place>& places) const {
  for (std::size_t i = 0; i < places.size(); ++i)
    if (!places[i].gap && recent.contradicts(places[i].seq, frame.records[i])) return true;
  return false;
}

bool StreamIntake::is_one_range_too_many(const link::Frame& frame) const {
  return now.ahead.size() >= telemetry::seq_ranges_max && frame.live_from > now.watermark + 1 &&
         whole(frame) == frame.live_from - 1 &&
         !telemetry::contains(now.ahead, frame.live_from - 1);
}

bool StreamIntake::ask_again(const link::Frame& frame, Time time) {
  const bool live = frame.live_from != 0;
  std::optional<Asked>& asked = live ? asked_live_ : asked_;
  const std::uint64_t at = whole(frame);
  if (asked && asked->whole == at && time >= asked->at && time < asked->at + rewind_pause)
    return false;
  asked = Asked{time, at};
  (live ? rewind_live : rewind) = true;
  return true;
}

bool StreamIntake::answer_stale(Time time) {
  if (stale_answered_ && time >= *stale_answered_ && time < *stale_answered_ + stale_pause)
    return false;
  stale_answered_ = time;
  return true;
}

}  // namespace wayside::hub
