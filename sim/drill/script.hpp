#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/config/diagnostics.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "sim/drill/expectation.hpp"
#include "telemetry/tier.hpp"

namespace wayside::node {
struct AgentConfig;
}
namespace wayside::config {
struct Node;
}

namespace wayside::drill {

inline constexpr std::size_t nodes_max = 64;
inline constexpr std::size_t timeline_max = 256;    ///< entries
inline constexpr std::size_t onsets_max = 100'000;  ///< of all entries together, in one run
inline constexpr Duration length_max = days(366);

/// A time that a script gives, or a range of which each run draws one: `1h`, `10s..2min`.
struct Span {
  Duration low;
  Duration high;
  [[nodiscard]] Duration draw(Rng& rng) const;
};

/// What a path between a computer and the broker does to packets. As many as hold at one time are
/// combined: see `combine`.
struct LinkConditions {
  enum class Down : std::uint8_t { no, both, up, down };
  Down down = Down::no;    ///< `up` and `down`: packets of one direction vanish, a half-open link
  Duration latency;        ///< one way
  Duration jitter;         ///< uniform up to so much more
  double loss = 0;         ///< share of packets, repeated by TCP: seen as delay
  double duplicate = 0;    ///< share of messages that come twice
  double reorder = 0;      ///< share of messages that come later than the next ones
  double bytes_per_s = 0;  ///< 0: no limit

  friend bool operator==(const LinkConditions&, const LinkConditions&) = default;
};
/// Both at once: delays add up, shares are independent, the smaller bandwidth holds.
[[nodiscard]] LinkConditions combine(const LinkConditions& a, const LinkConditions& b);

struct LinkAction {
  LinkConditions conditions;
  bool hub = false;  ///< the hub's path to the broker, not the nodes'
};
enum class BrokerAction : std::uint8_t { restart, down };
enum class HubAction : std::uint8_t { kill, power_cut, store_full, store_failing, store_lost };
enum class AgentAction : std::uint8_t { kill, power_cut, reinstall };

struct DiskAction {
  enum class What : std::uint8_t { full, read_only, slow, corrupt };
  What what = What::full;
  Duration delay;           ///< of `slow`: each write and sync takes so much longer
  std::uint32_t bytes = 1;  ///< of `corrupt`: so many bytes change
};

struct ClockAction {
  Duration step;            ///< the wall clock jumps
  double drift_ppm = 0;     ///< and from then on goes so much faster
  std::optional<Time> set;  ///< it shows this time, as after a dead battery
};

/// What a sensor does to the value that it should show. In the signal's own unit.
struct SensorAction {
  std::vector<std::string> signals;  ///< empty: all
  double noise = 0;                  ///< standard deviation
  double bias = 0;
  double drift_per_h = 0;
  double dropout = 0;  ///< share of samples that do not come
  bool stuck = false;
  double quantum = 0;  ///< values are multiples of this; 0: any
};

/// A labelled fault of the simulated machine (src/plants).
struct MachineAction {
  std::string fault;
  std::string signal;
  Duration over;
  double severity = 1;
};

using Action = std::variant<LinkAction, BrokerAction, HubAction, AgentAction, DiskAction,
                            ClockAction, SensorAction, MachineAction>;

/// True for what the drill compares with a clean run: it changes what machines do or what sensors
/// show, not how records travel.
[[nodiscard]] bool is_machine_fault(const Action& action);

/// Which nodes an entry is about.
struct Targets {
  enum class Pick : std::uint8_t { all, any, one };
  Pick pick = Pick::all;
  std::size_t index = 0;  ///< of `one`, from 0
};

struct TimelineEntry {
  config::Location where;
  Span at;
  std::optional<Span> lasts;  ///< absent: to the end, or, of what is over at once, the default
  std::optional<Span> every;  ///< repeated, so long from one onset to the next
  std::optional<std::uint64_t> times;  ///< at most so often
  std::optional<Duration> until;
  Targets targets;
  Action action;
};

/// How a signal without a machine moves. Values are clamped to the signal's range.
struct Generator {
  enum class Shape : std::uint8_t { walk, sine, square, ramp, constant };
  std::string signal;  ///< empty: every signal
  Shape shape = Shape::walk;
  std::optional<double> low, high;
  std::optional<double> noise;  ///< standard deviation; default 1 % of the span
  Duration period = minutes(10);
  std::optional<Duration> every;  ///< default: Signals::every
};

struct Signals {
  std::optional<Duration> every;          ///< default: the kind's tick, at least 1 s
  Duration waveform_every = minutes(10);  ///< from the start of one recording to the next
  std::string plant = "auto";             ///< a plant's name, or `auto` (by kind), or `none`
  double speed = 1;                       ///< how much faster than time the plant's physics runs
  std::vector<Generator> generators;
  const config::Node* csv = nullptr;  ///< the body of a csv source
};

/// A drill's script: docs/drills.md. Points into the tree that it was read from.
struct Script {
  enum class Storage : std::uint8_t { sqlite, memory };
  std::string title;
  std::size_t nodes = 1;
  Duration length;
  Time start;                         ///< by the world's clock
  Duration drain_max = days(1);       ///< waited for at the end
  Storage storage = Storage::sqlite;  ///< of the nodes' spools
  Signals signals;
  std::vector<TimelineEntry> timeline;
  Expectations expect;
};

/// Reads a script; names of signals and faults are checked against the agent's configuration.
/// Nullopt after at least one mistake; all of them are reported.
[[nodiscard]] std::optional<Script> parse_script(const config::Node& root,
                                                 const node::AgentConfig& agent,
                                                 config::Diagnostics& diagnostics);

}  // namespace wayside::drill
