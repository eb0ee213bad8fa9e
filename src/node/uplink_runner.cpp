#include "node/uplink_runner.hpp"

#include <chrono>
#include <utility>

#include "link/topics.hpp"
#include "node/delivery_config.hpp"
#include "spool/spool.hpp"

namespace wayside::node {
namespace {

/// What the broker says of this node when it is gone: who, not what.
link::NodeState offline(link::NodeState state) {
  state.online = false;
  state.kinds.clear();
  state.assets.clear();
  return state;
}

}  // namespace

UplinkRunner::UplinkRunner(const AgentConfig& config, link::NodeState state, spool::Spool& spool,
                           std::unique_ptr<link::Link> link, const Clock& clock, Metrics& metrics,
                           Log log)
    : config_(config),
      offline_(offline(state)),
      spool_(spool),
      link_(std::move(link)),
      uplink_(uplink_options(config), std::move(state), spool, *link_, clock, metrics,
              std::move(log)) {}

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

void UplinkRunner::run(const std::function<void()>& drained) {
  for (;;) {
    const Duration pause = uplink_.step();
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
  spool_.on_durable({});
  link_->stop();  // upon which the broker publishes the will
}

}  // namespace wayside::node
