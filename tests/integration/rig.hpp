#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "account.hpp"
#include "base/rng.hpp"
#include "feed.hpp"
#include "fleet.hpp"

namespace wayside::test {

/// Whether the tests of failures run at length: $WAYSIDE_LONG is set (`./dev test --long`).
[[nodiscard]] bool at_length();
/// Of the moments at which things fail: $WAYSIDE_SEED, or another every time.
[[nodiscard]] std::uint64_t failure_seed();

/// A fleet with one agent that is fed, and what is known of what it accepted. The test makes things
/// fail; `expect_whole` brings everything back and compares.
class Rig {
 public:
  struct Options {
    double samples_per_s = 3'000;
    std::string state;  ///< the agent's folder; one of the fleet's without
    std::string store;  ///< of hub.yaml; DuckDB in the fleet's folder without
    std::string tiers =
        "critical: {send: now}, diagnostic: {send: every 100ms}, bulk: {send: "
        "every 200ms}";
    bool proxied = false;
    bool hub_at_start = true;
  };
  static constexpr const char* node = "counter-1";

  Rig();
  explicit Rig(Options options);

  void start_agent();
  /// SIGKILL; what its spool held then is remembered.
  void kill_agent();
  /// SIGKILL, and its state folder is gone: what is started next is installed anew.
  void lose_agent();
  void restart_broker();
  /// `wait`: returns once it answers.
  void restart_hub(bool wait);

  /// Every line that agent and hub show now balances; whoever is away shows none.
  void expect_balanced() const;
  /// Ends the feed, waits until the hub has everything and its ledger agrees with the agent's, and
  /// compares the samples. `dropped`: records may have been dropped, and then samples are held
  /// against what the gaps say.
  void expect_whole(std::chrono::seconds limit = std::chrono::seconds(60), bool dropped = false);
  /// The agent's own ledger, by tier.
  [[nodiscard]] std::map<std::string, Line> agent_ledger() const;
  [[nodiscard]] std::map<std::string, Line> hub_ledger() const;
  /// Of its local API.
  [[nodiscard]] std::string agent_url() const;
  /// Samples that the gaps at the hub stand for, by tier.
  [[nodiscard]] std::uint64_t samples_dropped(const std::string& tier) const;

  Fleet fleet;
  Feed feed;
  std::optional<Process> agent;

 private:
  [[nodiscard]] bool settled() const;
  void expect_accounted(const Stored& stored) const;
  [[nodiscard]] std::string state() const;

  Options options_;
  int agent_port_;
  std::vector<Held> held_;  ///< by run
};

}  // namespace wayside::test
