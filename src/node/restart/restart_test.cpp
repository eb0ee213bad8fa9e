// A run that is interrupted gives out what one that is not gives out.
#include "node/restart/restart.hpp"

#include <gmock/gmock.h>
#include <unistd.h>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <tuple>

#include "base/rng.hpp"
#include "node/node_fixture.hpp"
#include "node/record_builder.hpp"
#include "node/record_writer.hpp"
#include "spool/memory/memory_store.hpp"

namespace wayside::node {
namespace {

using telemetry::Quality;
using telemetry::Sample;
using telemetry::Tier;

const char* const yaml =
    "node: n1\nstate: /tmp/wayside-test\n"
    "kinds:\n"
    "  pump:\n"
    "    signals:\n"
    "      temp: {unit: degC, range: [-40, 150]}\n"
    "      flow: {unit: l/min, tier: bulk}\n"
    "      mode: {tier: critical}\n"
    "    features:\n"
    "      every: 1s\n"
    "      lateness: 1s\n"
    "      define:\n"
    "        temp_mean: mean(temp, 8s)\n"
    "        temp_rise: slope(temp, 30s)\n"
    "        flow_std: std(flow, 20s)\n"
    "        flow_before: lag(flow, 15s)\n"
    "        mode_before: lag(mode, 5s)\n"
    "    models:\n"
    "      wear: {file: wear.onnx, inputs: [temp_mean, flow_before], on_failure: alarm}\n"
    "    rules:\n"
    "      worn: {when: wear.score > 0.7, for: 3s}\n"
    "      hot: {when: temp_mean > 60 or temp_rise > 1, clear: temp_mean < 45, for: 5s, tier: "
    "diagnostic}\n"
    "      dry: {when: flow < 2, on: sample, for: 2s}\n"
    "  plain:\n"
    "    signals: {level: {unit: m}, pumping: {}}\n"
    "    rules: {full: {when: level > 0.8 and pumping > 0.5, on: sample, for: 4s}}\n"
    "assets:\n  - {name: p1, kind: pump}\n  - {name: p2, kind: pump}\n  - {name: t1, kind: plain}\n"
    "sources: []\n";

/// What reached stable storage, in the order of its numbers.
struct Received {
  using Row = std::tuple<std::string, std::string, std::int64_t>;
  std::map<Row, std::string> once;  ///< (asset, what, time) → all else
  std::vector<Row> twice;
  std::uint64_t samples = 0;

  void take(const telemetry::Record& record) {
    if (const auto* block = std::get_if<telemetry::SampleBlock>(&record))
      samples += block->times.size();
    if (const auto* block = std::get_if<telemetry::FeatureBlock>(&record))
      for (std::size_t i = 0; i < block->times.size(); ++i)
        for (std::size_t f = 0; f < block->names.size(); ++f)
          add(block->asset, block->names[f], block->times[i],
              bits(block->values[i * block->names.size() + f]));
    if (const auto* d = std::get_if<telemetry::Decision>(&record))
      add(d->asset, "decision " + d->model, d->time, bits(d->score) + d->inputs_json + d->label);
    if (const auto* e = std::get_if<telemetry::Event>(&record))
      add(e->asset, e->kind + " " + rule_of(*e), e->time, e->text + e->data_json);
  }

 private:
  static std::string bits(double v) {
    return std::isnan(v) ? "nan" : fmt::format("{:x} ", std::bit_cast<std::uint64_t>(v));
  }
  void add(const std::string& asset, const std::string& what, Time time, std::string rest) {
    const Row row{asset, what, time.ns};
    if (!once.emplace(row, std::move(rest)).second) twice.push_back(row);
  }
};

/// One life after another of an agent without its threads, on a disk that stays.
class Lives {
 public:
  explicit Lives(std::uint64_t bytes_max = 2ull << 30) : config_(parse_good(yaml)) {
    options_.bytes_max = bytes_max;
    alerts_file_ = testing::TempDir() + fmt::format("wayside-restart-{}-{}", ::getpid(), ++made_);
    loader_.files["wear.onnx"] = pump_model([](auto inputs, auto outputs, auto) -> Status {
      double sum = 0;
      for (std::size_t i = 0; i < inputs.size(); ++i)
        sum += inputs[i] * (0.01 + 0.003 * static_cast<double>(i));
      outputs[0] = sum - std::floor(sum);
      // Now and then it fails.
      if (outputs[0] > 0.97) outputs[0] = std::numeric_limits<double>::quiet_NaN();
      outputs[1] = sum;
      return {};
    });
    auto& manifest = loader_.files["wear.onnx"].manifest;
    manifest.inputs = {"temp_mean", "flow_before"};
    manifest.contributions.clear();
    manifest.sequence = {.history = 5, .missing = infer::Missing::hold, .fill = {}, .mask = "m"};
    begin();
  }
  ~Lives() {
    life_.reset();
    std::filesystem::remove(alerts_file_);
  }
  Lives(const Lives&) = delete;
  Lives& operator=(const Lives&) = delete;

  void push(const Sample& sample) {
    clock_.advance(milliseconds(50));
    life_->pipeline.push(sample);
    pump();
  }
  /// All that was taken becomes records.
  void flush() {
    life_->builder.flush();
    if (auto retention = life_->horizon.advance()) spool_->retain(std::move(*retention));
  }
  /// Alerts are saved behind their events, or not any more.
  void commit(bool save = true) {
    ASSERT_TRUE(spool_->flush());
    if (save && life_->alerts.changed()) {
      ASSERT_TRUE(life_->alerts.save());
    }
    collect();
  }
  /// The hub has what is durable, or a part of it.
  void acknowledge(Tier tier, double share) {
    const std::uint64_t from = spool_->watermark(tier);
    const auto more = static_cast<double>(spool_->durable(tier) - from) * share;
    ASSERT_TRUE(spool_->acknowledge(tier, from + static_cast<std::uint64_t>(more)));
  }
  /// The process is killed and starts again; returns how many samples the disk knows of.
  std::uint64_t kill() {
    disk_->fail_commits(Error{Errc::io, "killed"});
    life_.reset();
    spool_.reset();
    disk_->fail_commits(std::nullopt);
    begin();
    return received.samples;
  }
  void finish() {
    life_->pipeline.finish();
    pump();
    flush();
    commit();
  }
  [[nodiscard]] std::uint64_t kept_bytes() const {
    std::uint64_t bytes = 0;
    const spool::MemoryDisk::Contents contents = disk_->contents();
    for (const Tier tier : telemetry::all_tiers)
      for (const auto& [seq, entry] : contents.entries[static_cast<std::size_t>(tier)])
        bytes += entry.record.size();
    return bytes;
  }
  [[nodiscard]] const AgentConfig& config() const { return config_; }

  Received received;
  std::string log;
  std::vector<telemetry::Event> events;  ///< of restarts

 private:
  struct Life {
    Life(Lives& lives, const AgentConfig& config)
        : ring(1u << 20),
          writer(config, ring, metrics),
          alerts(keep_in_file(lives.alerts_file_)),
          horizon(config, lives.clock_),
          builder(config,
                  [&lives](Tier tier, const telemetry::Record& r) { lives.append(tier, r); }),
          pipeline(config, writer, lives.clock_, metrics) {}
    Metrics metrics;
    RecordRing ring;
    RecordWriter writer;
    OpenAlerts alerts;
    Horizon horizon;
    RecordBuilder builder;
    Pipeline pipeline;
    ModelInfos infos;
  };

  void begin() {
    const Log log_to([this](LogLevel, std::string_view line) {
      log += line;
      log += '\n';
    });
    auto opened =
        spool::Spool::open(spool::make_memory_store(disk_), options_, 7, clock_, metrics_, log_to);
    if (!opened) throw std::runtime_error(opened.error().message);
    spool_ = std::move(*opened);
    collect();
    life_ = std::make_unique<Life>(*this, config_);
    auto model = load_model(config_.kinds[0].models[0], config_.kinds[0],
                            life_->pipeline.assets_of_kind(0), loader_, life_->infos);
    if (!model) throw std::runtime_error(model.error().message);
    life_->horizon.set_history(0, (*model)->sequence.history());
    life_->pipeline.slot(0, 0).offer(std::move(*model));
    Restart restart(config_, *spool_, life_->alerts, life_->pipeline, life_->horizon, clock_,
                    log_to);
    restart.recall(false);
    life_->writer.set_patient(false);
    restart.rebuild([] { return false; },
                    [this](telemetry::Event event) { events.push_back(std::move(event)); });
    pump();
  }
  void pump() {
    for (auto message = life_->ring.front(); !message.empty(); message = life_->ring.front()) {
      life_->builder.take(message);
      life_->ring.pop();
    }
  }
  void append(Tier tier, const telemetry::Record& record) {
    const bool wait = !std::holds_alternative<telemetry::SampleBlock>(record);
    const auto seq = spool_->append(tier, record, wait);
    ASSERT_TRUE(seq);
    life_->horizon.note(tier, *seq, record);
    if (const auto* event = std::get_if<telemetry::Event>(&record))
      life_->alerts.note(tier, *seq, *event);
  }
  void collect() {
    for (const Tier tier : telemetry::all_tiers)
      for (;;) {
        std::uint64_t& next = collected_[static_cast<std::size_t>(tier)];
        const auto part = spool_->read_kept(tier, next, 1u << 20);
        ASSERT_TRUE(part);
        if (part->next == next) break;
        next = part->next;
        for (const auto& entry : part->entries) received.take(*telemetry::decode(entry.record));
      }
  }

  static inline int made_ = 0;
  AgentConfig config_;
  spool::SpoolOptions options_;
  std::string alerts_file_;
  FakeLoader loader_;
  ManualClock clock_{at_second(0)};
  Metrics metrics_;
  std::shared_ptr<spool::MemoryDisk> disk_ = std::make_shared<spool::MemoryDisk>();
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<Life> life_;
  std::array<std::uint64_t, telemetry::tier_count> collected_{1, 1, 1};
};

/// Samples in the order in which they arrive: mostly in time, some a little or much too late, with
/// pauses of a signal and of everything.
std::vector<Sample> stream(std::uint64_t seed, int length_s) {
  Rng rng(seed);
  std::vector<Sample> out;
  std::int64_t ms = 0;
  std::int64_t mode_due = 0;
  std::array<std::int64_t, 3> silent_until{};
  double heat = 50;
  while (ms < length_s * 1000) {
    ms += 50 + static_cast<std::int64_t>(rng.uniform() * 900);
    if (rng.uniform() < 0.003) ms += static_cast<std::int64_t>(rng.uniform() * 40'000);
    for (std::uint32_t s = 0; s < 2; ++s)
      if (rng.uniform() < 0.004)
        silent_until[s] = ms + static_cast<std::int64_t>(rng.uniform() * 15'000);
    heat += (rng.uniform() - 0.5) * 3 + (52 - heat) * 0.02;
    for (std::uint32_t asset = 0; asset < 2; ++asset) {
      const auto time = [&] {
        const double late = rng.uniform();
        const double by = late < 0.02 ? 8000 : late < 0.3 ? 900 : 5;
        return at_second(0) + milliseconds(ms - static_cast<std::int64_t>(rng.uniform() * by));
      };
      if (ms >= silent_until[0])
        out.push_back({AssetId{asset}, SignalId{0}, time(), heat + asset * 3 + rng.uniform()});
      if (ms >= silent_until[1] && rng.uniform() < 0.7)
        out.push_back({AssetId{asset}, SignalId{1}, time(), rng.uniform() * 12});
      if (rng.uniform() < 0.01) out.back().quality = Quality::bad;
      if (rng.uniform() < 0.01) {
        out.back().value = std::numeric_limits<double>::quiet_NaN();
        out.back().quality = Quality::not_finite;
      }
    }
    if (ms >= mode_due) {
      mode_due = ms + static_cast<std::int64_t>(rng.uniform() * 400'000);
      const Time at = at_second(0) + milliseconds(ms - 1);
      for (std::uint32_t asset = 0; asset < 2; ++asset)
        out.push_back({AssetId{asset}, SignalId{2}, at, std::floor(rng.uniform() * 2)});
      out.push_back({AssetId{2}, SignalId{1}, at, std::floor(rng.uniform() * 2)});
    }
    out.push_back({AssetId{2}, SignalId{0}, at_second(0) + milliseconds(ms),
                   0.5 + 0.5 * std::sin(static_cast<double>(ms) / 9000)});
  }
  return out;
}

Received without_interruption(const std::vector<Sample>& samples) {
  Lives lives;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    lives.push(samples[i]);
    if (i % 500 == 0) {
      lives.flush();
      lives.commit();
    }
  }
  lives.finish();
  return lives.received;
}

void expect_same(const Received& found, const Received& expected) {
  EXPECT_THAT(found.twice, testing::IsEmpty());
  EXPECT_EQ(found.once.size(), expected.once.size());
  for (const auto& [row, rest] : expected.once) {
    const auto same = found.once.find(row);
    if (same != found.once.end() && same->second == rest) continue;
    ADD_FAILURE() << std::get<0>(row) << " " << std::get<1>(row) << " at "
                  << format_time(Time{std::get<2>(row)}) << ": "
                  << (same == found.once.end() ? "nothing" : same->second) << " instead of "
                  << rest;
    return;
  }
}

TEST(Restart, AnInterruptedRunGivesOutTheSameAsOneThatIsNot) {
  // Long for a shrinking search: one random life has a thousand choices.
  constexpr std::uint64_t lives_max = 12;
  for (std::uint64_t seed = 1; seed <= lives_max; ++seed) {
    SCOPED_TRACE(seed);
    const auto samples = stream(seed, 400);
    Rng rng(seed);
    Lives lives;
    int kills = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      lives.push(samples[i]);
      const double what = rng.uniform();
      if (what < 0.1) lives.flush();
      if (what < 0.05) lives.commit(what < 0.02);
      if (what < 0.03) lives.acknowledge(static_cast<Tier>(what * 100), 0.9);
      // The source gives again what was not accepted.
      if (what > 0.997) {
        i = lives.kill() - 1;
        ++kills;
      }
    }
    lives.finish();
    EXPECT_GT(kills, 0);
    expect_same(lives.received, without_interruption(samples));
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Restart, WhatWasLateStaysLate) {
  std::vector<Sample> samples;
  const auto add = [&](std::uint32_t signal, double s) {
    const auto ms = static_cast<std::int64_t>(s * 1000);
    samples.push_back({AssetId{0}, SignalId{signal}, at_second(0) + milliseconds(ms), 50 + s});
  };
  for (int s = 0; s < 30; ++s) {
    add(0, s);
    if (s < 10) add(1, s);
  }
  // The flow had paused for so long that nobody waited for it; from here on it is waited for again,
  // but ticks that are out stay out.
  add(1, 28.5);
  const std::size_t killed = samples.size();
  add(0, 27.9);
  for (int s = 30; s < 60; ++s) {
    add(0, s);
    add(1, s);
  }
  Lives lives;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i == killed) {
      lives.flush();
      lives.commit();
      EXPECT_EQ(lives.kill(), killed);
    }
    lives.push(samples[i]);
  }
  lives.finish();
  expect_same(lives.received, without_interruption(samples));
}

TEST(Restart, KeepsNoMoreThanItNeeds) {
  const auto samples = stream(5, 3000);
  Lives lives;
  std::uint64_t early = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    lives.push(samples[i]);
    if (i % 50 != 0) continue;
    lives.flush();
    lives.commit(i % 1000 == 0);
    for (const Tier tier : telemetry::all_tiers) lives.acknowledge(tier, 1);
    if (i == samples.size() / 10 / 50 * 50) early = lives.kept_bytes();
  }
  EXPECT_GT(early, 0u);
  EXPECT_LT(lives.kept_bytes(), 2 * early);
  EXPECT_EQ(lives.kill(), lives.received.samples);
  EXPECT_THAT(lives.log, testing::HasSubstr("windows of 3 assets rebuilt from"));
}

TEST(Restart, WhatWasEvictedIsSaidAndNothingIsGivenOutTwice) {
  const auto samples = stream(6, 2000);
  Lives lives(40'000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    lives.push(samples[i]);
    if (i % 50 != 0) continue;
    lives.flush();
    lives.commit(i % 1000 == 0);
    for (const Tier tier : telemetry::all_tiers) lives.acknowledge(tier, 1);
  }
  lives.flush();
  lives.commit();
  lives.kill();
  EXPECT_THAT(lives.log, testing::HasSubstr("windows are not whole after this start"));
  ASSERT_EQ(lives.events.size(), 1u);
  EXPECT_EQ(lives.events[0].kind, "windows_incomplete");
  lives.finish();
  EXPECT_THAT(lives.received.twice, testing::IsEmpty());
}

}  // namespace
}  // namespace wayside::node
