#include "node/agent.hpp"

#include "base/os/trim_memory.hpp"
#include "node/agent_state.hpp"

namespace wayside::node {
namespace {

constexpr auto housekeeping_pause = std::chrono::seconds(1);
constexpr Duration waiting_log_pause = seconds(10);
/// Share of the spool's limit above which sources that can wait do. The other half is for live
/// ones, and for what is on its way.
constexpr double hold_back_fill = 0.5;
constexpr double let_go_fill = 0.4;

}  // namespace

/// What is read from a file can as well be read later, once the hub has taken something.
void Agent::State::hold_back() {
  if (config.broker.empty()) return;
  const double fill = core->spool().fill();
  if (holds_back ? fill >= let_go_fill : fill <= hold_back_fill) return;
  holds_back = !holds_back;
  queue.hold_back(holds_back);
  if (!std::exchange(hold_back_said, true))
    ports.log.info("files wait: the spool is filled by half, and the hub is to take some first");
}

std::uint64_t Agent::State::dropped() const {
  std::uint64_t records = 0;
  for (const spool::LedgerLine& line : core->spool().ledger()) records += line.dropped;
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
  // Once the input has ended, only its own records are to be waited for. By the first health record
  // the program has settled.
  if (core->keep_house(!finishing) && !std::exchange(trimmed, true)) os::trim_memory();
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
  if (core) core->stop();
  if (api) api->stop();
}

bool Agent::State::wait_until_acknowledged() {
  if (!core->linked()) return true;
  Duration logged = ports.clock.monotonic();
  for (;;) {
    {
      const std::lock_guard lock(mutex);
      drained = false;
    }
    core->wake_link();
    wait_for([&] {
      if (ports.clock.monotonic() - logged >= waiting_log_pause) return true;
      return drained;
    });
    const std::lock_guard lock(mutex);
    if (drained || stop) return drained;
    logged = ports.clock.monotonic();
    std::uint64_t queued = 0;
    for (const spool::LedgerLine& line : core->spool().ledger()) queued += line.queued;
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
  if (auto prepared = state->prepare(); !prepared) return tl::make_unexpected(prepared.error());
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
  Status result = s.core->drain();
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
