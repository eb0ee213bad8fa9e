#include "node/recorder.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "node/open_alerts.hpp"
#include "node/record_builder.hpp"
#include "node/restart/horizon.hpp"
#include "spool/spool.hpp"

namespace wayside::node {
namespace {

constexpr Duration loss_log_pause = seconds(10);
constexpr Duration alerts_retry_pause = seconds(1);

}  // namespace

struct Recorder::State {
  struct Post {
    telemetry::Tier tier;
    telemetry::Record record;
  };

  State(const AgentConfig& config, spool::Spool& spool_in, const Clock& clock_in, Metrics& metrics,
        Log log_in, Observer observer_in, RecorderOptions options_in)
      : spool(spool_in),
        clock(clock_in),
        log(std::move(log_in)),
        observer(std::move(observer_in)),
        options(options_in),
        ring(options_in.ring_bytes),
        writer(config, ring, metrics),
        builder(config, [this](telemetry::Tier tier,
                               const telemetry::Record& record) { append(tier, record); }),
        ring_used(metrics.gauge("wayside_recorder_ring_bytes",
                                "Bytes between the pipeline and the recorder")),
        lost_posts(metrics.counter("wayside_overrun_posts_total",
                                   "Records of the node itself that were lost")),
        flushed(clock_in.monotonic()) {
    writer.on_full([this] { take_rows(); });
  }

  void run();
  void round(bool everything);
  [[nodiscard]] Duration until_due() const;
  void take_rows();
  void take_posts();
  void account_losses();
  void save_alerts();
  void flush_blocks();
  void append(telemetry::Tier tier, const telemetry::Record& record);

  spool::Spool& spool;
  const Clock& clock;
  Log log;
  Observer observer;
  RecorderOptions options;
  RecordRing ring;
  RecordWriter writer;
  RecordBuilder builder;
  Gauge& ring_used;
  Counter& lost_posts;
  RecordLoss unsaid;  ///< lost since the log last said so
  std::optional<Duration> said;
  std::optional<Duration> alerts_failed;  ///< when the open alerts could not be saved
  Duration flushed;
  std::thread thread;

  mutable std::mutex mutex;
  std::condition_variable drained;
  std::vector<Post> posts;
  RecordLosses posts_lost;  ///< not yet in the ledger
  std::uint64_t drains_wanted = 0;
  std::uint64_t drains_done = 0;
  Status drain_status;
  bool running = false;
  bool stopping = false;
};

void Recorder::State::append(telemetry::Tier tier, const telemetry::Record& record) {
  // Critical samples come several blocks at once, and become durable together with the next step.
  const bool wait = !std::holds_alternative<telemetry::SampleBlock>(record);
  const auto seq = spool.append(tier, record, wait);
  if (seq && options.horizon) options.horizon->note(tier, *seq, record);
  if (const auto* event = std::get_if<telemetry::Event>(&record); event && seq && options.alerts)
    options.alerts->note(tier, *seq, *event);
  // A full disk must not blind the technician who stands beside the machine.
  observer(tier, seq.value_or(0), record);
}

void Recorder::State::take_rows() {
  ring_used.set(static_cast<double>(ring.used()));
  // What arrives meanwhile waits for the next round, so that posts and flushes get their turn.
  std::size_t left = ring.used();
  while (left > 0) {
    const auto message = ring.front();
    if (message.empty()) break;
    builder.take(message);
    left -= std::min(left, message.size());
    ring.pop();
    writer.made_room();
  }
}

void Recorder::State::take_posts() {
  std::vector<Post> taken;
  {
    const std::lock_guard lock(mutex);
    taken.swap(posts);
  }
  for (const Post& post : taken) append(post.tier, post.record);
}

void Recorder::State::account_losses() {
  RecordLosses losses = writer.take_losses();
  {
    const std::lock_guard lock(mutex);
    for (std::size_t t = 0; t < losses.size(); ++t) losses[t].add(posts_lost[t]);
    posts_lost = {};
  }
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    const RecordLoss& loss = losses[static_cast<std::size_t>(tier)];
    if (loss.records == 0) continue;
    unsaid.records += loss.records;
    unsaid.samples += loss.samples;
    // Refused only where there is nothing to account.
    static_cast<void>(
        spool.drop(tier, {loss.records, loss.samples, "overrun", loss.first, loss.last}));
    options.lost(tier, loss);
  }
  const Duration now = clock.monotonic();
  if (unsaid.records == 0 || (said && now - *said < loss_log_pause)) return;
  log.warn("lost on the way to the spool: {} records with {} samples", unsaid.records,
           unsaid.samples);
  unsaid = {};
  said = now;
}

/// Only once the events are durable: an alert known to this file alone would never be raised again.
void Recorder::State::save_alerts() {
  if (options.alerts == nullptr || !options.alerts->changed()) return;
  const Duration now = clock.monotonic();
  if (alerts_failed && now - *alerts_failed < alerts_retry_pause) return;
  Status saved = spool.flush();
  if (saved) saved = options.alerts->save();
  if (saved) {
    alerts_failed.reset();
    return;
  }
  if (!alerts_failed)
    log.error("open alerts are not kept for the next start: {}", saved.error().message);
  alerts_failed = now;
}

/// Now every sample that was taken stands in a record.
void Recorder::State::flush_blocks() {
  builder.flush();
  if (options.horizon == nullptr) return;
  if (auto retention = options.horizon->advance()) spool.retain(std::move(*retention));
}

/// `everything`: nothing stays in the ring or in a block begun.
void Recorder::State::round(bool everything) {
  take_rows();
  take_posts();
  if (everything)
    while (ring.used() > 0) take_rows();
  account_losses();
  const Duration now = clock.monotonic();
  if (everything || now - flushed >= options.flush_every) {
    flush_blocks();
    flushed = now;
  } else {
    builder.flush_critical();
  }
  spool.step();
  save_alerts();
  options.stepped();
}

Duration Recorder::State::until_due() const {
  if (writer.woken()) return Duration{0};
  Duration due = spool.until_due();
  const Duration now = clock.monotonic();
  if (builder.begun()) due = std::min(due, flushed + options.flush_every - now);
  if (options.alerts != nullptr && options.alerts->changed())
    due = std::min(due, alerts_failed ? *alerts_failed + alerts_retry_pause - now : Duration{0});
  const std::lock_guard lock(mutex);
  if (ring.used() > 0 || !posts.empty()) due = std::min(due, options.step_every);
  return std::max(due, Duration{0});
}

void Recorder::State::run() {
  for (;;) {
    writer.wait(options.step_every);
    std::uint64_t wanted = 0;
    bool last = false;
    {
      const std::lock_guard lock(mutex);
      wanted = drains_wanted;
      last = stopping;
    }
    const bool must_drain = wanted != drains_done || last;
    round(must_drain);
    if (!must_drain) continue;
    const Status status = spool.flush();
    const std::lock_guard lock(mutex);
    drains_done = last ? drains_wanted : wanted;
    drain_status = status;
    drained.notify_all();
    if (last) return;
  }
}

Recorder::Recorder(const AgentConfig& config, spool::Spool& spool, const Clock& clock,
                   Metrics& metrics, Log log, Observer observer, RecorderOptions options)
    : state_(std::make_unique<State>(config, spool, clock, metrics, std::move(log),
                                     std::move(observer), options)) {}

Recorder::~Recorder() {
  stop();
}

RecordWriter& Recorder::writer() {
  return state_->writer;
}

Duration Recorder::step() {
  state_->writer.wait(Duration{0});
  state_->round(false);
  return state_->until_due();
}

Duration Recorder::until_due() const {
  return state_->until_due();
}

void Recorder::start() {
  state_->running = true;
  state_->writer.on_full({});
  state_->thread = std::thread([this] { state_->run(); });
}

void Recorder::post(telemetry::Tier tier, telemetry::Record record) {
  const std::lock_guard lock(state_->mutex);
  if (state_->posts.size() < state_->options.posts_max) {
    state_->posts.push_back({tier, std::move(record)});
    return;
  }
  state_->lost_posts.add();
  const Time now = state_->clock.now();
  state_->posts_lost[static_cast<std::size_t>(tier)].add({1, 0, now, now});
}

Status Recorder::drain() {
  std::unique_lock lock(state_->mutex);
  if (!state_->running) return state_->drain_status;
  const std::uint64_t mine = ++state_->drains_wanted;
  lock.unlock();
  state_->writer.wake();
  lock.lock();
  state_->drained.wait(lock, [&] { return state_->drains_done >= mine; });
  return state_->drain_status;
}

void Recorder::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->running) return;
    state_->running = false;
    state_->stopping = true;
  }
  state_->writer.wake();
  state_->thread.join();
}

}  // namespace wayside::node
