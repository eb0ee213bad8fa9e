#include "node/uplink_runner.hpp"

#include <chrono>
#include <utility>

#include "link/topics.hpp"
#include "node/delivery_config.hpp"
#include "spool/spool.hpp"

namespace wayside::node {
namespace {

link::UplinkOptions options_of(const AgentConfig& config, std::shared_ptr<LinkProbe> probe) {
  link::UplinkOptions options = uplink_options(config);
  options.probe = std::move(probe);
  return options;
}

/// What the broker says of this node when it is gone: who, not what.
link::NodeState offline(link::NodeState state) {
  state.online = false;
  state.kinds.clear();
  state.assets.clear();
  return state;
}

}  // namespace

UplinkRunner::UplinkRunner(const AgentConfig& config, link::NodeState state, spool::Spool& spool,
                           UplinkPorts ports, const Clock& clock, Metrics& metrics, Log log)
    : config_(config),
      offline_(offline(state)),
      spool_(spool),
      link_(std::move(ports.link)),
      uplink_(options_of(config, std::move(ports.probe)), std::move(state), spool, *link_, clock,
              metrics, log),
      budget_(std::move(ports.budget), config.day_budget_bytes, log) {
  uplink_.on_notice(std::move(ports.notice));
  if (const auto spent = budget_.restore()) uplink_.restore_budget(*spent);
}

UplinkRunner::~UplinkRunner() {
  stop();
}

Status UplinkRunner::connect(std::function<void(bool up)> changed, std::function<void()> wake) {
  uplink_.on_change(std::move(changed));
  uplink_.on_wake(wake);
  link::LinkOptions options;
  options.broker = config_.broker;
  options.client_id = "wayside-" + config_.node;
  options.subscriptions = {link::ack_topic(config_.node), link::hub_state_topic};
  options.will = {link::state_topic(config_.node), link::encode_node_state(offline_), true};
  if (auto started = link_->start(options, uplink_); !started) return started;
  linked_ = true;
  spool_.on_durable(std::move(wake));
  return {};
}

Status UplinkRunner::start(std::function<void(bool up)> changed, std::function<void()> drained) {
  if (auto connected = connect(std::move(changed), [this] { wake(); }); !connected)
    return connected;
  thread_ = std::thread([this, drained = std::move(drained)] { run(drained); });
  return {};
}

Duration UplinkRunner::step() {
  const Duration pause = uplink_.step();
  budget_.keep(uplink_.budget());
  return pause;
}

void UplinkRunner::run(const std::function<void()>& drained) {
  for (;;) {
    const Duration pause = step();
    if (uplink_.drained()) drained();
    std::unique_lock lock(mutex_);
    wanted_.wait_for(lock, std::chrono::nanoseconds(pause.ns), [&] { return woken_ || stopping_; });
    woken_ = false;
    if (stopping_) return;
  }
}

void UplinkRunner::announce(link::NodeState state) {
  uplink_.announce(std::move(state));
}

link::UplinkStatus UplinkRunner::status() const {
  return uplink_.status();
}

void UplinkRunner::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wanted_.notify_one();
}

void UplinkRunner::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wanted_.notify_one();
  }
  if (!std::exchange(linked_, false)) return;
  if (thread_.joinable()) thread_.join();
  budget_.finish(uplink_.budget());
  spool_.on_durable({});
  link_->stop();  // upon which the broker publishes the will
}

}  // namespace wayside::node
