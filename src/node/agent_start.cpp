// How an agent comes to life: its parts, and the order in which they begin.
#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/version.hpp"
#include "node/agent_state.hpp"
#include "node/node_description.hpp"
#include "node/record_text.hpp"

namespace wayside::node {
namespace {

constexpr std::size_t batch_max = 256;

telemetry::Event node_event(std::string kind, Time time, telemetry::Severity severity,
                            std::string text) {
  return {"", std::move(kind), time, severity, std::move(text), "{}"};
}

}  // namespace

void Agent::State::prepare() {
  recorder = std::make_unique<Recorder>(
      config, *spool, ports.clock, ports.metrics, ports.log,
      [this](telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record) {
        history.add(tier, seq, record);
        if (const auto* event = std::get_if<telemetry::Event>(&record)) tell(*event);
        if (api) api->publish(tier, seq, record);
      },
      RecorderOptions{.alerts = &alerts, .horizon = &horizon, .stepped = [this] { hold_back(); }});
  pipeline = std::make_unique<Pipeline>(config, recorder->writer(), ports.clock, ports.metrics);
  restart =
      std::make_unique<Restart>(config, *spool, alerts, *pipeline, horizon, ports.clock, ports.log);
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

/// What of the last run's alerts nobody can clear any more is cleared here.
void Agent::State::show_open_alerts() {
  for (const auto& [key, alert] : alerts.all()) {
    const auto asset = config.table.find(key.first);
    const auto named = [&](const RuleConfig& rule) { return rule.name == key.second; };
    if (asset && std::ranges::any_of(config.kind_of(*asset).rules, named))
      history.restore(alert);
    else
      recorder->post(alert.tier, make_orphan_clear(alert, started));
  }
}

bool Agent::State::load_models() {
  if (!watcher->step()) return false;
  std::vector<std::size_t> histories(config.kinds.size(), 1);
  for (const ModelStatus& status : watcher->statuses())
    for (std::size_t k = 0; k < histories.size(); ++k)
      if (config.table.kinds[k].name == status.kind)
        histories[k] = std::max(histories[k], status.history);
  for (std::size_t k = 0; k < histories.size(); ++k) horizon.set_history(k, histories[k]);
  return true;
}

/// Everything but the sources' threads, in the order in which each part needs the one before.
Status Agent::State::start() {
  recorder->post(telemetry::Tier::diagnostic,
                 node_event("agent_started", started, telemetry::Severity::info,
                            fmt::format("agent {} started", version)));
  // Before the first sample, so that a replay is judged by the model from its first tick.
  load_models();
  restart->recall(options.anew);
  show_open_alerts();
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
  go_on();
  pipeline_thread = std::thread([this] { run_pipeline(); });
  sources.start(options.until_eof);
  return {};
}

/// From where the last run stopped. What it did not give out any more is not lost for want of room.
void Agent::State::go_on() {
  recorder->writer().set_patient(true);
  restart->rebuild(
      [this] {
        const std::lock_guard lock(mutex);
        return stop;
      },
      [this](telemetry::Event event) {
        recorder->post(telemetry::Tier::diagnostic, std::move(event));
      });
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

}  // namespace wayside::node
