#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "hub/store/batch.hpp"
#include "node/agent_config.hpp"
#include "spool/spool.hpp"
#include "telemetry/record.hpp"

namespace wayside::sim {

/// What was lost for one reason.
struct Lost {
  std::uint64_t records = 0;
  std::uint64_t samples = 0;
};

/// What became of what one tier of one node was given, over all its lives, as somebody beside the
/// code under test counted it.
struct TierAudit {
  std::uint64_t accepted_samples = 0;  ///< that the pipeline took
  std::uint64_t numbered_records = 0;  ///< that the spool gave a number
  std::uint64_t stored_records = 0;    ///< that the hub's store holds
  std::uint64_t stored_samples = 0;
  std::map<std::string, Lost> gaps;  ///< that gaps at the hub name, by reason
  Lost overrun;                      ///< no room before the spool: in its account
  Lost refused;                      ///< the spool could not write them, which its account says
  /// Gone with a process or the power before they had to be durable, and how old the oldest was.
  Lost cut;
  std::optional<Duration> cut_age;
  Lost reset;        ///< gone with a spool that was damaged or removed: the next epoch tells
  Lost other_store;  ///< were in a store of the hub that was lost
  std::uint64_t waiting_records = 0;  ///< numbered and not stored yet
  std::uint64_t waiting_samples = 0;  ///< accepted and none of the above
};

/// A critical record on its way.
struct Delivered {
  std::size_t node = 0;
  Duration accepted;  ///< by the world's clock
  Duration stored;
};

/// Keeps its own books of a world: what each node took, what became durable, what the hub's store
/// holds. Every record is told from the others by its number and its contents. What breaks a
/// promise is a sentence in `faults`.
class Audit {
 public:
  static constexpr std::size_t faults_max = 100;

  Audit();
  ~Audit();

  // What happened, told by the world.

  std::size_t add_node(const node::AgentConfig& config);
  void accepted(std::size_t node, const telemetry::Sample& sample, Duration now);
  /// A record left the recorder, with its number; 0: the spool refused it.
  void recorded(std::size_t node, std::uint64_t epoch, telemetry::Tier tier, std::uint64_t seq,
                const telemetry::Record& record, Duration now);
  /// Records and samples found no room before the spool, which was told.
  void overrun(std::size_t node, telemetry::Tier tier, const Lost& lost, Duration now);
  /// Numbers up to `seq` were said to be durable.
  void durable(std::size_t node, std::uint64_t epoch, telemetry::Tier tier, std::uint64_t seq);
  /// The node took the hub's word that numbers up to `seq` are stored.
  void acknowledged(std::size_t node, std::uint64_t epoch, telemetry::Tier tier, std::uint64_t seq);
  /// The process is gone, and with it what was in its memory.
  void ended(std::size_t node, Duration now);
  /// The node's spool is open, with what it holds: again, or begun anew.
  void reopened(std::size_t node, std::uint64_t epoch,
                const std::array<spool::LedgerLine, telemetry::tier_count>& ledger);
  /// The hub's store took the batch.
  void stored(const hub::Batch& batch, Duration now);
  /// The store's contents went back to what they were at `copy`; nullopt: to nothing.
  using Copy = std::uint64_t;
  [[nodiscard]] Copy copy();
  void store_reset(std::optional<Copy> copy);

  // What it came to.

  [[nodiscard]] const TierAudit& tier(std::size_t node, telemetry::Tier tier) const;
  [[nodiscard]] const std::vector<Delivered>& critical() const;
  [[nodiscard]] const std::vector<std::string>& faults() const;
  void fault(std::string sentence);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::sim
