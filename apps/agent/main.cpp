#include <malloc.h>
#include <pthread.h>
#include <sys/random.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

#include "base/config/file.hpp"
#include "base/os/link_probe.hpp"
#include "base/os/system_clock.hpp"
#include "base/version.hpp"
#include "console/console.hpp"
#include "infer/onnx/onnx_loader.hpp"
#include "link/broker_url.hpp"
#include "link/mqtt/mqtt_link.hpp"
#include "node/agent.hpp"
#include "node/state_directory.hpp"
#include "spool/sqlite/sqlite_store.hpp"

namespace {

using namespace wayside;

/// An agent shares a small computer: few heaps, and what is freed goes back at once.
void limit_memory() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_TRIM_THRESHOLD, 256 << 10);
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

/// SIGTERM and SIGINT, taken by a thread of their own; a second one ends the program at once.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  void forward(node::Agent& agent, const Log& log) {
    thread_ = std::thread([this, &agent, &log] {
      int signal = 0;
      sigwait(&set_, &signal);
      if (done_) return;
      log.info("stopping; what is not sent yet stays in the spool");
      agent.request_stop();
      sigwait(&set_, &signal);
      if (!done_) std::_Exit(128 + signal);
    });
  }
  ~Signals() {
    done_ = true;
    if (!thread_.joinable()) return;
    // Blocked in every thread: it ends the sigwait above, nothing else.
    pthread_kill(thread_.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread)
    thread_.join();
  }

 private:
  sigset_t set_{};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

/// Random, and never 0, which means "new" to a spool.
std::uint64_t random_epoch() {
  std::uint64_t epoch = 0;
  while (epoch == 0)
    if (getrandom(&epoch, sizeof epoch, 0) != sizeof epoch) epoch = 0;
  return epoch;
}

std::shared_ptr<LinkProbe> probe_of(const std::string& broker) {
  const auto address = link::parse_broker_url(broker);
  return address ? make_link_probe(address->host) : nullptr;
}

Status run(const std::string& file, node::AgentOptions options, Signals& signals, const Log& log) {
  auto units = telemetry::Units::load();
  if (!units) return tl::make_unexpected(units.error());
  config::Diagnostics diagnostics;
  const auto root = config::load_yaml(file, config::process_environment(), diagnostics);
  auto config =
      diagnostics.ok() ? node::parse_agent_config(root, *units, diagnostics) : std::nullopt;
  std::fputs(diagnostics.report().c_str(), stderr);
  if (!config) return fail(Errc::invalid, "{} has mistakes", file);

  auto state = node::StateDirectory::open(config->state);
  if (!state) return tl::make_unexpected(state.error());
  auto store = spool::open_sqlite_store(state->file("spool.sqlite"), log);
  if (!store) return tl::make_unexpected(store.error());
  const os::SystemClock clock;
  Metrics metrics;
  node::AgentPorts ports{.clock = clock,
                         .metrics = metrics,
                         .log = log,
                         .loader = infer::make_onnx_loader(),
                         .store = std::move(*store),
                         .link = config->broker.empty() ? nullptr : link::make_mqtt_link(log),
                         .new_epoch = random_epoch(),
                         .console = console_assets(),
                         .alerts_file = state->file("open_alerts.json"),
                         .budget_file = state->file("budget.txt"),
                         .link_probe = probe_of(config->broker)};
  auto agent =
      node::Agent::create(std::move(*config), std::move(*units), std::move(ports), options);
  if (!agent) return tl::make_unexpected(agent.error());
  malloc_trim(0);
  signals.forward(**agent, log);
  return (*agent)->run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Wayside's agent: samples in, decisions out, beside the machine");
  std::string file;
  wayside::node::AgentOptions options;
  bool verbose = false;
  app.add_option("--config", file, "The agent's configuration, see docs/config.md")->required();
  app.add_flag("--until-eof", options.until_eof,
               "End once the finite sources are read and everything is acknowledged");
  app.add_flag("--anew", options.anew,
               "Begin with empty windows instead of those of the last run, and give out again what "
               "a file that is read once more gives");
  app.add_flag("-v,--verbose", verbose, "Say more");
  app.set_version_flag("--version", std::string("wayside-agent ") + wayside::version);
  app.failure_message(CLI::FailureMessage::simple);
  CLI11_PARSE(app, argc, argv);

  limit_memory();
  const Log log = console_log("wayside-agent", verbose ? LogLevel::debug : LogLevel::info);
  Signals signals;
  const auto status = run(file, options, signals, log);
  if (status) return 0;
  log.error("{}", status.error().message);
  return 1;
}
