// How an agent comes to life: its parts, and the order in which they begin.
#include <array>

#include "base/os/process_stats.hpp"
#include "node/agent_state.hpp"

namespace wayside::node {
namespace {

constexpr std::size_t batch_max = 256;

}  // namespace

Status Agent::State::prepare() {
  NodePorts node{.clock = ports.clock,
                 .metrics = ports.metrics,
                 .log = ports.log,
                 .loader = std::move(ports.loader),
                 .store = std::move(ports.store),
                 .link = std::move(ports.link),
                 .alerts = ports.alerts_file.empty() ? nullptr : keep_in_file(ports.alerts_file),
                 .link_probe = std::move(ports.link_probe),
                 .budget = ports.budget_file.empty() ? nullptr : keep_in_file(ports.budget_file),
                 .process = os::process_stats,
                 .new_epoch = ports.new_epoch};
  NodeHooks hooks{
      .recorded =
          [this](telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record) {
            history.add(tier, seq, record);
            if (api) api->publish(tier, seq, record);
          },
      .lost = {},
      .reopened = [this](const OpenAlert& alert) { history.restore(alert); },
      .stepped = [this] { hold_back(); }};
  auto created = NodeCore::create(config, std::move(node), std::move(hooks));
  if (!created) return tl::make_unexpected(created.error());
  core = std::move(*created);
  dropped_before = dropped();
  if (!config.listen.empty()) api = std::make_unique<LocalApi>(view(), std::move(ports.console));
  return {};
}

AgentView Agent::State::view() {
  return {.config = config,
          .history = history,
          .spool = core->spool(),
          .metrics = ports.metrics,
          .clock = ports.clock,
          .started = core->started(),
          .link = [this] { return core->link_status(); },
          .models = [this] { return core->models(); },
          .sources = [this] { return sources.statuses(); },
          .troubles =
              [this] {
                std::vector<std::string> out;
                if (const auto failure = core->spool().failure())
                  out.push_back("spool: " + failure->message);
                for (const SourceStatus& source : sources.statuses())
                  if (source.state == SourceStatus::State::failed)
                    out.push_back("source: " + source.text);
                return out;
              }};
}

/// Everything but the sources' threads, in the order in which each part needs the one before.
Status Agent::State::start() {
  core->recall(options.anew);
  if (api) {
    if (const auto bound = api->start(config.listen)) {
      port = *bound;
      ports.log.info("local API on port {}", *bound);
    } else {
      ports.log.error("no local API: {}", bound.error().message);
    }
  }
  auto running = core->run_threads([this] {
    const std::lock_guard lock(mutex);
    drained = true;
    changed.notify_all();
  });
  if (!running) return running;
  core->rebuild([this] {
    const std::lock_guard lock(mutex);
    return stop;
  });
  pipeline_thread = std::thread([this] { run_pipeline(); });
  sources.start(options.until_eof);
  return {};
}

void Agent::State::run_pipeline() {
  RecordWriter& writer = core->writer();
  std::array<QueuedSample, batch_max> batch;
  while (const std::size_t n = queue.pop(batch)) {
    const SampleLosses losses = queue.take_losses();
    for (const telemetry::Tier tier : telemetry::all_tiers) {
      const SampleLoss& loss = losses[static_cast<std::size_t>(tier)];
      writer.lose_samples(tier, loss.samples, loss.first, loss.last);
    }
    for (const QueuedSample& queued : std::span(batch).first(n)) {
      writer.set_patient(queued.patient);
      core->push(queued.sample);
    }
  }
  if (replay_complete) {
    writer.set_patient(true);
    core->pipeline().finish();
  }
  const std::lock_guard lock(mutex);
  pipeline_done = true;
  changed.notify_all();
}

}  // namespace wayside::node
