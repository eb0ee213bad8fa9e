#include "hub/hub.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "hub/api/api.hpp"
#include "hub/fleet.hpp"
#include "hub/housekeeping.hpp"
#include "hub/inbox.hpp"
#include "hub/ingest.hpp"
#include "hub/watchers.hpp"
#include "link/topics.hpp"

namespace wayside::hub {
namespace {

constexpr std::size_t take_bytes = 1u << 20;
constexpr Duration recover_pause_min = seconds(1);
constexpr Duration recover_pause_max = seconds(10);
/// How soon acknowledgements that the link had no room for are tried again.
constexpr Duration ack_pause = milliseconds(5);
/// In one message; nodes take 4 KiB.
constexpr std::size_t ack_streams_max = 64;
constexpr std::uint16_t inflight_max = 1'000;
/// Browsers hold a connection each for the live stream.
constexpr std::size_t http_threads = 32;

struct Instruments {
  explicit Instruments(Metrics& m)
      : refused(m.counter("wayside_hub_frames_refused_total",
                          "Frames not looked at: the queue was full or the store failed")),
        failures(m.counter("wayside_hub_commit_failures_total", "Commits that failed")),
        commit_seconds(m.histogram("wayside_hub_commit_seconds", "Time of one commit",
                                   {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10})),
        queue_bytes(m.gauge("wayside_hub_queue_bytes", "Received and not yet looked at")),
        connected(m.gauge("wayside_hub_broker_connected", "1 while the broker answers")),
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
  std::array<Counter*, 5> rows;
};

}  // namespace

struct Hub::State final : link::LinkHandler {
  State(HubOptions o, TelemetryStore& s, Catalog& c, link::Link& l, const Clock& k, Metrics& m,
        Log g);

  void on_connected() override;
  void on_disconnected(std::string_view reason) override;
  void on_message(const link::Message& message) override;

  void run();
  void describe(const std::string& node);
  void take_states(const std::map<std::string, std::string>& states);
  void refresh_fleet();
  void take_frames(const std::vector<Inbox::Frame>& frames);
  void take_rewrites(std::vector<Inbox::Rewrite>& rewrites);
  [[nodiscard]] Result<Replaced> replace_features(FeatureReplacement replacement);
  void commit();
  void store_failed(const Error& error);
  void try_recover();
  void pause_recovery();
  void send_acks();
  void publish_acks(const std::map<std::string, std::vector<link::AckStream>>& acks);
  [[nodiscard]] Duration until_commit() const;
  [[nodiscard]] std::vector<std::string> problems() const;
  void stop();

  HubOptions options;
  TelemetryStore& store;
  Catalog& catalog;
  link::Link& link;
  const Clock& clock;
  Log log;
  Instruments instruments;
  Fleet fleet;
  Ingest ingest;
  Inbox inbox;
  http::Broadcast broadcast;
  Api api;
  Watchers watchers;
  Housekeeping housekeeping;
  http::Server server{{http_threads, 1u << 20}};
  std::thread thread;
  bool started = false;
  std::atomic<bool> refresh = false;  ///< rows went: what the fleet holds in memory is read again

  // The ingest thread's own.
  std::optional<Duration> batch_since;
  std::map<std::string, std::map<std::pair<std::uint64_t, telemetry::Tier>, link::AckStream>>
      unsent_acks;  ///< by node; the latest of each stream
  Duration recover_at{0};
  Duration recover_pause = recover_pause_min;

  mutable std::mutex mutex;
  std::string store_problem;    ///< empty while the store works
  std::string catalog_problem;  ///< empty while the catalog does
};

Hub::State::State(HubOptions o, TelemetryStore& s, Catalog& c, link::Link& l, const Clock& k,
                  Metrics& m, Log g)
    : options(std::move(o)),
      store(s),
      catalog(c),
      link(l),
      clock(k),
      log(std::move(g)),
      instruments(m),
      ingest(s, k, m, log),
      inbox(options.queue_bytes_max),
      api({s, c, fleet, k, m, broadcast, options.version, options.broker,
           [this] { return link.connected(); }, [this] { return problems(); }, options.query,
           [this](FeatureReplacement r) { return replace_features(std::move(r)); }, options.parquet,
           [this](const std::string&) { refresh = true; }}),
      watchers(broadcast, api, k),
      housekeeping(s, options.keep, k, m, log, [this] { refresh = true; }) {}

void Hub::State::on_connected() {
  instruments.connected.set(1);
  // Nodes that hear it send again from their watermark.
  const Status said =
      link.publish(link::hub_state_topic, link::encode_hub_state(true, clock.now()), true);
  if (!said) log.warn("cannot tell the nodes that the hub is here: {}", said.error().message);
}

void Hub::State::on_disconnected(std::string_view) {
  instruments.connected.set(0);
}

void Hub::State::on_message(const link::Message& message) {
  const bool taken = message.topic.ends_with("/state")
                         ? inbox.put_state(message.topic, message.payload)
                         : inbox.put_frame(message.topic, message.payload);
  if (!taken) instruments.refused.add();
}

void Hub::State::run() {
  describe({});
  for (;;) {
    send_acks();
    Duration pause = std::min(watchers.step(), until_commit());
    if (!unsent_acks.empty()) pause = std::min(pause, ack_pause);
    Inbox::Taken taken = inbox.take(pause, take_bytes);
    instruments.queue_bytes.set(static_cast<double>(inbox.bytes()));
    take_states(taken.states);
    take_rewrites(taken.rewrites);
    if (refresh.exchange(false)) refresh_fleet();
    // Written by this thread alone, so it may read it without the lock.
    if (store_problem.empty()) {
      take_frames(taken.frames);
    } else {
      instruments.refused.add(taken.frames.size());
      try_recover();
    }
    if (until_commit() <= Duration{0}) commit();
    if (taken.stopping && taken.frames.empty()) break;
  }
  if (ingest.pending() && store_problem.empty()) commit();
}

/// Zero or less: now.
Duration Hub::State::until_commit() const {
  if (!batch_since) return Watchers::data_every;
  const Duration age_max =
      ingest.pending_critical() ? options.critical_age_max : options.batch_age_max;
  return *batch_since + age_max - clock.monotonic();
}

void Hub::State::take_states(const std::map<std::string, std::string>& states) {
  for (const auto& [topic, payload] : states) {
    const auto name = link::parse_state_topic(topic);
    if (!name) continue;
    auto state = link::decode_node_state(payload);
    if (!state || state->node != *name) {
      log.warn("{}: its state cannot be read: {}", *name,
               state ? "it names another node" : state.error().message);
      continue;
    }
    const CatalogNode node = fleet.take_state(std::move(*state), clock.now());
    const Status put = catalog.put_node(node);
    if (!put)
      log.error("the catalog does not take the state of {}: {}", *name, put.error().message);
    {
      const std::scoped_lock lock(mutex);
      catalog_problem = put ? "" : "the catalog takes nothing: " + put.error().message;
    }
    watchers.node_changed(*name);
    describe(*name);
  }
}

/// The assets of one node, or of all, go to the store; equal rows replace each other.
void Hub::State::describe(const std::string& node) {
  if (!store_problem.empty()) return;  // recovery describes all
  ingest.describe(fleet.asset_rows(node));
  if (ingest.pending() && !batch_since) batch_since = clock.monotonic();
}

/// On this thread, which alone adds to it, so that nothing is counted twice or lost.
void Hub::State::refresh_fleet() {
  if (!store_problem.empty()) return;  // recovery reads it all
  if (const Status loaded = fleet.load(store, catalog); !loaded)
    log.warn("cannot read again what is stored: {}", loaded.error().message);
}

void Hub::State::take_frames(const std::vector<Inbox::Frame>& frames) {
  for (const Inbox::Frame& frame : frames) {
    ingest.take(frame.topic, frame.payload);
    if (ingest.pending() && !batch_since) batch_since = clock.monotonic();
    if (ingest.pending_rows() >= options.batch_rows_max) commit();
    if (!store_problem.empty()) return;
  }
}

void Hub::State::take_rewrites(std::vector<Inbox::Rewrite>& rewrites) {
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

/// From the API's threads: waits for the ingest thread, the only one that writes.
Result<Replaced> Hub::State::replace_features(FeatureReplacement replacement) {
  Inbox::Rewrite rewrite{std::move(replacement), {}};
  std::future<Result<Replaced>> done = rewrite.done.get_future();
  if (!inbox.put_rewrite(std::move(rewrite)))
    return fail(Errc::unavailable, "too many features are being replaced: try again");
  return done.get();
}

void Hub::State::commit() {
  batch_since.reset();
  const Duration before = clock.monotonic();
  auto committed = ingest.commit();
  instruments.commit_seconds.observe((clock.monotonic() - before).seconds());
  if (!committed) return store_failed(committed.error());
  recover_pause = recover_pause_min;
  // Who is told that something is stored finds it in the API at once.
  const auto news = fleet.take(*committed);
  instruments.committed(committed->rows);
  publish_acks(committed->acks);
  watchers.committed(*committed, news);
}

void Hub::State::publish_acks(const std::map<std::string, std::vector<link::AckStream>>& acks) {
  for (const auto& [node, streams] : acks) {
    auto& waiting = unsent_acks[node];
    for (const link::AckStream& ack : streams) {
      auto& slot = waiting[{ack.epoch, ack.tier}];
      const bool rewind = slot.rewind || ack.rewind;
      slot = ack;
      slot.rewind = rewind;
    }
  }
  send_acks();
}

/// Those that the link has no room for go with the next round; without a broker they are void: the
/// nodes send again, and are answered then.
void Hub::State::send_acks() {
  while (!unsent_acks.empty()) {
    auto& [node, waiting] = *unsent_acks.begin();
    std::vector<link::AckStream> streams;
    auto end = waiting.begin();
    for (; end != waiting.end() && streams.size() < ack_streams_max; ++end)
      streams.push_back(end->second);
    const Status sent = link.publish(link::ack_topic(node), link::encode_ack(streams), false);
    if (!sent && sent.error().code == Errc::full) return;
    if (!sent) log.debug("no acknowledgement to {}: {}", node, sent.error().message);
    waiting.erase(waiting.begin(), end);
    if (waiting.empty()) unsent_acks.erase(unsent_acks.begin());
  }
}

void Hub::State::store_failed(const Error& error) {
  log.error("the store takes nothing, the nodes keep their data: {}", error.message);
  instruments.failures.add();
  pause_recovery();
  const std::scoped_lock lock(mutex);
  store_problem = "the store takes nothing: " + error.message;
}

void Hub::State::try_recover() {
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
    describe({});
    publish_acks(ingest.all_acks());
    return;
  }
  log.error("the store is still away: {}", recovered.error().message);
  pause_recovery();
}

/// Longer each time until a commit succeeds: opening again may work where the next commit does not.
void Hub::State::pause_recovery() {
  recover_at = clock.monotonic() + recover_pause;
  recover_pause = std::min(recover_pause * 2, recover_pause_max);
}

std::vector<std::string> Hub::State::problems() const {
  std::vector<std::string> result;
  if (!link.connected()) result.push_back("the broker " + options.broker + " is away");
  const std::scoped_lock lock(mutex);
  if (!store_problem.empty()) result.push_back(store_problem);
  if (!catalog_problem.empty()) result.push_back(catalog_problem);
  for (std::string& problem : housekeeping.problems()) result.push_back(std::move(problem));
  return result;
}

void Hub::State::stop() {
  if (!started) return;
  started = false;
  housekeeping.stop();
  inbox.stop();
  thread.join();
  // Nobody hears it where the broker is away, and the will says the same.
  (void)link.publish(link::hub_state_topic, link::encode_hub_state(false, clock.now()), true);
  link.stop();
  broadcast.close();
  server.stop();
}

Hub::Hub(HubOptions options, TelemetryStore& store, Catalog& catalog, link::Link& link,
         const Clock& clock, Metrics& metrics, Log log)
    : state_(std::make_unique<State>(std::move(options), store, catalog, link, clock, metrics,
                                     std::move(log))) {}

Hub::~Hub() {
  stop();
}

Result<int> Hub::start() {
  State& s = *state_;
  Status loaded = s.ingest.load();
  if (loaded) loaded = s.fleet.load(s.store, s.catalog);
  // A store at another machine may come later.
  if (!loaded && loaded.error().code != Errc::unavailable)
    return tl::make_unexpected(loaded.error());
  if (!loaded) s.store_failed(loaded.error());
  s.api.mount(s.server);
  s.server.assets(s.options.console);
  const auto port = s.server.start(s.options.listen);
  if (!port) return port;
  link::LinkOptions link;
  link.broker = s.options.broker;
  link.client_id = "wayside-hub";
  link.inflight_max = inflight_max;
  link.subscriptions = {link::up_pattern, link::state_pattern};
  link.will = link::Will{link::hub_state_topic, link::encode_hub_state(false, s.clock.now()), true};
  if (const Status begun = s.link.start(link, s); !begun) {
    s.server.stop();
    return tl::make_unexpected(begun.error());
  }
  s.thread = std::thread([&s] { s.run(); });
  s.housekeeping.start();
  s.started = true;
  return port;
}

void Hub::stop() {
  state_->stop();
}

}  // namespace wayside::hub
