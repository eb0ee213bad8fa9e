#include "hub/ingest.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "hub/record_check.hpp"
#include "link/topics.hpp"

namespace wayside::hub {

using telemetry::Tier;

Ingest::Ingest(TelemetryStore& store, const Clock& clock, Metrics& metrics, Log log)
    : store_(store),
      clock_(clock),
      metrics_(metrics),
      log_(std::move(log)),
      traffic_(metrics, "wayside_hub_wire_bytes_total",
               "Bytes of MQTT packets received from nodes, by what was in them"),
      frames_(metrics.counter("wayside_hub_frames_total", "Frames accepted or recognised")),
      records_(metrics.counter("wayside_hub_records_total", "Records collected")),
      duplicates_(metrics.counter("wayside_hub_duplicates_total", "Records that came again")),
      dropped_(metrics.counter("wayside_hub_dropped_total", "Records that gaps stand for")),
      rewinds_(metrics.counter("wayside_hub_rewinds_total", "Holes: nodes asked to send again")) {}

Status Ingest::load() {
  auto streams = store_.streams();
  if (!streams) return tl::make_unexpected(streams.error());
  streams_.clear();
  for (auto& [key, totals] : *streams) streams_[key].committed = streams_[key].now = totals;
  touched_.clear();
  batch_ = {};
  late_alerts_.clear();
  described_.clear();
  pending_critical_ = false;
  failed_ = false;
  return {};
}

/// The set keeps somebody who makes up node names from filling the registry.
std::string Ingest::label_of(std::string_view sender) {
  if (senders_.contains(sender)) return std::string(sender);
  return senders_.size() < senders_max ? *senders_.emplace(sender).first : "other";
}

void Ingest::malformed(std::string_view sender, const std::string& reason,
                       std::string_view detail) {
  metrics_
      .counter("wayside_hub_malformed_total", "What nodes sent and the hub could not take",
               {{"node", label_of(sender)}, {"reason", reason}})
      .add();
  log_.warn("{}: malformed ({}): {}", sender, reason, detail);
}

Ingest::Stream* Ingest::find_stream(const StreamKey& key) {
  const auto found = streams_.find(key);
  if (found != streams_.end()) return &found->second;
  if (streams_.size() >= streams_max) return nullptr;
  end_other_epochs(key);
  return &streams_[key];
}

/// A node that begins an epoch has lost what the one before still owed.
void Ingest::end_other_epochs(const StreamKey& key) {
  for (auto other = streams_.lower_bound({key.node, 0, Tier::critical});
       other != streams_.end() && other->first.node == key.node; ++other) {
    StreamTotals& totals = other->second.now;
    if (other->first.epoch == key.epoch || totals.closed || totals.missing() == 0) continue;
    totals.closed = true;
    touched_.insert(other->first);
    log_.warn("{}: {} records of {} of an earlier epoch will hardly come: the node began another",
              key.node, totals.missing(), telemetry::to_string(other->first.tier));
  }
}

void Ingest::refuse(std::string_view sender, const std::string& reason, std::string_view detail,
                    std::size_t wire_bytes) {
  traffic_.other("refused", wire_bytes);
  malformed(sender, reason, detail);
}

void Ingest::know(const std::string& node, std::uint64_t epoch) {
  if (epochs_.size() < streams_max || epochs_.contains(node)) epochs_[node] = epoch;
}

bool Ingest::known(const std::string& node) const {
  if (epochs_.contains(node)) return true;
  const auto stream = streams_.lower_bound({node, 0, Tier::critical});
  return stream != streams_.end() && stream->first.node == node;
}

/// Its node says that it is in another epoch. What was on its way when it changed is taken until
/// the first frame of the new one.
bool Ingest::left(const StreamKey& key) const {
  const auto epoch = epochs_.find(key.node);
  if (epoch == epochs_.end() || epoch->second == 0 || epoch->second == key.epoch) return false;
  return !streams_.contains(key) ||
         std::any_of(telemetry::all_tiers.begin(), telemetry::all_tiers.end(), [&](Tier t) {
           return streams_.contains({key.node, epoch->second, t});
         });
}

/// Why the frame is refused, as `reason: detail`; empty where it is not.
std::string Ingest::problem_of(const StreamKey& key, const link::Frame& frame) const {
  if (frame.node != key.node || frame.tier != key.tier)
    return "sender: the frame names another node or tier than its topic";
  if (frame.first_seq == 0 || frame.first_seq >= seq_max || frame.produced >= seq_max)
    return "numbers: they count from 1 and end below 2^62";
  if (frame.records.size() - 1 > frame.produced || frame.first_seq > frame.produced ||
      frame.first_seq + frame.records.size() - 1 > frame.produced)
    return "numbers: its records go beyond what it says was produced";
  if (frame.acknowledged >= frame.first_seq)
    return "numbers: it says that its own records were acknowledged";
  if (!known(key.node)) return "unknown_node: nobody has heard of this node";
  if (left(key)) return "epoch: its node is in another epoch now";
  return {};
}

void Ingest::take(std::string_view topic, std::string_view payload) {
  WAYSIDE_ASSERT(!failed_, "frames are taken only after load");
  const std::size_t wire = link::wire_bytes(topic, payload.size());
  const auto place = link::parse_up_topic(topic);
  if (!place) return refuse("unknown", "topic", topic.substr(0, name_bytes_max), wire);
  auto frame = link::decode_frame(payload);
  if (!frame) return refuse(place->node, "frame", frame.error().message, wire);
  const StreamKey key{place->node, frame->epoch, place->tier};
  const auto refuse_for = [&](const std::string& problem) {
    const auto colon = problem.find(':');
    refuse(key.node, problem.substr(0, colon), problem.substr(colon + 2), wire);
  };
  if (const std::string problem = problem_of(key, *frame); !problem.empty())
    return refuse_for(problem);
  const auto places = Stream::places(*frame);
  // A gap among them takes more numbers than one.
  if (places.back().seq + places.back().span - 1 > frame->produced)
    return refuse_for("numbers: its records go beyond what it says was produced");
  Stream* stream = find_stream(key);
  if (stream == nullptr) return refuse_for("streams: more streams than the hub keeps");
  if (!stream->went_back && stream->contradicts(*frame, places)) stream->went_back = true;
  if (stream->went_back)
    return refuse_for(
        "went_back: numbers come again with something else in them; its spool is an "
        "older copy, and must begin a new epoch");
  if (stream->is_one_range_too_many(*frame))
    return refuse_for("ranges: more parts of the stream ahead of it than the hub keeps");
  traffic_.frame(key.node, key.tier, frame->records, wire);
  frames_.add();
  take_frame(key, *stream, *frame, places);
}

void Ingest::take_frame(const StreamKey& key, Stream& stream, link::Frame& frame,
                        const std::vector<Stream::Place>& places) {
  if (frame.produced < stream.now.produced && !stream.brings_something(places))
    return take_stale(key, stream, frame);
  touched_.insert(key);
  // What comes late of a closed stream is stored like anything else; that it goes on opens it
  // again.
  if (frame.produced > stream.now.produced) stream.now.closed = false;
  stream.now.produced = std::max(stream.now.produced, frame.produced);
  if (!close_or_rewind(key, stream, frame)) return;
  for (std::size_t i = 0; i < places.size(); ++i)
    take_record(key, stream, places[i], std::move(frame.records[i]));
}

/// A node that sends again says the newest number it has. So this is a copy that was overtaken; or
/// else the node's spool is an older copy of itself, which the answer tells it.
void Ingest::take_stale(const StreamKey& key, Stream& stream, const link::Frame& frame) {
  metrics_
      .counter("wayside_hub_stale_frames_total", "Frames that say less than was heard before",
               {{"node", label_of(key.node)}})
      .add();
  stream.now.duplicates += frame.records.size();
  duplicates_.add(frame.records.size());
  if (!stream.answer_stale(clock_.now())) return;
  touched_.insert(key);
  log_.warn(
      "{}: a frame of {} says that {} records were produced, {} had been before: it was overtaken "
      "on its way, or the node's spool is an older copy of itself",
      key.node, telemetry::to_string(key.tier), frame.produced, stream.now.produced);
}

void Ingest::take_oversize(std::string_view topic, std::size_t bytes) {
  const auto place = link::parse_up_topic(topic);
  malformed(place ? std::string_view(place->node) : "unknown", "oversize",
            fmt::format("a message of {} bytes", bytes));
}

void Ingest::ask_again(const std::string& node, telemetry::Tier tier) {
  for (auto stream = streams_.lower_bound({node, 0, Tier::critical});
       stream != streams_.end() && stream->first.node == node; ++stream) {
    if (stream->first.tier != tier || stream->second.now.closed) continue;
    stream->second.rewind = stream->second.rewind_live = true;
    touched_.insert(stream->first);
  }
}

void Ingest::describe(std::vector<AssetRow> assets) {
  for (AssetRow& row : assets) described_[{row.node, row.asset}] = std::move(row);
}

bool Ingest::close_or_rewind(const StreamKey& key, Stream& stream, const link::Frame& frame) {
  if (frame.first_seq <= stream.whole(frame) + 1) return true;
  // The node let go of these numbers, on the word of a hub whose store this is not (or an older
  // copy of it is): they cannot come again.
  const std::uint64_t gone = std::min(frame.acknowledged, frame.first_seq - 1);
  if (gone > stream.now.watermark) {
    const auto parts = telemetry::uncovered(stream.now.watermark, stream.now.ahead, 1, gone);
    log_.warn("{}: {} records of {} were acknowledged before and are not in this store", key.node,
              telemetry::count(parts), telemetry::to_string(key.tier));
    telemetry::Gap gap;
    gap.records = gone - stream.now.watermark;
    gap.reason = "other_store";
    gap.first_time = gap.last_time = clock_.now();
    take_gap(key, stream, stream.now.watermark + 1, gap);
    if (frame.first_seq <= stream.whole(frame) + 1) return true;
  }
  if (stream.ask_again(frame, clock_.now())) rewinds_.add();
  return false;
}

void Ingest::duplicate(Stream& stream) {
  ++stream.now.duplicates;
  duplicates_.add();
}

void Ingest::take_record(const StreamKey& key, Stream& stream, const Stream::Place& place,
                         std::string&& bytes) {
  const std::uint64_t last = place.seq + place.span - 1;
  if (telemetry::uncovered(stream.now.watermark, stream.now.ahead, place.seq, last).empty())
    return duplicate(stream);
  auto record = telemetry::decode(bytes);
  if (!record) return quarantine(key, stream, place.seq, std::move(bytes), record.error().message);
  std::string problem = check_record(*record);
  const auto* gap = std::get_if<telemetry::Gap>(&*record);
  if (gap && problem.empty() && !place.gap) problem = "a gap reaches beyond what was produced";
  if (!problem.empty()) return quarantine(key, stream, place.seq, std::move(bytes), problem);
  if (gap) return take_gap(key, stream, place.seq, *gap);
  stream.recent.remember(place.seq, bytes);
  stream.cover(place.seq, place.seq);
  ++stream.now.delivered;
  records_.add();
  const auto* event = std::get_if<telemetry::Event>(&*record);
  // Its end may have come before it, in the lane that goes ahead.
  if (event != nullptr && event->kind == "alert_raised" && !stream.now.ahead.empty())
    late_alerts_.push_back(batch_.events.size());
  collect(key, place.seq, std::move(*record));
}

void Ingest::take_gap(const StreamKey& key, Stream& stream, std::uint64_t seq,
                      const telemetry::Gap& gap) {
  const std::uint64_t last = seq + gap.records - 1;
  // A gap may reach over numbers that are here already: the node dropped them while their
  // acknowledgement was under way.
  std::uint64_t samples = gap.samples;
  for (const telemetry::SeqRange& part :
       telemetry::uncovered(stream.now.watermark, stream.now.ahead, seq, last)) {
    batch_.gaps.push_back({key, part.first, part.last, std::exchange(samples, 0), gap.reason,
                           gap.first_time, gap.last_time});
    ++batch_.rows;
    const std::uint64_t records = part.last - part.first + 1;
    stream.now.dropped += records;
    dropped_.add(records);
  }
  stream.cover(seq, last);
}

void Ingest::quarantine(const StreamKey& key, Stream& stream, std::uint64_t seq,
                        std::string&& bytes, const std::string& reason) {
  malformed(key.node, "record", reason);
  const Time now = clock_.now();
  batch_.gaps.push_back({key, seq, seq, 0, "malformed", now, now});
  batch_.quarantine.push_back({key, seq, reason, std::move(bytes)});
  batch_.rows += 2;
  stream.cover(seq, seq);
  ++stream.now.dropped;
  dropped_.add();
}

void Ingest::collect(const StreamKey& key, std::uint64_t seq, telemetry::Record&& record) {
  batch_.rows += telemetry::row_count(record);
  if (key.tier == Tier::critical) pending_critical_ = true;
  if (auto* block = std::get_if<telemetry::SampleBlock>(&record)) {
    batch_.samples.push_back({key.node, std::move(*block), key.tier});
  } else if (auto* features = std::get_if<telemetry::FeatureBlock>(&record)) {
    batch_.features.push_back({key.node, std::move(*features), key.tier});
  } else if (auto* decision = std::get_if<telemetry::Decision>(&record)) {
    batch_.decisions.push_back({key.node, std::move(*decision), key.tier});
  } else if (auto* event = std::get_if<telemetry::Event>(&record)) {
    batch_.events.push_back(make_event_row(key, seq, std::move(*event)));
  } else if (auto* health = std::get_if<telemetry::Health>(&record)) {
    batch_.health.push_back({key.node, std::move(*health), key.tier});
  }
}

Result<Committed> Ingest::commit() {
  const Time now = clock_.now();
  for (const StreamKey& key : touched_) {
    Stream& stream = streams_[key];
    if (stream.now == stream.committed) continue;  // a rewind alone
    stream.now.updated = now;
    batch_.streams[key] = stream.now;
  }
  if (const Status looked = end_late_alerts(); !looked) {
    failed_ = true;
    return tl::make_unexpected(looked.error());
  }
  for (auto& [place, row] : described_) batch_.assets.push_back(std::move(row));
  described_.clear();
  if (!batch_.streams.empty() || !batch_.assets.empty()) {
    const Status stored = store_.commit(batch_);
    if (!stored) {
      failed_ = true;
      return tl::make_unexpected(stored.error());
    }
  }
  return outcome();
}

/// Alerts that waited while what ended them went ahead.
Status Ingest::end_late_alerts() {
  for (const std::size_t place : std::exchange(late_alerts_, {})) {
    EventRow& raised = batch_.events[place];
    const auto look_at = [&](const EventRow& later) {
      if (ends_alert(raised, later) && (!raised.cleared || later.event.time < *raised.cleared))
        raised.cleared = later.event.time;
    };
    for (const EventRow& later : batch_.events) look_at(later);
    EventFilter filter;
    filter.asset = raised.event.asset;
    filter.from = raised.event.time;
    filter.limit = enders_max;
    const auto stored = store_.events(filter);
    if (!stored) return tl::make_unexpected(stored.error());
    for (const EventRow& later : *stored) look_at(later);
  }
  return {};
}

Committed Ingest::outcome() {
  Committed result;
  for (const StreamKey& key : touched_) {
    Stream& stream = streams_[key];
    stream.committed = stream.now;
    result.streams[key] = stream.now;
    result.acks[key.node].push_back({key.epoch, key.tier, stream.now.watermark,
                                     std::exchange(stream.rewind, false), stream.now.ahead,
                                     std::exchange(stream.rewind_live, false)});
  }
  std::map<std::pair<std::string, std::string>, Time> newest;
  for (const auto& [node, block, tier] : batch_.samples) {
    result.rows.samples += block.times.size();
    for (std::size_t i = 0; i < block.times.size(); ++i) {
      if (block.qualities[i] != telemetry::Quality::good) continue;
      auto [entry, added] = newest.try_emplace({node, block.asset}, block.times[i]);
      entry->second = std::max(entry->second, block.times[i]);
    }
  }
  for (auto& [place, time] : newest) result.newest.push_back({place.first, place.second, time});
  for (const auto& [node, block, tier] : batch_.features)
    result.rows.features += block.values.size();
  for (const auto& [node, health, tier] : batch_.health) result.rows.health += health.values.size();
  result.rows.decisions = batch_.decisions.size();
  result.rows.events = batch_.events.size();
  result.events = std::move(batch_.events);
  touched_.clear();
  batch_ = {};
  pending_critical_ = false;
  return result;
}

std::map<std::string, std::vector<link::AckStream>> Ingest::all_acks() const {
  std::map<std::string, std::vector<link::AckStream>> acks;
  for (const auto& [key, stream] : streams_)
    acks[key.node].push_back(
        {key.epoch, key.tier, stream.committed.watermark, true, stream.committed.ahead, true});
  return acks;
}

std::map<StreamKey, StreamTotals> Ingest::committed() const {
  std::map<StreamKey, StreamTotals> totals;
  for (const auto& [key, stream] : streams_) totals[key] = stream.committed;
  return totals;
}

}  // namespace wayside::hub
