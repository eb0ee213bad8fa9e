#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "hub/catalog/catalog.hpp"
#include "hub/fleet.hpp"
#include "hub/ingest.hpp"
#include "hub/store/store.hpp"
#include "link/link.hpp"

namespace wayside::hub {

struct ReceiverOptions {
  std::string broker = "mqtt://127.0.0.1:1883";
  std::size_t queue_bytes_max = 64u << 20;  ///< frames received and not yet looked at
  std::uint64_t batch_rows_max = 500'000;   ///< a commit holds about so many rows at most
  Duration batch_age_max = milliseconds(250);
  Duration critical_age_max = milliseconds(20);  ///< once the batch holds a critical record
};

/// What who runs a receiver is told, from within `step`; `wake` from any thread. All may be empty.
struct ReceiverHooks {
  /// After each commit, with the alerts that it ended; the acknowledgements are on their way.
  std::function<void(const Committed&, const std::vector<EventRow>& ended)> committed = {};
  std::function<void(const std::string& node)> node_changed = {};
  std::function<void()> wake = {};  ///< something came: `step` is to be called
};

/// The way in: frames from the link through a bounded queue into commits and acknowledgements, and
/// what the nodes say of themselves into catalog and fleet. A store that fails is opened again
/// until it works, and meanwhile nothing is acknowledged, so the nodes keep what they have.
///
/// It has no thread: one caller calls `step` when something came and after the returned pause at
/// the latest. The hub does so from a thread, a simulation under its own clock.
class Receiver final : public link::LinkHandler {
 public:
  /// All must outlive it.
  Receiver(ReceiverOptions options, TelemetryStore& store, Catalog& catalog, link::Link& link,
           const Clock& clock, Metrics& metrics, Log log, ReceiverHooks hooks);
  ~Receiver() override;
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  /// First: takes up what is stored. A store that is `unavailable` may come later. Errors: what
  /// store and catalog say.
  [[nodiscard]] Status load();
  /// Then: connects. Errors: as the link's.
  [[nodiscard]] Status connect();

  /// Does what is due; returns how long nothing will be, unless something comes.
  Duration step();
  /// Waits at most `pause` for something to come. False: `close` was called and all that had come
  /// before is taken.
  [[nodiscard]] bool wait(Duration pause);
  /// Any thread: takes nothing more.
  void close();
  /// Commits what was taken.
  void finish();
  /// Tells the nodes that the hub goes, and disconnects.
  void say_goodbye();

  // Any thread:

  [[nodiscard]] Fleet& fleet();
  /// Waits until `step` has done it on its thread, the only one that writes.
  [[nodiscard]] Result<Replaced> replace_features(FeatureReplacement replacement);
  /// Rows went: what the fleet holds in memory is read again with the next step.
  void reread();
  /// Sentences, for readiness.
  [[nodiscard]] std::vector<std::string> problems() const;
  /// Positions of every stream as committed. For who calls `step`.
  [[nodiscard]] std::map<StreamKey, StreamTotals> committed() const;

  void on_connected() override;
  void on_disconnected(std::string_view reason) override;
  void on_message(const link::Message& message) override;
  void on_oversize(std::string_view topic, std::size_t bytes) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::hub
