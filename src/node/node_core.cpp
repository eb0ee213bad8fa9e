#include "node/node_core.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/version.hpp"
#include "node/node_description.hpp"
#include "node/record_text.hpp"

namespace wayside::node {
namespace {

constexpr Duration models_pause = seconds(1);

telemetry::Event node_event(std::string kind, Time time, telemetry::Severity severity,
                            std::string text) {
  return {"", std::move(kind), time, severity, std::move(text), "{}"};
}

spool::SpoolOptions spool_options(const AgentConfig& config) {
  spool::SpoolOptions options;
  options.bytes_max = config.spool_bytes_max;
  options.reserve_bytes = config.spool_reserve_bytes;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    options.keep[t] = config.tiers[t].keep;
    options.thin[t] = config.tiers[t].thin;
  }
  return options;
}

bool has_models(const AgentConfig& config) {
  return std::ranges::any_of(config.kinds, [](const KindConfig& k) { return !k.models.empty(); });
}

}  // namespace

Result<std::unique_ptr<NodeCore>> NodeCore::create(const AgentConfig& config, NodePorts ports,
                                                   NodeHooks hooks) {
  auto spool = spool::Spool::open(std::move(ports.store), spool_options(config), ports.new_epoch,
                                  ports.clock, ports.metrics, ports.log);
  if (!spool) return tl::make_unexpected(spool.error());
  return std::unique_ptr<NodeCore>(
      new NodeCore(config, std::move(ports), std::move(hooks), std::move(*spool)));
}

NodeCore::NodeCore(const AgentConfig& config, NodePorts ports, NodeHooks hooks,
                   std::unique_ptr<spool::Spool> spool)
    : config_(config),
      ports_(std::move(ports)),
      hooks_(std::move(hooks)),
      started_(ports_.clock.now()),
      alerts_(std::move(ports_.alerts)),
      horizon_(config, ports_.clock),
      spool_(std::move(spool)) {
  RecorderOptions options{.alerts = &alerts_, .horizon = &horizon_};
  if (hooks_.stepped) options.stepped = hooks_.stepped;
  if (hooks_.lost) options.lost = hooks_.lost;
  recorder_ = std::make_unique<Recorder>(
      config, *spool_, ports_.clock, ports_.metrics, ports_.log,
      [this](telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& r) {
        record(tier, seq, r);
      },
      std::move(options));
  pipeline_ = std::make_unique<Pipeline>(config, recorder_->writer(), ports_.clock, ports_.metrics);
  restart_ = std::make_unique<Restart>(config, *spool_, alerts_, *pipeline_, horizon_, ports_.clock,
                                       ports_.log);
  watcher_ = std::make_unique<ModelWatcher>(
      config, *pipeline_, *ports_.loader, infos_, ports_.clock, ports_.log,
      [this](telemetry::Event event) {
        recorder_->post(telemetry::Tier::diagnostic, std::move(event));
      });
  health_ = std::make_unique<HealthReporter>(*spool_, ports_.metrics, ports_.clock, ports_.process);
}

NodeCore::~NodeCore() {
  stop();
}

void NodeCore::record(telemetry::Tier tier, std::uint64_t seq,
                      const telemetry::Record& record) const {
  if (const auto* event = std::get_if<telemetry::Event>(&record)) tell(*event);
  if (hooks_.recorded) hooks_.recorded(tier, seq, record);
}

/// What an operator wants to read in the log. Models say for themselves when they are loaded.
void NodeCore::tell(const telemetry::Event& event) const {
  if (event.asset.empty()) return;
  if (event.severity == telemetry::Severity::info)
    ports_.log.info("{}: {}: {}", event.asset, event.kind, event.text);
  else
    ports_.log.warn("{}: {}: {}", event.asset, event.kind, event.text);
}

bool NodeCore::load_models() {
  if (!watcher_->step()) return false;
  std::vector<std::size_t> histories(config_.kinds.size(), 1);
  for (const ModelStatus& status : watcher_->statuses())
    for (std::size_t k = 0; k < histories.size(); ++k)
      if (config_.table.kinds[k].name == status.kind)
        histories[k] = std::max(histories[k], status.history);
  for (std::size_t k = 0; k < histories.size(); ++k) horizon_.set_history(k, histories[k]);
  return true;
}

/// What of the last run's alerts nobody can clear any more is cleared here.
void NodeCore::show_open_alerts() {
  for (const auto& [key, alert] : alerts_.all()) {
    const auto asset = config_.table.find(key.first);
    const auto named = [&](const RuleConfig& rule) { return rule.name == key.second; };
    if (!asset || std::ranges::none_of(config_.kind_of(*asset).rules, named))
      recorder_->post(alert.tier, make_orphan_clear(alert, started_));
    else if (hooks_.reopened)
      hooks_.reopened(alert);
  }
}

void NodeCore::recall(bool anew) {
  recorder_->post(telemetry::Tier::diagnostic,
                  node_event("agent_started", started_, telemetry::Severity::info,
                             fmt::format("agent {} started", version)));
  // Before the first sample, so that a replay is judged by the model from its first tick.
  load_models();
  restart_->recall(anew);
  show_open_alerts();
  if (!ports_.link) return;
  UplinkPorts up{std::move(ports_.link), std::move(ports_.link_probe), std::move(ports_.budget),
                 [this](telemetry::Event event) {
                   recorder_->post(telemetry::Tier::critical, std::move(event));
                 }};
  uplink_ = std::make_unique<UplinkRunner>(
      config_, describe_node(config_, spool_->epoch(), started_, watcher_->statuses()), *spool_,
      std::move(up), ports_.clock, ports_.metrics, ports_.log);
}

Status NodeCore::run_threads(std::function<void()> drained) {
  recorder_->start();
  if (!uplink_) return {};
  return uplink_->start([this](bool up) { on_link(up); }, std::move(drained));
}

/// From where the last run stopped. What it did not give out any more is not lost for want of room.
void NodeCore::rebuild(const std::function<bool()>& stop) {
  writer().set_patient(true);
  restart_->rebuild(stop, [this](telemetry::Event event) {
    recorder_->post(telemetry::Tier::diagnostic, std::move(event));
  });
}

Status NodeCore::start(bool anew, std::function<void()> wake) {
  wake_ = std::move(wake);
  recall(anew);
  recorder_due_ = link_due_ = house_due_ = ports_.clock.monotonic();
  if (uplink_) {
    auto linked = uplink_->connect([this](bool up) { on_link(up); },
                                   [this] {
                                     // Once is enough until the next step.
                                     if (!std::exchange(link_woken_, true)) wake_();
                                   });
    if (!linked) return linked;
  }
  rebuild([] { return false; });
  writer().set_patient(false);
  return {};
}

Duration NodeCore::step() {
  const Duration now = ports_.clock.monotonic();
  if (until_due() > Duration{0}) return until_due();
  if (now >= house_due_) {
    if (keep_house(true)) recorder_due_ = now;
    const Duration pause = std::max(health_->until_due(), Duration{0});
    house_due_ = now + (has_models(config_) ? std::min(pause, models_pause) : pause);
  }
  if (now >= recorder_due_) recorder_due_ = now + recorder_->step();
  if (uplink_ && (now >= link_due_ || link_woken_)) {
    link_woken_ = false;
    link_due_ = now + uplink_->step();
  }
  return until_due();
}

Duration NodeCore::until_due() {
  const Duration now = ports_.clock.monotonic();
  // What came since the last time may be due earlier than what was known then.
  recorder_due_ = std::min(recorder_due_, now + recorder_->until_due());
  if (link_woken_) return Duration{0};
  Duration due = std::min(recorder_due_, house_due_);
  if (uplink_) due = std::min(due, link_due_);
  return std::max(due - now, Duration{0});
}

bool NodeCore::keep_house(bool health) {
  if (load_models() && uplink_)
    uplink_->announce(
        describe_node(config_, spool_->epoch(), ports_.clock.now(), watcher_->statuses()));
  if (!health) return false;
  auto due = health_->step();
  if (!due) return false;
  recorder_->post(telemetry::Tier::diagnostic, std::move(*due));
  return true;
}

void NodeCore::on_link(bool up) {
  if (up && link_lost_)
    recorder_->post(telemetry::Tier::diagnostic,
                    node_event("link_restored", ports_.clock.now(), telemetry::Severity::info,
                               "the link to the hub is back"));
  if (!up && link_seen_ && !link_lost_)
    recorder_->post(telemetry::Tier::diagnostic,
                    node_event("link_lost", ports_.clock.now(), telemetry::Severity::warning,
                               "the link to the hub is lost"));
  link_seen_ = link_seen_ || up;
  link_lost_ = !up && link_seen_;
}

std::optional<link::UplinkStatus> NodeCore::link_status() const {
  if (!uplink_) return std::nullopt;
  return uplink_->status();
}

void NodeCore::wake_link() {
  if (uplink_) uplink_->wake();
}

void NodeCore::stop() {
  if (uplink_) uplink_->stop();
  recorder_->stop();
}

}  // namespace wayside::node
