#pragma once

#include <rapidcheck.h>
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "spool/spool.hpp"

/// A plain model of the spool, for property tests of any store: random operations, crashes, full
/// and failing disks and damaged entries are applied to both, and compared.
namespace wayside::spool::testing {

/// The way from a test to the medium under its store.
struct Medium {
  std::function<std::unique_ptr<SpoolStore>()> open;
  std::function<bool(telemetry::Tier, std::uint64_t)> corrupt;  ///< false: no such entry
};

/// A store between the spool and the real one, whose commits can fail; a crash is a commit that
/// never happens again.
class FaultyStore : public SpoolStore {
 public:
  struct Switch {
    std::optional<Error> fails;
    std::uint64_t commits = 0;
  };
  FaultyStore(std::unique_ptr<SpoolStore> inner, std::shared_ptr<Switch> fault)
      : inner_(std::move(inner)), switch_(std::move(fault)) {}

  bool recreated() const override { return inner_->recreated(); }
  Result<std::uint64_t> epoch() override { return inner_->epoch(); }
  Status set_epoch(std::uint64_t e) override { return inner_->set_epoch(e); }
  Result<StreamTotals> totals(telemetry::Tier t) override { return inner_->totals(t); }
  Status set_totals(telemetry::Tier t, const StreamTotals& totals) override {
    return inner_->set_totals(t, totals);
  }
  Result<std::optional<Retention>> retention() override { return inner_->retention(); }
  Status set_retention(const std::optional<Retention>& retention) override {
    return inner_->set_retention(retention);
  }
  Result<std::uint64_t> held(telemetry::Tier t, std::uint64_t a, std::uint64_t b) override {
    return inner_->held(t, a, b);
  }
  Result<std::vector<StoredEntry>> gaps(telemetry::Tier t) override { return inner_->gaps(t); }
  Status put(const StoredEntry& entry) override { return inner_->put(entry); }
  Result<std::uint64_t> erase(telemetry::Tier t, std::uint64_t a, std::uint64_t b) override {
    return inner_->erase(t, a, b);
  }
  Status commit() override {
    if (switch_->fails) return tl::make_unexpected(*switch_->fails);
    ++switch_->commits;
    return inner_->commit();
  }
  void rollback() override { inner_->rollback(); }
  Result<std::vector<StoredEntry>> read(telemetry::Tier t, std::uint64_t from,
                                        std::size_t bytes_max) override {
    return inner_->read(t, from, bytes_max);
  }
  Result<std::vector<EntryHead>> heads(telemetry::Tier t, std::uint64_t from,
                                       std::size_t n) override {
    return inner_->heads(t, from, n);
  }
  Status limit(std::uint64_t bytes) override { return inner_->limit(bytes); }
  Result<Room> room() override { return inner_->room(); }
  std::uint64_t footprint(std::uint64_t bytes) const override { return inner_->footprint(bytes); }
  std::uint64_t bytes_taken() override { return inner_->bytes_taken(); }
  void tidy() override { inner_->tidy(); }
  Status recreate() override { return inner_->recreate(); }

 private:
  std::unique_ptr<SpoolStore> inner_;
  std::shared_ptr<Switch> switch_;
};

/// What became of a number.
enum class Fate { queued, dropped };

class Model {
 public:
  Model(const Medium& medium, std::uint64_t bytes_max, std::size_t record_bytes_max = 1'500)
      : medium_(medium), record_bytes_max_(record_bytes_max) {
    options_.bytes_max = bytes_max;
    reopen();
  }

  /// Runs one random history of at most `steps_max` operations.
  void run(int steps_max) {
    const int steps = *rc::gen::inRange(1, steps_max);
    for (int i = 0; i < steps; ++i) {
      operate();
      for (const LedgerLine& line : spool_->ledger()) RC_ASSERT(line.balanced());
      if (*rc::gen::inRange(0, 3) == 0) compare();
    }
    fault_->fails.reset();
    crash();
    compare();
  }

 private:
  using Tier = telemetry::Tier;

  struct StreamModel {
    std::vector<Fate> fates;  ///< number n at n - 1
    std::vector<std::uint64_t> ids;
    std::uint64_t watermark = 0;
    std::uint64_t safe = 0;  ///< numbers up to here survive a crash
  };

  StreamModel& stream(Tier tier) { return streams_[static_cast<std::size_t>(tier)]; }

  void reopen() {
    fault_ = std::make_shared<FaultyStore::Switch>();
    auto opened = Spool::open(std::make_unique<FaultyStore>(medium_.open(), fault_), options_, 7,
                              clock_, metrics_, {});
    RC_ASSERT(opened.has_value());
    spool_ = std::move(*opened);
  }

  void operate() {
    const Tier tier = *rc::gen::element(Tier::critical, Tier::diagnostic, Tier::bulk, Tier::bulk);
    switch (*rc::gen::inRange(0, 14)) {
      case 0:
        return drop(tier);
      case 1:
        return acknowledge(tier);
      case 2:
        return crash();
      case 3:
        return toggle_fault();
      case 4:
        return damage(tier);
      case 5:
        return retain();
      case 6:
        return compare_kept();
      case 7:
      case 8:
        clock_.advance(milliseconds(*rc::gen::inRange(1, 1500)));
        spool_->step();
        return;
      default:
        return append(tier);
    }
  }

  void append(Tier tier) {
    const auto size = *rc::gen::inRange<std::size_t>(0, record_bytes_max_);
    const telemetry::Event event{"a", std::to_string(++last_id_), clock_.now(),
                                 {},  std::string(size, 'x'),     ""};
    const auto seq = spool_->append(tier, event);
    StreamModel& s = stream(tier);
    s.fates.push_back(seq ? Fate::queued : Fate::dropped);
    s.ids.push_back(last_id_);
    if (!seq) return;
    RC_ASSERT(*seq == s.fates.size());
    if (tier == Tier::critical) {
      RC_ASSERT(spool_->durable(tier) >= *seq);
      s.safe = *seq;
    }
  }

  void drop(Tier tier) {
    const auto count = *rc::gen::inRange<std::uint64_t>(1, 5);
    RC_ASSERT(spool_->drop(tier, {count, 3, "overrun", clock_.now(), clock_.now()}).has_value());
    stream(tier).fates.insert(stream(tier).fates.end(), count, Fate::dropped);
    stream(tier).ids.insert(stream(tier).ids.end(), count, 0);
  }

  void acknowledge(Tier tier) {
    if (!compare()) return;
    StreamModel& s = stream(tier);
    const std::uint64_t durable = spool_->durable(tier);
    RC_ASSERT(!spool_->acknowledge(tier, durable + 1).has_value());
    const auto to = *rc::gen::inRange<std::uint64_t>(0, durable + 1);
    RC_ASSERT(spool_->acknowledge(tier, to).has_value());
    s.watermark = std::max(s.watermark, to);
    RC_ASSERT(spool_->watermark(tier) == s.watermark);
  }

  /// Asks for what lies from random numbers on; later ones than before, mostly.
  void retain() {
    wanted_.emplace();
    for (const Tier tier : telemetry::all_tiers)
      wanted_->from[static_cast<std::size_t>(tier)] =
          *rc::gen::inRange<std::uint64_t>(0, stream(tier).fates.size() + 2);
    wanted_->note = std::to_string(++last_id_);
    spool_->retain(*wanted_);
  }

  /// What is kept is whole, in order and what was put in; with room nothing wanted is missing.
  void compare_kept() {
    if (!compare()) return;
    for (const Tier tier : telemetry::all_tiers) {
      const StreamModel& s = stream(tier);
      std::set<std::uint64_t> seen;
      for (std::uint64_t from = 0;;) {
        const auto part = spool_->read_kept(tier, from, *rc::gen::inRange<std::size_t>(1, 5'000));
        RC_ASSERT(part.has_value());
        if (part->next == from) break;
        for (const auto& entry : part->entries) {
          RC_ASSERT(entry.seq >= from);
          RC_ASSERT(entry.seq < part->next);
          const auto record = telemetry::decode(entry.record);
          RC_ASSERT(record.has_value());
          RC_ASSERT(std::get<telemetry::Event>(*record).kind ==
                    std::to_string(s.ids[entry.seq - 1]));
          seen.insert(entry.seq);
        }
        from = part->next;
      }
      for (std::uint64_t seq = s.watermark + 1; seq <= s.fates.size(); ++seq)
        RC_ASSERT(seen.contains(seq) == (s.fates[seq - 1] == Fate::queued));
      check_forgotten(tier, seen);
    }
  }

  void check_forgotten(Tier tier, const std::set<std::uint64_t>& seen) {
    const StreamModel& s = stream(tier);
    const auto wanted = spool_->retention();
    RC_ASSERT(wanted.has_value() == wanted_.has_value());
    if (wanted) RC_ASSERT(wanted->note == wanted_->note);
    const std::uint64_t from =
        wanted ? wanted->from[static_cast<std::size_t>(tier)] : s.watermark + 1;
    for (const std::uint64_t seq : seen) RC_ASSERT(seq >= from || seq > s.watermark);
  }

  void toggle_fault() {
    if (fault_->fails)
      fault_->fails.reset();
    else
      fault_->fails = Error{*rc::gen::element(Errc::full, Errc::io), "as the test wants it"};
  }

  void damage(Tier tier) {
    const StreamModel& s = stream(tier);
    if (s.fates.size() <= s.watermark) return;
    medium_.corrupt(
        tier, s.watermark + *rc::gen::inRange<std::uint64_t>(1, s.fates.size() - s.watermark + 1));
  }

  /// The process dies; what was not committed is gone, and its numbers are given out again.
  void crash() {
    fault_->fails = Error{Errc::io, "crashed"};
    spool_.reset();
    reopen();
    wanted_ = spool_->retention();
    for (const Tier tier : telemetry::all_tiers) {
      StreamModel& s = stream(tier);
      const LedgerLine line = spool_->ledger()[static_cast<std::size_t>(tier)];
      RC_ASSERT(line.balanced());
      RC_ASSERT(line.produced >= s.safe);
      RC_ASSERT(line.produced <= s.fates.size());
      RC_ASSERT(spool_->watermark(tier) <= s.watermark);
      s.fates.resize(line.produced);
      s.ids.resize(line.produced);
      s.watermark = spool_->watermark(tier);
    }
  }

  /// Commits and compares every number. False if the disk does not let it commit.
  bool compare() {
    // Reading repairs what is damaged, for which it writes.
    if (fault_->fails) return false;
    for (const Tier tier : telemetry::all_tiers)
      for (std::uint64_t next = 1, before = 0; next != before;) {
        before = next;
        for (const auto& entry : spool_->read(tier, next, 10'000)) next = entry.seq + entry.span;
      }
    // Repairs may evict, so what is compared is read after the last of them.
    RC_ASSERT(spool_->flush().has_value());
    for (const Tier tier : telemetry::all_tiers) compare_stream(tier);
    return true;
  }

  void compare_stream(Tier tier) {
    StreamModel& s = stream(tier);
    s.safe = s.fates.size();
    const auto read_bytes = *rc::gen::inRange<std::size_t>(1, 10'000);
    std::uint64_t next = s.watermark + 1;
    for (;;) {
      const auto entries = spool_->read(tier, next, read_bytes);
      if (entries.empty()) break;
      for (const auto& entry : entries) {
        RC_ASSERT(entry.seq == next);
        take(s, entry);
        next += entry.span;
      }
    }
    RC_ASSERT(next == s.fates.size() + 1);
    const LedgerLine line = spool_->ledger()[static_cast<std::size_t>(tier)];
    const auto end = s.fates.end();
    const auto queue = s.fates.begin() + static_cast<std::ptrdiff_t>(s.watermark);
    RC_ASSERT(line.produced == s.fates.size());
    RC_ASSERT(line.queued == count(queue, end, Fate::queued));
    RC_ASSERT(line.delivered == count(s.fates.begin(), queue, Fate::queued));
    RC_ASSERT(line.dropped == count(s.fates.begin(), end, Fate::dropped));
  }

  void take(StreamModel& s, const Spool::Entry& entry) {
    const auto record = telemetry::decode(entry.record);
    RC_ASSERT(record.has_value());
    if (const auto* gap = std::get_if<telemetry::Gap>(&*record)) {
      RC_ASSERT(gap->records == entry.span);
      for (std::uint64_t n = entry.seq; n < entry.seq + entry.span; ++n)
        s.fates[n - 1] = Fate::dropped;
      return;
    }
    RC_ASSERT(entry.span == 1u);
    RC_ASSERT(s.fates[entry.seq - 1] == Fate::queued);
    RC_ASSERT(std::get<telemetry::Event>(*record).kind == std::to_string(s.ids[entry.seq - 1]));
  }

  template <class It>
  static std::uint64_t count(It from, It to, Fate fate) {
    return static_cast<std::uint64_t>(std::count(from, to, fate));
  }

  Medium medium_;
  std::size_t record_bytes_max_;
  SpoolOptions options_;
  ManualClock clock_{Time{} + days(20'000)};
  Metrics metrics_;
  std::shared_ptr<FaultyStore::Switch> fault_;
  std::unique_ptr<Spool> spool_;
  std::array<StreamModel, telemetry::tier_count> streams_;
  std::uint64_t last_id_ = 0;
  std::optional<Retention> wanted_;
};

}  // namespace wayside::spool::testing
