#include "node/agent.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/os/trim_memory.hpp"
#include "base/version.hpp"
#include "node/health_reporter.hpp"
#include "node/local_api.hpp"
#include "node/model_watcher.hpp"
#include "node/node_description.hpp"
#include "node/open_alerts.hpp"
#include "node/pipeline.hpp"
#include "node/record_text.hpp"
#include "node/recorder.hpp"
#include "node/sample_queue.hpp"
#include "node/source_runner.hpp"
#include "node/uplink_runner.hpp"
#include "spool/spool.hpp"

namespace wayside::node {
namespace {

constexpr std::size_t batch_max = 256;
constexpr auto housekeeping_pause = std::chrono::seconds(1);
constexpr Duration waiting_log_pause = seconds(10);
/// Share of the spool's limit above which sources that can wait do. The other half is for live
/// ones, and for what is on its way.
constexpr double hold_back_fill = 0.5;
constexpr double let_go_fill = 0.4;

spool::SpoolOptions spool_options(const AgentConfig& config) {
  spool::SpoolOptions options;
  options.bytes_max = config.spool_bytes_max;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) options.keep[t] = config.tiers[t].keep;
  return options;
}

telemetry::Event node_event(std::string kind, Time time, telemetry::Severity severity,
                            std::string text) {
  return {"", std::move(kind), time, severity, std::move(text), "{}"};
}

}  // namespace

struct Agent::State {
  State(AgentConfig config_in, AgentPorts ports_in, AgentOptions options_in)
      : config(std::move(config_in)),
        ports(std::move(ports_in)),
        options(options_in),
        started(ports.clock.now()),
        alerts(ports.alerts_file),
        history(config),
        queue(ports.metrics),
        sources(queue, ports.log) {}

  void prepare();
  void restore_alerts();
  Status start();
  void run_pipeline();
  void start_link();
  void on_link(bool up);
  void tell(const telemetry::Event& event) const;
  void hold_back();
  std::uint64_t dropped() const;
  Status judge_input() const;
  void housekeeping();
  template <class Done>
  void wait_for(Done done);
  void finish_input();
  void shut_down();
  bool wait_until_acknowledged();
  AgentView view();

  AgentConfig config;
  AgentPorts ports;
  AgentOptions options;
  std::optional<telemetry::Units> units;
  Time started;
  ModelInfos infos;
  OpenAlerts alerts;
  RecentHistory history;
  SampleQueue queue;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<ModelWatcher> watcher;
  std::unique_ptr<HealthReporter> health;
  std::unique_ptr<UplinkRunner> uplink;
  std::unique_ptr<LocalApi> api;
  SourceRunner sources;
  std::thread pipeline_thread;

  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false;
  bool pipeline_done = false;
  bool drained = false;
  std::atomic<bool> replay_complete{true};  ///< the input ended by itself: the last ticks are due
  std::atomic<bool> finishing{false};
  std::atomic<int> port{0};
  bool link_seen = false;  ///< link's thread only, as the next
  bool link_lost = false;
  bool holds_back = false;  ///< recorder's thread only, as the next
  bool hold_back_said = false;
  std::uint64_t dropped_before = 0;  ///< by earlier runs
  bool trimmed = false;              ///< main thread only
};

void Agent::State::prepare() {
  recorder = std::make_unique<Recorder>(
      config, *spool, ports.clock, ports.metrics, ports.log,
      [this](telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record) {
        history.add(tier, seq, record);
        if (const auto* event = std::get_if<telemetry::Event>(&record)) tell(*event);
        if (api) api->publish(tier, seq, record);
      },
      RecorderOptions{.alerts = &alerts, .stepped = [this] { hold_back(); }});
  pipeline = std::make_unique<Pipeline>(config, recorder->writer(), ports.clock, ports.metrics);
  watcher = std::make_unique<ModelWatcher>(config, *pipeline, *ports.loader, infos, ports.clock,
                                           ports.log, [this](telemetry::Event event) {
                                             recorder->post(telemetry::Tier::diagnostic,
                                                            std::move(event));
                                           });
  health = std::make_unique<HealthReporter>(*spool, ports.metrics, ports.clock);
  if (!config.listen.empty()) api = std::make_unique<LocalApi>(view(), std::move(ports.console));
}

AgentView Agent::State::view() {
  return {.config = config,
          .history = history,
          .spool = *spool,
          .metrics = ports.metrics,
          .clock = ports.clock,
          .started = started,
          .link = [this]() -> std::optional<link::UplinkStatus> {
            if (!uplink) return std::nullopt;
            return uplink->status();
          },
          .models = [this] { return watcher->statuses(); },
          .sources = [this] { return sources.statuses(); },
          .troubles =
              [this] {
                std::vector<std::string> out;
                if (const auto failure = spool->failure())
                  out.push_back("spool: " + failure->message);
                for (const SourceStatus& source : sources.statuses())
                  if (source.state == SourceStatus::State::failed)
                    out.push_back("source: " + source.text);
                return out;
              }};
}

/// What was raised goes on from where the last run left it; what nobody can clear any more is
/// cleared here.
void Agent::State::restore_alerts() {
  if (const auto loaded = alerts.load(); !loaded)
    ports.log.error("alerts that were open before this start are not known: {}",
                    loaded.error().message);
  for (const auto& [key, alert] : alerts.all()) {
    const std::string& rule_name = key.second;
    const auto asset = config.table.find(key.first);
    const std::vector<RuleConfig> none;
    const auto& rules = asset ? config.kind_of(*asset).rules : none;
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const RuleConfig& r) { return r.name == rule_name; });
    if (rule == rules.end()) {
      recorder->post(alert.tier, make_orphan_clear(alert, started));
      continue;
    }
    pipeline->restore_alert(*asset, static_cast<std::size_t>(rule - rules.begin()),
                            alert.event.time);
    history.restore(alert);
  }
}

/// Everything but the sources' threads, in the order in which each part needs the one before.
Status Agent::State::start() {
  recorder->post(telemetry::Tier::diagnostic,
                 node_event("agent_started", started, telemetry::Severity::info,
                            fmt::format("agent {} started", version)));
  restore_alerts();
  // Before the first sample, so that a replay is judged by the model from its first tick.
  watcher->step();
  if (ports.link) {
    uplink = std::make_unique<UplinkRunner>(
        config, describe_node(config, spool->epoch(), started, watcher->statuses()), *spool,
        std::move(ports.link), ports.clock, ports.metrics, ports.log);
  }
  if (api) {
    if (const auto bound = api->start(config.listen)) {
      port = *bound;
      ports.log.info("local API on port {}", *bound);
    } else {
      ports.log.error("no local API: {}", bound.error().message);
    }
  }
  recorder->start();
  if (uplink) {
    auto linked = uplink->start([this](bool up) { on_link(up); },
                                [this] {
                                  const std::lock_guard lock(mutex);
                                  drained = true;
                                  changed.notify_all();
                                });
    if (!linked) return linked;
  }
  pipeline_thread = std::thread([this] { run_pipeline(); });
  sources.start(options.until_eof);
  return {};
}

void Agent::State::run_pipeline() {
  RecordWriter& writer = recorder->writer();
  std::array<QueuedSample, batch_max> batch;
  while (const std::size_t n = queue.pop(batch)) {
    const SampleLoss loss = queue.take_loss();
    writer.lose_samples(loss.samples, loss.first, loss.last);
    for (const QueuedSample& queued : std::span(batch).first(n)) {
      writer.set_patient(queued.patient);
      pipeline->push(queued.sample);
    }
  }
  if (replay_complete) {
    writer.set_patient(true);
    pipeline->finish();
  }
  const std::lock_guard lock(mutex);
  pipeline_done = true;
  changed.notify_all();
}

void Agent::State::on_link(bool up) {
  if (up && link_lost)
    recorder->post(telemetry::Tier::diagnostic,
                   node_event("link_restored", ports.clock.now(), telemetry::Severity::info,
                              "the link to the hub is back"));
  if (!up && link_seen && !link_lost)
    recorder->post(telemetry::Tier::diagnostic,
                   node_event("link_lost", ports.clock.now(), telemetry::Severity::warning,
                              "the link to the hub is lost"));
  link_seen = link_seen || up;
  link_lost = !up && link_seen;
}

/// What an operator wants to read in the log. Models say for themselves when they are loaded.
void Agent::State::tell(const telemetry::Event& event) const {
  if (event.asset.empty()) return;
  if (event.severity == telemetry::Severity::info)
    ports.log.info("{}: {}: {}", event.asset, event.kind, event.text);
  else
    ports.log.warn("{}: {}: {}", event.asset, event.kind, event.text);
}

/// What is read from a file can as well be read later, once the hub has taken something.
void Agent::State::hold_back() {
  if (config.broker.empty()) return;
  const double fill = spool->fill();
  if (holds_back ? fill >= let_go_fill : fill <= hold_back_fill) return;
  holds_back = !holds_back;
  queue.hold_back(holds_back);
  if (!std::exchange(hold_back_said, true))
    ports.log.info("files wait: the spool is filled by half, and the hub is to take some first");
}

std::uint64_t Agent::State::dropped() const {
  std::uint64_t records = 0;
  for (const spool::LedgerLine& line : spool->ledger()) records += line.dropped;
  return records;
}

/// For a run to the end of the input: whether all of it was read and kept.
Status Agent::State::judge_input() const {
  for (const SourceStatus& source : sources.statuses())
    if (source.state == SourceStatus::State::failed)
      return fail(Errc::io, "not all input was read: {}", source.text);
  if (const std::uint64_t now = dropped(); now > dropped_before)
    return fail(Errc::full,
                "{} records were dropped during this run; the gaps in the ledger say why",
                now - dropped_before);
  return {};
}

void Agent::State::housekeeping() {
  if (watcher->step() && uplink)
    uplink->announce(describe_node(config, spool->epoch(), ports.clock.now(), watcher->statuses()));
  // Once the input has ended, only its own records are to be waited for.
  if (!finishing) {
    if (auto due = health->step()) {
      recorder->post(telemetry::Tier::diagnostic, std::move(*due));
      // By the first health record the program has settled.
      if (!std::exchange(trimmed, true)) os::trim_memory();
    }
  }
  if (api) api->publish_node();
}

/// Waits for `done` or a request to stop, keeping house meanwhile.
template <class Done>
void Agent::State::wait_for(Done done) {
  std::unique_lock lock(mutex);
  while (!changed.wait_for(lock, housekeeping_pause, [&] { return stop || done(); })) {
    lock.unlock();
    housekeeping();
    lock.lock();
  }
}

void Agent::State::finish_input() {
  sources.request_stop();
  sources.join();
  if (pipeline_thread.joinable()) pipeline_thread.join();
}

/// The other way round than `start`. Idempotent.
void Agent::State::shut_down() {
  if (uplink) uplink->stop();
  if (recorder) recorder->stop();
  if (api) api->stop();
}

bool Agent::State::wait_until_acknowledged() {
  if (!uplink) return true;
  Duration logged = ports.clock.monotonic();
  for (;;) {
    {
      const std::lock_guard lock(mutex);
      drained = false;
    }
    uplink->wake();
    wait_for([&] {
      if (ports.clock.monotonic() - logged >= waiting_log_pause) return true;
      return drained;
    });
    const std::lock_guard lock(mutex);
    if (drained || stop) return drained;
    logged = ports.clock.monotonic();
    std::uint64_t queued = 0;
    for (const spool::LedgerLine& line : spool->ledger()) queued += line.queued;
    ports.log.info("waiting for the hub to acknowledge {} records", queued);
  }
}

Agent::Agent(std::unique_ptr<State> state) : state_(std::move(state)) {}

Agent::~Agent() {
  state_->replay_complete = false;
  state_->finish_input();
  state_->shut_down();
}

Result<std::unique_ptr<Agent>> Agent::create(AgentConfig config, telemetry::Units units,
                                             AgentPorts ports, AgentOptions options) {
  auto state = std::make_unique<State>(std::move(config), std::move(ports), options);
  auto spool = spool::Spool::open(std::move(state->ports.store), spool_options(state->config),
                                  state->ports.new_epoch, state->ports.clock, state->ports.metrics,
                                  state->ports.log);
  if (!spool) return tl::make_unexpected(spool.error());
  state->spool = std::move(*spool);
  state->dropped_before = state->dropped();
  state->prepare();
  const SourceContext context{state->config.table,  units,
                              state->queue,         state->ports.clock,
                              state->ports.metrics, state->ports.log};
  if (auto created = state->sources.create(state->config, context); !created)
    return tl::make_unexpected(created.error());
  if (options.until_eof && !state->sources.any_finite())
    return fail(
        Errc::invalid,
        "--until-eof needs a source that ends, such as csv or stdin: this configuration has "
        "none");
  return std::unique_ptr<Agent>(new Agent(std::move(state)));
}

Status Agent::run() {
  State& s = *state_;
  if (auto started = s.start(); !started) return started;
  // Without `until_eof` an agent whose files are read stays for its link and its local API.
  s.wait_for([&] { return s.options.until_eof && s.pipeline_done; });
  bool stopped = false;
  {
    const std::lock_guard lock(s.mutex);
    stopped = !s.pipeline_done;
  }
  if (stopped) s.replay_complete = false;
  s.finish_input();
  s.finishing = true;
  Status result = s.recorder->drain();
  if (s.options.until_eof) {
    const bool acknowledged = !stopped && s.wait_until_acknowledged();
    if (!acknowledged && result)
      result = fail(Errc::unavailable, "stopped before everything was acknowledged");
    if (result) result = s.judge_input();
  }
  s.shut_down();
  return result;
}

void Agent::request_stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stop = true;
  state_->changed.notify_all();
}

int Agent::port() const {
  return state_->port;
}

}  // namespace wayside::node
