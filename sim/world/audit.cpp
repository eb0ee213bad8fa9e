#include "sim/world/audit.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <deque>
#include <utility>

#include "base/assert.hpp"
#include "sim/world/digest.hpp"
#include "telemetry/seq_ranges.hpp"

namespace wayside::sim {

using telemetry::Tier;

namespace {

enum class Fate : std::uint8_t {
  waiting,
  stored,
  gone,
  reset,  ///< gone with its spool, unless it was on its way already
};

/// A record that a spool numbered.
struct Entry {
  std::uint64_t seq = 0;
  std::uint64_t hash = 0;
  std::uint64_t samples = 0;
  Duration accepted;
  Fate fate = Fate::waiting;
};

struct StreamBook {
  std::deque<Entry> entries;  ///< by number; the oldest are forgotten once nobody can send them
  std::uint64_t durable = 0;
  std::uint64_t acknowledged = 0;  ///< the hub's store had it once, and the node knows
};

/// What of a stream the hub's store accounts for.
struct Reach {
  std::uint64_t watermark = 0;
  telemetry::SeqRanges ahead;
  [[nodiscard]] bool covers(std::uint64_t seq) const {
    return seq <= watermark || telemetry::contains(ahead, seq);
  }
};

struct SignalBook {
  std::size_t tier = 0;
  std::uint64_t in_memory = 0;  ///< accepted and in no record yet
  Duration since;               ///< when the oldest of these was accepted
};

struct AssetBook {
  std::vector<SignalBook> signals;
  std::map<std::string, std::size_t, std::less<>> index;
};

struct NodeBook {
  std::string name;
  std::vector<AssetBook> assets;
  std::map<std::string, std::size_t, std::less<>> index;
  std::array<TierAudit, telemetry::tier_count> tiers;
  std::array<std::uint64_t, telemetry::tier_count> in_memory{};  ///< samples in no record yet
  /// Refused in the moment in which the process ended: the power went while they were written, and
  /// they may be there all the same. By contents, with their samples.
  std::array<std::map<std::uint64_t, std::uint64_t>, telemetry::tier_count> unsure;
  /// Refused at one moment, in this life of the process: unsure where it ends at that moment.
  std::array<std::map<std::uint64_t, std::uint64_t>, telemetry::tier_count> doubted;
  Duration refused_at;  ///< all in `doubted`
  std::optional<std::uint64_t> epoch;
  std::map<std::uint64_t, std::array<StreamBook, telemetry::tier_count>> streams;  ///< by epoch
  Duration ended;
};

/// So that records of one content are told from those of another; the same on both ends.
struct Hasher {
  Digest digest;
  void text(std::string_view t) { digest.add(t); }
  void times(const std::vector<Time>& times) {
    digest.add(std::uint64_t{times.size()});
    for (const Time t : times) digest.add(static_cast<std::uint64_t>(t.ns));
  }
  void values(const std::vector<double>& values) {
    digest.add(std::uint64_t{values.size()});
    for (const double v : values) digest.add(v);
  }
  void operator()(const telemetry::SampleBlock& r) {
    text(r.asset);
    text(r.signal);
    times(r.times);
    values(r.values);
    for (const auto q : r.qualities) digest.add(static_cast<std::uint64_t>(q));
  }
  void operator()(const telemetry::FeatureBlock& r) {
    text(r.asset);
    for (const auto& name : r.names) text(name);
    times(r.times);
    values(r.values);
  }
  void operator()(const telemetry::Decision& r) {
    text(r.asset);
    text(r.model);
    digest.add(static_cast<std::uint64_t>(r.time.ns));
    digest.add(r.score);
  }
  void operator()(const telemetry::Event& r) {
    text(r.asset);
    text(r.kind);
    text(r.text);
    digest.add(static_cast<std::uint64_t>(r.time.ns));
  }
  void operator()(const telemetry::Health& r) {
    digest.add(static_cast<std::uint64_t>(r.time.ns));
    values(r.values);
  }
  void operator()(const telemetry::Gap&) {}
};

template <class Record>
std::uint64_t hash_of(const Record& record) {
  Hasher hasher;
  hasher(record);
  return hasher.digest.value();
}

/// What came of one tier of one node with one commit, whatever the order.
struct Sum {
  std::uint64_t records = 0;
  std::uint64_t hashes = 0;
  void add(std::uint64_t hash) {
    ++records;
    hashes += hash;
  }
};
using Sums = std::map<std::pair<std::string, Tier>, Sum>;

/// `take` gets node, tier and the contents' hash.
template <class Take>
void each_record(const hub::Batch& batch, Take take) {
  const auto all = [&](const auto& rows) {
    for (const auto& row : rows) take(row.node, row.tier, hash_of(row.record));
  };
  all(batch.samples);
  all(batch.features);
  all(batch.decisions);
  all(batch.health);
  for (const auto& row : batch.events) take(row.node, row.tier, hash_of(row.event));
}

Sums sums_of(const hub::Batch& batch) {
  Sums sums;
  each_record(batch, [&](const std::string& node, Tier tier, std::uint64_t hash) {
    sums[{node, tier}].add(hash);
  });
  return sums;
}

}  // namespace

struct Audit::State {
  [[nodiscard]] TierAudit& tier(std::size_t node, Tier t) {
    return nodes[node].tiers[static_cast<std::size_t>(t)];
  }
  void settle(NodeBook& node, std::size_t t, const hub::StreamKey& key,
              const hub::StreamTotals& totals, const hub::Batch& batch, Duration now,
              Sum& expected);
  void store(std::size_t node, std::size_t t, Entry& entry, Duration now);
  void forget(StreamBook& stream) const;
  void lose(NodeBook& node, std::size_t t, Entry& entry, Lost& as);
  void add_unsure(NodeBook& node, Tier tier, const hub::Batch& batch, Sum& expected);
  void fault(std::string sentence) {
    if (faults.size() < faults_max) faults.push_back(std::move(sentence));
  }

  std::vector<NodeBook> nodes;
  std::map<std::string, std::size_t, std::less<>> index;
  std::map<hub::StreamKey, Reach> reaches;  ///< of the hub's store
  std::vector<std::map<hub::StreamKey, Reach>> copies;
  std::vector<Delivered> critical;
  std::vector<std::string> faults;
};

Audit::Audit() : state_(std::make_unique<State>()) {}
Audit::~Audit() = default;

std::size_t Audit::add_node(const node::AgentConfig& config) {
  NodeBook& node = state_->nodes.emplace_back();
  node.name = config.node;
  for (const auto& asset : config.table.assets) {
    node.index.emplace(asset.name, node.assets.size());
    AssetBook& book = node.assets.emplace_back();
    for (const auto& signal : config.table.kinds[asset.kind].signals) {
      book.index.emplace(signal.name, book.signals.size());
      book.signals.push_back({static_cast<std::size_t>(signal.tier), 0, Duration{0}});
    }
  }
  state_->index.emplace(config.node, state_->nodes.size() - 1);
  return state_->nodes.size() - 1;
}

void Audit::accepted(std::size_t node, const telemetry::Sample& sample, Duration now) {
  NodeBook& book = state_->nodes[node];
  SignalBook& signal = book.assets[sample.asset.index()].signals[sample.signal.index()];
  if (signal.in_memory++ == 0) signal.since = now;
  ++book.in_memory[signal.tier];
  ++book.tiers[signal.tier].accepted_samples;
  ++book.tiers[signal.tier].waiting_samples;
}

void Audit::recorded(std::size_t node, std::uint64_t epoch, Tier tier, std::uint64_t seq,
                     const telemetry::Record& record, Duration now) {
  NodeBook& book = state_->nodes[node];
  const auto t = static_cast<std::size_t>(tier);
  TierAudit& audit = book.tiers[t];
  Entry entry{seq, std::visit([](const auto& r) { return hash_of(r); }, record), 0, now,
              Fate::waiting};
  if (const auto* block = std::get_if<telemetry::SampleBlock>(&record)) {
    AssetBook& asset = book.assets[book.index.find(block->asset)->second];
    SignalBook& signal = asset.signals[asset.index.find(block->signal)->second];
    entry.samples = block->times.size();
    entry.accepted = signal.since;
    signal.in_memory -= std::min(signal.in_memory, entry.samples);
    book.in_memory[t] -= std::min(book.in_memory[t], entry.samples);
  }
  if (seq == 0) {
    ++audit.refused.records;
    audit.refused.samples += entry.samples;
    audit.waiting_samples -= entry.samples;
    if (std::exchange(book.refused_at, now) != now) book.doubted = {};
    book.doubted[t][entry.hash] = entry.samples;
    return;
  }
  ++audit.numbered_records;
  ++audit.waiting_records;
  auto& entries = book.streams[epoch][t].entries;
  if (!entries.empty() && entries.back().seq >= seq)
    state_->fault(fmt::format("{} {}: number {} was given out after {}", book.name, to_string(tier),
                              seq, entries.back().seq));
  entries.push_back(entry);
}

void Audit::overrun(std::size_t node, Tier tier, const Lost& lost, Duration now) {
  NodeBook& book = state_->nodes[node];
  const auto t = static_cast<std::size_t>(tier);
  TierAudit& audit = book.tiers[t];
  audit.overrun.records += lost.records;
  // What was lost before the pipeline took it was not accepted.
  const std::uint64_t samples = std::min(lost.samples, book.in_memory[t]);
  audit.overrun.samples += samples;
  audit.waiting_samples -= samples;
  book.in_memory[t] -= samples;
  // Which signals they were of is not known: what is left is at least as young as this.
  for (AssetBook& asset : book.assets)
    for (SignalBook& signal : asset.signals)
      if (signal.tier == t && signal.in_memory > 0) signal.since = now;
}

void Audit::durable(std::size_t node, std::uint64_t epoch, Tier tier, std::uint64_t seq) {
  StreamBook& stream = state_->nodes[node].streams[epoch][static_cast<std::size_t>(tier)];
  stream.durable = std::max(stream.durable, seq);
}

void Audit::acknowledged(std::size_t node, std::uint64_t epoch, Tier tier, std::uint64_t seq) {
  StreamBook& stream = state_->nodes[node].streams[epoch][static_cast<std::size_t>(tier)];
  if (seq <= stream.acknowledged) return;
  stream.acknowledged = seq;
  state_->forget(stream);
}

/// While there are copies of the store, what it held may be asked for again.
void Audit::State::forget(StreamBook& stream) const {
  if (!copies.empty()) return;
  auto& entries = stream.entries;
  while (!entries.empty() && entries.front().fate != Fate::waiting &&
         entries.front().seq <= stream.acknowledged)
    entries.pop_front();
}

void Audit::State::lose(NodeBook& node, std::size_t t, Entry& entry, Lost& as) {
  TierAudit& audit = node.tiers[t];
  if (entry.fate == Fate::waiting) {
    --audit.waiting_records;
    audit.waiting_samples -= entry.samples;
  } else if (entry.fate == Fate::stored) {
    --audit.stored_records;
    audit.stored_samples -= entry.samples;
  }
  entry.fate = Fate::gone;
  ++as.records;
  as.samples += entry.samples;
}

void Audit::ended(std::size_t node, Duration now) {
  NodeBook& book = state_->nodes[node];
  book.ended = now;
  if (book.refused_at == now)
    for (std::size_t t = 0; t < telemetry::tier_count; ++t) book.unsure[t].merge(book.doubted[t]);
  book.doubted = {};
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    TierAudit& audit = book.tiers[t];
    audit.cut.samples += book.in_memory[t];
    audit.waiting_samples -= book.in_memory[t];
    book.in_memory[t] = 0;
  }
  for (AssetBook& asset : book.assets)
    for (SignalBook& signal : asset.signals) {
      if (signal.in_memory > 0) {
        auto& age = book.tiers[signal.tier].cut_age;
        age = std::max(age.value_or(Duration{0}), now - signal.since);
      }
      signal.in_memory = 0;
    }
}

void Audit::reopened(std::size_t node, std::uint64_t epoch,
                     const std::array<spool::LedgerLine, telemetry::tier_count>& ledger) {
  NodeBook& book = state_->nodes[node];
  for (auto& [old, streams] : book.streams)
    for (std::size_t t = 0; t < telemetry::tier_count; ++t)
      for (Entry& entry : streams[t].entries) {
        TierAudit& audit = book.tiers[t];
        if (entry.fate != Fate::waiting) continue;
        if (old != epoch) {
          state_->lose(book, t, entry, audit.reset);
          entry.fate = Fate::reset;
          continue;
        }
        if (entry.seq <= ledger[t].produced) continue;
        if (entry.seq <= streams[t].durable)
          state_->fault(fmt::format("{} {}: number {} was durable and is gone", book.name,
                                    to_string(telemetry::all_tiers[t]), entry.seq));
        audit.cut_age = std::max(audit.cut_age.value_or(Duration{0}), book.ended - entry.accepted);
        state_->lose(book, t, entry, audit.cut);
      }
  // Numbers that went with the process are given out again.
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    StreamBook& stream = book.streams[epoch][t];
    while (!stream.entries.empty() && stream.entries.back().seq > ledger[t].produced)
      stream.entries.pop_back();
    stream.durable = std::min(stream.durable, ledger[t].produced);
  }
  book.epoch = epoch;
}

void Audit::State::store(std::size_t node, std::size_t t, Entry& entry, Duration now) {
  TierAudit& audit = nodes[node].tiers[t];
  if (entry.fate == Fate::reset) {
    --audit.reset.records;
    audit.reset.samples -= entry.samples;
  } else if (entry.fate == Fate::waiting) {
    --audit.waiting_records;
    audit.waiting_samples -= entry.samples;
  }
  entry.fate = Fate::stored;
  ++audit.stored_records;
  audit.stored_samples += entry.samples;
  if (t == static_cast<std::size_t>(Tier::critical))
    critical.push_back({node, entry.accepted, now});
}

/// One stream from where the store was to where it is now: what the node gave these numbers to,
/// less what gaps name, must have come.
void Audit::State::settle(NodeBook& book, std::size_t t, const hub::StreamKey& key,
                          const hub::StreamTotals& totals, const hub::Batch& batch, Duration now,
                          Sum& expected) {
  Reach& reach = reaches[key];
  StreamBook& stream = book.streams[key.epoch][t];
  auto& entries = stream.entries;
  const auto due = [](const Entry& e) { return e.fate == Fate::waiting || e.fate == Fate::reset; };
  const auto each = [&](std::uint64_t first, std::uint64_t last, const auto& use) {
    auto it = std::lower_bound(entries.begin(), entries.end(), first,
                               [](const Entry& entry, std::uint64_t s) { return entry.seq < s; });
    for (; it != entries.end() && it->seq <= last; ++it)
      if (due(*it)) use(*it);
  };
  const auto node = static_cast<std::size_t>(&book - nodes.data());
  for (const hub::GapRow& gap : batch.gaps) {
    if (gap.stream != key) continue;
    Lost named;
    each(gap.first_seq, gap.last_seq, [&](Entry& entry) { lose(book, t, entry, named); });
    // Of a store that was lost, what had been in it is counted when it is lost.
    const bool other = gap.reason == "other_store";
    Lost& as = other ? book.tiers[t].other_store : book.tiers[t].gaps[gap.reason];
    as.records += other ? named.records : gap.last_seq - gap.first_seq + 1;
    as.samples += named.samples;
  }
  const auto come = [&](std::uint64_t first, std::uint64_t last) {
    for (const auto& part : telemetry::uncovered(reach.watermark, reach.ahead, first, last))
      each(part.first, part.last, [&](Entry& entry) {
        if (entry.seq > stream.durable)
          fault(fmt::format("{} {}: number {} was sent before it was durable", book.name,
                            to_string(key.tier), entry.seq));
        expected.add(entry.hash);
        store(node, t, entry, now);
      });
  };
  if (totals.watermark > reach.watermark) come(reach.watermark + 1, totals.watermark);
  for (const telemetry::SeqRange& range : totals.ahead) come(range.first, range.last);
  reach = {totals.watermark, totals.ahead};
  forget(stream);
}

/// What nobody knew to be in the spool was in it.
void Audit::State::add_unsure(NodeBook& node, Tier tier, const hub::Batch& batch, Sum& expected) {
  const auto t = static_cast<std::size_t>(tier);
  TierAudit& audit = node.tiers[t];
  each_record(batch, [&](const std::string& name, Tier its, std::uint64_t hash) {
    if (name != node.name || its != tier) return;
    const auto found = node.unsure[t].find(hash);
    if (found == node.unsure[t].end()) return;
    expected.add(hash);
    --audit.refused.records;
    audit.refused.samples -= found->second;
    ++audit.stored_records;
    audit.stored_samples += found->second;
    node.unsure[t].erase(found);
  });
}

void Audit::stored(const hub::Batch& batch, Duration now) {
  Sums came = sums_of(batch);
  Sums expected;
  for (const auto& [key, totals] : batch.streams) {
    const auto found = state_->index.find(key.node);
    if (found == state_->index.end()) {
      state_->fault(fmt::format("the hub stores a stream of {}, which is no node", key.node));
      continue;
    }
    state_->settle(state_->nodes[found->second], static_cast<std::size_t>(key.tier), key, totals,
                   batch, now, expected[{key.node, key.tier}]);
  }
  for (auto& [place, sum] : expected) {
    const Sum& got = came[place];
    if (got.records == sum.records && got.hashes == sum.hashes) continue;
    state_->add_unsure(state_->nodes[state_->index.find(place.first)->second], place.second, batch,
                       sum);
    if (got.records == sum.records && got.hashes == sum.hashes) continue;
    state_->fault(fmt::format("{} {}: the hub stored {} records where {} were due{}", place.first,
                              to_string(place.second), got.records, sum.records,
                              got.records == sum.records ? ", and others" : ""));
  }
  for (const auto& [place, sum] : came)
    if (!expected.contains(place) && sum.records > 0)
      state_->fault(fmt::format("{} {}: the hub stored {} records that belong to no stream",
                                place.first, to_string(place.second), sum.records));
}

Audit::Copy Audit::copy() {
  state_->copies.push_back(state_->reaches);
  return state_->copies.size() - 1;
}

/// What the nodes were told was stored is lost with the store; the rest comes again.
void Audit::store_reset(std::optional<Copy> copy) {
  State& s = *state_;
  const auto before = std::exchange(s.reaches, {});
  if (copy) s.reaches = s.copies.at(*copy);
  for (const auto& [key, was] : before) {
    NodeBook& book = s.nodes[s.index.find(key.node)->second];
    const auto t = static_cast<std::size_t>(key.tier);
    TierAudit& audit = book.tiers[t];
    const Reach now = copy ? s.reaches[key] : Reach{};
    for (Entry& entry : book.streams[key.epoch][t].entries) {
      if (entry.fate != Fate::stored || now.covers(entry.seq)) continue;
      --audit.stored_records;
      audit.stored_samples -= entry.samples;
      entry.fate = Fate::waiting;
      ++audit.waiting_records;
      audit.waiting_samples += entry.samples;
    }
  }
  if (copy) return;
  // The rest was acknowledged: nobody sends it again.
  for (NodeBook& book : s.nodes)
    for (TierAudit& audit : book.tiers) {
      audit.other_store.records += std::exchange(audit.stored_records, 0);
      audit.other_store.samples += std::exchange(audit.stored_samples, 0);
    }
}

const TierAudit& Audit::tier(std::size_t node, Tier tier) const {
  return state_->tier(node, tier);
}

const std::vector<Delivered>& Audit::critical() const {
  return state_->critical;
}

const std::vector<std::string>& Audit::faults() const {
  return state_->faults;
}

void Audit::fault(std::string sentence) {
  state_->fault(std::move(sentence));
}

}  // namespace wayside::sim
