#include "hub/receiver.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "hub/backpressure.hpp"
#include "hub/inbox.hpp"
#include "link/topics.hpp"

namespace wayside::hub {
namespace {

/// So that a critical frame does not stand behind much that came before it.
constexpr std::size_t take_bytes = 256u << 10;
constexpr Duration recover_pause_min = seconds(1);
constexpr Duration recover_pause_max = seconds(10);
/// How soon acknowledgements that the link had no room for are tried again.
constexpr Duration ack_pause = milliseconds(5);
constexpr std::uint16_t inflight_max = 1'000;
constexpr Duration idle_pause = hours(1);

struct Instruments {
  explicit Instruments(Metrics& m)
      : refused(m.counter("wayside_hub_frames_refused_total",
                          "Frames not looked at: the queue was full or the store failed")),
        failures(m.counter("wayside_hub_commit_failures_total", "Commits that failed")),
        commit_seconds(m.histogram("wayside_hub_commit_seconds", "Time of one commit",
                                   {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10})),
        queue_bytes(m.gauge("wayside_hub_queue_bytes", "Received and not yet looked at")),
        connected(m.gauge("wayside_hub_broker_connected", "1 while the broker answers")),
        window_bytes(m.gauge("wayside_hub_window_bytes",
                             "Bytes that each stream that sends may have under way")),
        ack_bytes(m.counter("wayside_hub_ack_bytes_total",
                            "Bytes of MQTT packets that carried acknowledgements")),
        rows{&rows_counter(m, "samples"), &rows_counter(m, "features"),
             &rows_counter(m, "decisions"), &rows_counter(m, "events"),
             &rows_counter(m, "health")} {}

  static Counter& rows_counter(Metrics& m, const char* table) {
    return m.counter("wayside_hub_rows_total", "Rows committed", {{"table", table}});
  }
  void committed(const RowCounts& counts) {
    const std::array<std::uint64_t, 5> values{counts.samples, counts.features, counts.decisions,
                                              counts.events, counts.health};
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i]->add(values[i]);
  }

  Counter& refused;
  Counter& failures;
  Histogram& commit_seconds;
  Gauge& queue_bytes;
  Gauge& connected;
  Gauge& window_bytes;
  Counter& ack_bytes;
  std::array<Counter*, 5> rows;
};

}  // namespace

struct Receiver::State {
  State(ReceiverOptions o, TelemetryStore& s, Catalog& c, link::Link& l, const Clock& k, Metrics& m,
        Log g, ReceiverHooks h)
      : options(std::move(o)),
        store(s),
        catalog(c),
        link(l),
        clock(k),
        log(std::move(g)),
        hooks(std::move(h)),
        instruments(m),
        ingest(s, k, m, log),
        inbox(options.queue_bytes_max),
        backpressure(options.queue_bytes_max) {}

  void know_nodes();
  void describe(const std::string& node);
  void take_states(const std::map<std::string, std::string>& states);
  void refresh_fleet();
  void take_frames(const std::vector<Inbox::Frame>& frames);
  void take_refusals(const Inbox::Taken& taken);
  void take_rewrites(std::vector<Inbox::Rewrite>& rewrites);
  void commit();
  void store_failed(const Error& error);
  void try_recover();
  void pause_recovery();
  void send_acks();
  void publish_acks(const std::map<std::string, std::vector<link::AckStream>>& acks);
  [[nodiscard]] Duration until_commit() const;
  [[nodiscard]] Duration until_due() const;

  ReceiverOptions options;
  TelemetryStore& store;
  Catalog& catalog;
  link::Link& link;
  const Clock& clock;
  Log log;
  ReceiverHooks hooks;
  Instruments instruments;
  Fleet fleet;
  Ingest ingest;
  Inbox inbox;
  Backpressure backpressure;
  std::size_t batch_bytes = 0;  ///< of the frames since the last commit
  std::atomic<bool> refresh = false;

  // Of the caller of `step`:
  std::optional<Duration> batch_since;
  std::map<std::string, std::map<std::pair<std::uint64_t, telemetry::Tier>, link::AckStream>>
      unsent_acks;  ///< by node; the latest of each stream
  Duration recover_at{0};
  Duration recover_pause = recover_pause_min;

  mutable std::mutex mutex;
  std::string store_problem;    ///< empty while the store works
  std::string catalog_problem;  ///< empty while the catalog does
  std::string link_problem;     ///< why the broker went
};

Receiver::Receiver(ReceiverOptions options, TelemetryStore& store, Catalog& catalog,
                   link::Link& link, const Clock& clock, Metrics& metrics, Log log,
                   ReceiverHooks hooks)
    : state_(std::make_unique<State>(std::move(options), store, catalog, link, clock, metrics,
                                     std::move(log), std::move(hooks))) {}

Receiver::~Receiver() = default;

Status Receiver::load() {
  State& s = *state_;
  Status loaded = s.ingest.load();
  if (loaded) loaded = s.fleet.load(s.store, s.catalog);
  if (!loaded && loaded.error().code != Errc::unavailable) return loaded;
  if (!loaded) s.store_failed(loaded.error());
  s.know_nodes();
  s.describe({});
  return {};
}

Status Receiver::connect() {
  State& s = *state_;
  link::LinkOptions link;
  link.broker = s.options.broker;
  link.client_id = "wayside-hub";
  link.inflight_max = inflight_max;
  link.subscriptions = {link::up_pattern, link::state_pattern};
  link.will = link::Will{link::hub_state_topic, link::encode_hub_state(false, s.clock.now()), true};
  return s.link.start(link, *this);
}

void Receiver::on_connected() {
  State& s = *state_;
  s.instruments.connected.set(1);
  // Nodes that hear it send again from their watermark.
  const Status said =
      s.link.publish(link::hub_state_topic, link::encode_hub_state(true, s.clock.now()), true);
  if (!said) s.log.warn("cannot tell the nodes that the hub is here: {}", said.error().message);
}

void Receiver::on_disconnected(std::string_view reason) {
  state_->instruments.connected.set(0);
  const std::scoped_lock lock(state_->mutex);
  state_->link_problem = reason;
}

void Receiver::on_message(const link::Message& message) {
  State& s = *state_;
  const bool taken = message.topic.ends_with("/state")
                         ? s.inbox.put_state(message.topic, message.payload)
                         : s.inbox.put_frame(message.topic, message.payload);
  if (!taken) s.instruments.refused.add();
  if (s.hooks.wake) s.hooks.wake();
}

void Receiver::on_oversize(std::string_view topic, std::size_t bytes) {
  state_->inbox.put_oversize(topic, bytes);
  if (state_->hooks.wake) state_->hooks.wake();
}

Duration Receiver::step() {
  State& s = *state_;
  s.send_acks();
  Inbox::Taken taken = s.inbox.take(take_bytes);
  s.instruments.queue_bytes.set(static_cast<double>(s.inbox.bytes()));
  s.take_states(taken.states);
  s.take_rewrites(taken.rewrites);
  if (s.refresh.exchange(false)) s.refresh_fleet();
  // Written by this thread alone, so it may read it without the lock.
  if (s.store_problem.empty()) {
    s.take_frames(taken.frames);
    s.take_refusals(taken);
  } else {
    s.instruments.refused.add(taken.frames.size());
    s.try_recover();
  }
  if (s.until_commit() <= Duration{0}) s.commit();
  return s.until_due();
}

bool Receiver::wait(Duration pause) {
  return state_->inbox.wait(pause);
}

void Receiver::close() {
  state_->inbox.stop();
}

void Receiver::finish() {
  if (state_->ingest.pending() && state_->store_problem.empty()) state_->commit();
}

/// Nobody hears it where the broker is away, and the will says the same.
void Receiver::say_goodbye() {
  State& s = *state_;
  (void)s.link.publish(link::hub_state_topic, link::encode_hub_state(false, s.clock.now()), true);
  s.link.stop();
}

Fleet& Receiver::fleet() {
  return state_->fleet;
}

void Receiver::reread() {
  state_->refresh = true;
}

std::map<StreamKey, StreamTotals> Receiver::committed() const {
  return state_->ingest.committed();
}

/// Zero or less: now.
Duration Receiver::State::until_commit() const {
  if (!batch_since) return idle_pause;
  const Duration age_max =
      ingest.pending_critical() ? options.critical_age_max : options.batch_age_max;
  return *batch_since + age_max - clock.monotonic();
}

Duration Receiver::State::until_due() const {
  if (!inbox.empty()) return Duration{0};
  Duration pause = until_commit();
  if (!unsent_acks.empty()) pause = std::min(pause, ack_pause);
  if (!store_problem.empty()) pause = std::min(pause, recover_at - clock.monotonic());
  return std::max(pause, Duration{0});
}

void Receiver::State::take_states(const std::map<std::string, std::string>& states) {
  for (const auto& [topic, payload] : states) {
    const auto name = link::parse_state_topic(topic);
    if (!name) continue;
    auto state = link::decode_node_state(payload);
    if (!state || state->node != *name) {
      log.warn("{}: its state cannot be read: {}", *name,
               state ? "it names another node" : state.error().message);
      continue;
    }
    ingest.know(*name, state->epoch);
    const CatalogNode node = fleet.take_state(std::move(*state), clock.now());
    const Status put = catalog.put_node(node);
    if (!put)
      log.error("the catalog does not take the state of {}: {}", *name, put.error().message);
    {
      const std::scoped_lock lock(mutex);
      catalog_problem = put ? "" : "the catalog takes nothing: " + put.error().message;
    }
    if (hooks.node_changed) hooks.node_changed(*name);
    describe(*name);
  }
}

/// Who is in the catalog is no stranger.
void Receiver::State::know_nodes() {
  for (const NodeView& node : fleet.nodes()) ingest.know(node.state.node, node.state.epoch);
}

/// The assets of one node, or of all, go to the store; equal rows replace each other.
void Receiver::State::describe(const std::string& node) {
  if (!store_problem.empty()) return;  // recovery describes all
  ingest.describe(fleet.asset_rows(node));
  if (ingest.pending() && !batch_since) batch_since = clock.monotonic();
}

/// On this thread, which alone adds to it, so that nothing is counted twice or lost.
void Receiver::State::refresh_fleet() {
  if (!store_problem.empty()) return;  // recovery reads it all
  if (const Status loaded = fleet.load(store, catalog); !loaded)
    log.warn("cannot read again what is stored: {}", loaded.error().message);
}

/// What did not fit is asked for again, now that there is room.
void Receiver::State::take_refusals(const Inbox::Taken& taken) {
  if (!store_problem.empty()) return;  // recovery asks for everything
  for (const Inbox::Oversize& one : taken.oversize) ingest.take_oversize(one.topic, one.bytes);
  for (const std::string& topic : taken.refused)
    if (const auto place = link::parse_up_topic(topic)) ingest.ask_again(place->node, place->tier);
  if (ingest.pending() && !batch_since) batch_since = clock.monotonic();
}

void Receiver::State::take_frames(const std::vector<Inbox::Frame>& frames) {
  for (const Inbox::Frame& frame : frames) {
    ingest.take(frame.topic, frame.payload);
    if (const auto place = link::parse_up_topic(frame.topic))
      backpressure.took(place->node, place->tier, clock.monotonic());
    batch_bytes += frame.payload.size();
    if (ingest.pending() && !batch_since) batch_since = clock.monotonic();
    if (ingest.pending_rows() >= options.batch_rows_max) commit();
    if (!store_problem.empty()) return;
  }
}

void Receiver::State::take_rewrites(std::vector<Inbox::Rewrite>& rewrites) {
  for (Inbox::Rewrite& rewrite : rewrites) {
    if (!store_problem.empty()) {
      rewrite.done.set_value(fail(Errc::unavailable, "{}", store_problem));
      continue;
    }
    auto replaced = store.replace_features(rewrite.replacement);
    if (replaced)
      fleet.replaced(*replaced);
    else if (replaced.error().code != Errc::unavailable)
      store_failed(replaced.error());
    rewrite.done.set_value(std::move(replaced));
  }
}

/// On the thread of `step`, which alone writes.
Result<Replaced> Receiver::replace_features(FeatureReplacement replacement) {
  State& s = *state_;
  Inbox::Rewrite rewrite{std::move(replacement), {}};
  std::future<Result<Replaced>> done = rewrite.done.get_future();
  if (!s.inbox.put_rewrite(std::move(rewrite)))
    return fail(Errc::unavailable, "too many features are being replaced: try again");
  if (s.hooks.wake) s.hooks.wake();
  return done.get();
}

void Receiver::State::commit() {
  batch_since.reset();
  const Duration before = clock.monotonic();
  auto committed = ingest.commit();
  const Duration took = clock.monotonic() - before;
  instruments.commit_seconds.observe(took.seconds());
  backpressure.committed(std::exchange(batch_bytes, 0), took);
  if (!committed) return store_failed(committed.error());
  recover_pause = recover_pause_min;
  // Who is told that something is stored finds it in the API at once.
  const auto ended = fleet.take(*committed);
  instruments.committed(committed->rows);
  publish_acks(committed->acks);
  if (hooks.committed) hooks.committed(*committed, ended);
}

void Receiver::State::publish_acks(
    const std::map<std::string, std::vector<link::AckStream>>& acks) {
  for (const auto& [node, streams] : acks) {
    auto& waiting = unsent_acks[node];
    for (const link::AckStream& ack : streams) {
      auto& slot = waiting[{ack.epoch, ack.tier}];
      const bool rewind = slot.rewind || ack.rewind;
      const bool rewind_live = slot.rewind_live || ack.rewind_live;
      slot = ack;
      slot.rewind = rewind;
      slot.rewind_live = rewind_live;
    }
  }
  send_acks();
}

/// Those that the link has no room for go with the next round; without a broker they are void: the
/// nodes send again, and are answered then.
void Receiver::State::send_acks() {
  const std::uint64_t window = backpressure.window(inbox.bytes(), clock.monotonic());
  instruments.window_bytes.set(static_cast<double>(window));
  while (!unsent_acks.empty()) {
    auto& [node, waiting] = *unsent_acks.begin();
    std::vector<link::AckStream> streams;
    auto end = waiting.begin();
    for (; end != waiting.end() && streams.size() < link::ack_streams_max; ++end)
      streams.push_back(end->second);
    const std::string topic = link::ack_topic(node);
    const std::string payload = link::encode_ack(streams, window);
    const Status sent = link.publish(topic, payload, false);
    if (sent) instruments.ack_bytes.add(link::wire_bytes(topic, payload.size()));
    if (!sent && sent.error().code == Errc::full) return;
    if (!sent) log.debug("no acknowledgement to {}: {}", node, sent.error().message);
    waiting.erase(waiting.begin(), end);
    if (waiting.empty()) unsent_acks.erase(unsent_acks.begin());
  }
}

void Receiver::State::store_failed(const Error& error) {
  log.error("the store takes nothing, the nodes keep their data: {}", error.message);
  instruments.failures.add();
  pause_recovery();
  const std::scoped_lock lock(mutex);
  store_problem = "the store takes nothing: " + error.message;
}

void Receiver::State::try_recover() {
  if (clock.monotonic() < recover_at) return;
  Status recovered = store.recover();
  if (recovered) recovered = ingest.load();
  if (recovered) recovered = fleet.load(store, catalog);
  if (recovered) {
    {
      const std::scoped_lock lock(mutex);
      store_problem.clear();
    }
    log.info("the store takes data again");
    know_nodes();
    describe({});
    publish_acks(ingest.all_acks());
    return;
  }
  log.error("the store is still away: {}", recovered.error().message);
  pause_recovery();
}

/// Longer each time until a commit succeeds: opening again may work where the next commit does not.
void Receiver::State::pause_recovery() {
  recover_at = clock.monotonic() + recover_pause;
  recover_pause = std::min(recover_pause * 2, recover_pause_max);
}

std::vector<std::string> Receiver::problems() const {
  State& s = *state_;
  std::vector<std::string> result;
  const std::scoped_lock lock(s.mutex);
  if (!s.link.connected())
    result.push_back("the broker " + s.options.broker + " is away" +
                     (s.link_problem.empty() ? "" : ": " + s.link_problem));
  if (!s.store_problem.empty()) result.push_back(s.store_problem);
  if (!s.catalog_problem.empty()) result.push_back(s.catalog_problem);
  return result;
}

}  // namespace wayside::hub
