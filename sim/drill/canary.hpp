#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace wayside::link {
class Link;
}
namespace wayside::sim {
class World;
}

namespace wayside::drill {

class FaultDriver;

/// A bug planted in the simulation's adapters, for tests to see whether drills find what they are
/// for. None of them is in what ships.
enum class Canary : std::uint8_t {
  none,
  hub_commits_late,   ///< the hub's store says "committed" before it is: a power cut takes it
  disk_lies,          ///< the nodes' disks say "synced" before it is so
  release_at_puback,  ///< what the broker has taken counts as acknowledged by the hub
};

/// What a node's link is put into; empty for canaries that are elsewhere.
using WrapLink = std::function<std::unique_ptr<link::Link>(std::unique_ptr<link::Link>)>;
[[nodiscard]] WrapLink canary_link(Canary canary, sim::World& world, const std::string& node);
/// Once the nodes are there. Both outlive the run.
void plant_canary(Canary canary, sim::World& world, FaultDriver& faults);

}  // namespace wayside::drill
