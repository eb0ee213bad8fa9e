#include "hub/ingest.hpp"

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
      frames_(metrics.counter("wayside_hub_frames_total", "Frames accepted or recognised")),
      records_(metrics.counter("wayside_hub_records_total", "Records collected")),
      duplicates_(metrics.counter("wayside_hub_duplicates_total", "Records that came again")),
      dropped_(metrics.counter("wayside_hub_dropped_total", "Records that gaps stand for")),
      rewinds_(metrics.counter("wayside_hub_rewinds_total", "Holes: nodes asked to send again")) {}

Status Ingest::load() {
  auto streams = store_.streams();
  if (!streams) return tl::make_unexpected(streams.error());
  streams_.clear();
  for (auto& [key, totals] : *streams) streams_[key] = Stream{totals, totals, false, {}, 0};
  touched_.clear();
  batch_ = {};
  described_.clear();
  pending_critical_ = false;
  failed_ = false;
  return {};
}

void Ingest::malformed(std::string_view sender, const std::string& reason,
                       std::string_view detail) {
  // The set keeps somebody who makes up node names from filling the registry.
  std::string label = "other";
  if (senders_.contains(sender)) {
    label = std::string(sender);
  } else if (senders_.size() < senders_max) {
    label = *senders_.emplace(sender).first;
  }
  metrics_
      .counter("wayside_hub_malformed_total", "What nodes sent and the hub could not take",
               {{"node", label}, {"reason", reason}})
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

void Ingest::take(std::string_view topic, std::string_view payload) {
  WAYSIDE_ASSERT(!failed_, "frames are taken only after load");
  const auto place = link::parse_up_topic(topic);
  if (!place) return malformed("unknown", "topic", topic.substr(0, name_bytes_max));
  auto frame = link::decode_frame(payload);
  if (!frame) return malformed(place->node, "frame", frame.error().message);
  if (frame->node != place->node || frame->tier != place->tier)
    return malformed(place->node, "sender", "the frame names another node or tier than its topic");
  if (frame->first_seq == 0 || frame->first_seq >= seq_max || frame->produced >= seq_max)
    return malformed(place->node, "numbers", "numbers count from 1 and end below 2^62");
  const StreamKey key{place->node, frame->epoch, place->tier};
  Stream* stream = find_stream(key);
  if (stream == nullptr)
    return malformed(place->node, "streams", "more streams than the hub keeps");
  frames_.add();
  touched_.insert(key);
  // What comes late of a closed stream is stored like anything else; that it goes on opens it
  // again.
  if (frame->produced > stream->now.produced) stream->now.closed = false;
  stream->now.produced = std::max(stream->now.produced, frame->produced);
  if (!close_or_rewind(key, *stream, *frame)) return;
  std::uint64_t seq = frame->first_seq;
  for (std::string& bytes : frame->records) take_record(key, *stream, seq, std::move(bytes));
  stream->now.produced = std::max(stream->now.produced, stream->now.watermark);
}

void Ingest::describe(std::vector<AssetRow> assets) {
  for (AssetRow& row : assets) described_[{row.node, row.asset}] = std::move(row);
}

bool Ingest::close_or_rewind(const StreamKey& key, Stream& stream, const link::Frame& frame) {
  const std::uint64_t watermark = stream.now.watermark;
  if (frame.first_seq <= watermark + 1) return true;
  // The node let go of these numbers, on the word of a hub whose store this is not (or an older
  // copy of it is): they cannot come again.
  const std::uint64_t gone = std::min(frame.acknowledged, frame.first_seq - 1);
  if (gone > watermark) {
    log_.warn("{}: {} records of {} were acknowledged before and are not in this store", key.node,
              gone - watermark, telemetry::to_string(key.tier));
    telemetry::Gap gap;
    gap.records = gone - watermark;
    gap.reason = "other_store";
    gap.first_time = gap.last_time = clock_.now();
    take_gap(key, stream, watermark + 1, gap);
    if (frame.first_seq <= stream.now.watermark + 1) return true;
  }
  const Time now = clock_.now();
  const bool asked = stream.rewound_at && stream.rewound_to == stream.now.watermark &&
                     now < *stream.rewound_at + rewind_pause && now >= *stream.rewound_at;
  if (asked) return false;
  stream.rewind = true;
  stream.rewound_at = now;
  stream.rewound_to = stream.now.watermark;
  rewinds_.add();
  return false;
}

void Ingest::duplicate(Stream& stream) {
  ++stream.now.duplicates;
  duplicates_.add();
}

void Ingest::take_record(const StreamKey& key, Stream& stream, std::uint64_t& seq,
                         std::string&& bytes) {
  const std::uint64_t at = seq;
  auto record = telemetry::decode(bytes);
  if (!record) {
    ++seq;
    return at <= stream.now.watermark
               ? duplicate(stream)
               : quarantine(key, stream, at, std::move(bytes), record.error().message);
  }
  const auto* gap = std::get_if<telemetry::Gap>(&*record);
  std::string problem = check_record(*record);
  const std::uint64_t produced = stream.now.produced;
  if (gap && problem.empty() && (at > produced || gap->records > produced - at + 1))
    problem = "a gap reaches beyond what was produced";
  if (gap && problem.empty()) {
    seq += gap->records;
    return seq - 1 <= stream.now.watermark ? duplicate(stream) : take_gap(key, stream, at, *gap);
  }
  ++seq;
  if (at <= stream.now.watermark) return duplicate(stream);
  if (!problem.empty()) return quarantine(key, stream, at, std::move(bytes), problem);
  stream.now.watermark = at;
  ++stream.now.delivered;
  records_.add();
  collect(key, at, std::move(*record));
}

void Ingest::take_gap(const StreamKey& key, Stream& stream, std::uint64_t seq,
                      const telemetry::Gap& gap) {
  // A gap may begin with numbers that are here already: the node dropped them while their
  // acknowledgement was under way.
  GapRow row{key,        stream.now.watermark + 1, seq + gap.records - 1, gap.samples,
             gap.reason, gap.first_time,           gap.last_time};
  const std::uint64_t records = row.last_seq - stream.now.watermark;
  stream.now.watermark = row.last_seq;
  stream.now.dropped += records;
  dropped_.add(records);
  batch_.gaps.push_back(std::move(row));
  ++batch_.rows;
}

void Ingest::quarantine(const StreamKey& key, Stream& stream, std::uint64_t seq,
                        std::string&& bytes, const std::string& reason) {
  malformed(key.node, "record", reason);
  const Time now = clock_.now();
  batch_.gaps.push_back({key, seq, seq, 0, "malformed", now, now});
  batch_.quarantine.push_back({key, seq, reason, std::move(bytes)});
  batch_.rows += 2;
  stream.now.watermark = seq;
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

Committed Ingest::outcome() {
  Committed result;
  for (const StreamKey& key : touched_) {
    Stream& stream = streams_[key];
    stream.committed = stream.now;
    result.streams[key] = stream.now;
    result.acks[key.node].push_back(
        {key.epoch, key.tier, stream.now.watermark, std::exchange(stream.rewind, false)});
  }
  std::map<std::pair<std::string, std::string>, Time> newest;
  for (const auto& [node, block, tier] : batch_.samples) {
    result.rows.samples += block.times.size();
    if (block.times.empty()) continue;
    const Time last = *std::max_element(block.times.begin(), block.times.end());
    auto [entry, added] = newest.try_emplace({node, block.asset}, last);
    entry->second = std::max(entry->second, last);
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
    acks[key.node].push_back({key.epoch, key.tier, stream.committed.watermark, true});
  return acks;
}

std::map<StreamKey, StreamTotals> Ingest::committed() const {
  std::map<StreamKey, StreamTotals> totals;
  for (const auto& [key, stream] : streams_) totals[key] = stream.committed;
  return totals;
}

}  // namespace wayside::hub
