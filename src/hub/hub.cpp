#include "hub/hub.hpp"

#include <algorithm>
#include <thread>

#include "hub/api/api.hpp"
#include "hub/housekeeping.hpp"
#include "hub/watchers.hpp"

namespace wayside::hub {
namespace {

/// Browsers hold a connection each for the live stream.
constexpr std::size_t http_threads = 32;

}  // namespace

struct Hub::State {
  State(HubOptions o, TelemetryStore& s, Catalog& c, link::Link& l, const Clock& k, Metrics& m,
        Log g);

  [[nodiscard]] ReceiverHooks hooks();
  void run();
  [[nodiscard]] std::vector<std::string> problems() const;
  void stop();

  HubOptions options;
  TelemetryStore& store;
  link::Link& link;
  Receiver receiver;
  http::Broadcast broadcast;
  Api api;
  Watchers watchers;
  Housekeeping housekeeping;
  http::Server server{{http_threads, 1u << 20}};
  std::thread thread;
  bool started = false;
};

Hub::State::State(HubOptions o, TelemetryStore& s, Catalog& c, link::Link& l, const Clock& k,
                  Metrics& m, Log g)
    : options(std::move(o)),
      store(s),
      link(l),
      receiver(options.receiver, s, c, l, k, m, g, hooks()),
      api({s, c, receiver.fleet(), k, m, broadcast, options.version, options.receiver.broker,
           [this] { return link.connected(); }, [this] { return problems(); }, options.query,
           [this](FeatureReplacement r) { return receiver.replace_features(std::move(r)); },
           options.parquet, [this](const std::string&) { receiver.reread(); }}),
      watchers(broadcast, api, k),
      housekeeping(s, options.keep, k, m, std::move(g), [this] { receiver.reread(); }) {}

ReceiverHooks Hub::State::hooks() {
  return {.committed =
              [this](const Committed& committed, const std::vector<EventRow>& ended) {
                watchers.committed(committed, ended);
              },
          .node_changed = [this](const std::string& node) { watchers.node_changed(node); },
          .wake = {}};
}

void Hub::State::run() {
  for (bool open = true; open;) {
    const Duration due = std::min(receiver.step(), watchers.step());
    open = receiver.wait(std::min(due, Watchers::data_every));
  }
  receiver.finish();
}

std::vector<std::string> Hub::State::problems() const {
  std::vector<std::string> result = receiver.problems();
  for (std::string& problem : housekeeping.problems()) result.push_back(std::move(problem));
  return result;
}

void Hub::State::stop() {
  if (!started) return;
  started = false;
  store.end_keeping();
  housekeeping.stop();
  receiver.close();
  thread.join();
  receiver.say_goodbye();
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
  if (const Status loaded = s.receiver.load(); !loaded) return tl::make_unexpected(loaded.error());
  s.api.mount(s.server);
  s.server.assets(s.options.console);
  const auto port = s.server.start(s.options.listen);
  if (!port) return port;
  if (const Status begun = s.receiver.connect(); !begun) {
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
