#include <fmt/format.h>

#include <cmath>

#include "node/sources/intake.hpp"
#include "node/sources/parsers.hpp"
#include "node/sources/waiting.hpp"
#include "plants/plant.hpp"

namespace wayside::node::sources {
namespace {

using config::Node;

/// Longer than anything runs, and safe to add to itself.
constexpr Duration forever = days(100 * 365);
constexpr double speed_max = 10'000;
constexpr Duration every_min = milliseconds(1);
/// A live simulation this far behind the clock (suspended, starved) goes on from now.
constexpr Duration behind_max = seconds(5);

struct SimConfig {
  const plants::PlantType* plant = nullptr;
  AssetId asset;
  std::string asset_name;
  std::vector<std::optional<Channel>> channels;  ///< by signal of the plant
  std::uint64_t seed = 1;
  Duration every = milliseconds(100);
  Duration waveform_every = seconds(1);
  double speed = 1;
  std::vector<plants::Fault> faults;  ///< in plant time
  Pace pace{1};
  std::optional<Time> start;
  std::optional<Duration> length;
};

Duration to_plant_time(Duration event, double speed) {
  const double ns = static_cast<double>(event.ns) * speed;
  return ns >= static_cast<double>(forever.ns) ? forever : Duration{std::llround(ns)};
}

/// A waveform under way: its samples leave as their time comes, so that none is late or early.
struct Recording {
  SignalId plant_signal;
  Time start;
  std::vector<double> values;
  std::size_t next = 0;
};

class SimSource final : public Source {
 public:
  SimSource(SimConfig config, std::unique_ptr<plants::Plant> plant, const SourceContext& context)
      : config_(std::move(config)),
        name_(fmt::format("sim:{}", config_.asset_name)),
        plant_(std::move(plant)),
        clock_(context.clock),
        log_(context.log),
        intake_(context, name_, live() ? Intake::Delivery::now : Intake::Delivery::wait),
        announced_(plant_->faults().size()) {
    for (const plants::Fault& fault : plant_->faults())
      levels_.push_back(&context.metrics.gauge(
          "wayside_sim_fault_level", "How far a simulated fault is developed, 0 to 1: the label",
          {{"asset", config_.asset_name}, {"fault", fault.kind}, {"signal", fault.signal}}));
  }

  const std::string& name() const override { return name_; }
  bool finite() const override { return config_.length.has_value(); }

  void run(std::stop_token stop) override {
    Pacer pacer(config_.pace, clock_);
    Time time = first_time();
    const Time end = finite() ? time + *config_.length : Time::max();
    begin_recordings(time);
    for (; time < end; time = time + config_.every) {
      if (!pacer.wait_for(time, stop)) return;
      if (live() && clock_.now() - time > behind_max) {
        time = floor_to(clock_.now(), config_.every);
        pacer.restart();
        begin_recordings(time);
      }
      plant_->step(to_plant_time(config_.every, config_.speed));
      emit(time);
      if (!intake_.flush(stop)) return;
    }
  }

 private:
  /// Samples bear the clock's time as it passes.
  bool live() const { return config_.pace.factor == 1 && !config_.start && !finite(); }

  Time first_time() const {
    if (config_.start) return *config_.start;
    const Time now = floor_to(clock_.now(), config_.every);
    return finite() && config_.pace.factor != 1 ? now - *config_.length : now;
  }

  void begin_recordings(Time time) {
    recordings_.clear();
    next_waveform_ = time;
  }

  void emit(Time time) {
    if (time >= next_waveform_) {
      record(time);
      next_waveform_ = time + config_.waveform_every;
    }
    for (Recording& recording : recordings_) play(recording, time);
    for (const plants::Reading& reading : plant_->read())
      if (const auto& channel = config_.channels[reading.signal.index()])
        intake_.add(config_.asset, channel->signal, time, channel->to_signal(reading.value));
    announce(time);
  }

  void record(Time time) {
    recordings_.clear();
    const telemetry::Kind& kind = plant_->kind();
    for (std::uint32_t i = 0; i < kind.signals.size(); ++i) {
      if (!kind.signals[i].waveform || !config_.channels[i]) continue;
      const auto values = plant_->record(SignalId{i});
      recordings_.push_back({SignalId{i}, time, {values.begin(), values.end()}});
    }
  }

  void play(Recording& recording, Time until) {
    const auto& waveform = *plant_->kind()[recording.plant_signal].waveform;
    const Channel& channel = *config_.channels[recording.plant_signal.index()];
    for (; recording.next < recording.values.size(); ++recording.next) {
      const Time at = recording.start + waveform.offset(recording.next);
      if (at > until) return;
      intake_.add(config_.asset, channel.signal, at,
                  channel.to_signal(recording.values[recording.next]));
    }
  }

  void announce(Time time) {
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const plants::Fault& fault = plant_->faults()[i];
      const double level = fault.level(plant_->age());
      levels_[i]->set(level);
      if (level == 0 || announced_[i]) continue;
      announced_[i] = true;
      log_.info("{}: fault {}{}{} begins at {}", name_, fault.kind,
                fault.signal.empty() ? "" : " of ", fault.signal, format_time(time));
    }
  }

  SimConfig config_;
  std::string name_;
  std::unique_ptr<plants::Plant> plant_;
  const Clock& clock_;
  Log log_;
  Intake intake_;
  std::vector<Recording> recordings_;
  Time next_waveform_;
  std::vector<Gauge*> levels_;
  std::vector<bool> announced_;
};

class SimSpec final : public SourceSpec {
 public:
  explicit SimSpec(SimConfig config) : config_(std::move(config)) {}
  Result<std::unique_ptr<Source>> create(const SourceContext& context) const override {
    auto plant = plants::make_plant(config_.plant->name, {config_.seed, config_.faults});
    if (!plant) return tl::make_unexpected(plant.error());
    return std::make_unique<SimSource>(config_, std::move(*plant), context);
  }

 private:
  SimConfig config_;
};

const plants::PlantType* read_plant(const Node& node, config::Diagnostics& diagnostics) {
  const auto name = config::as_string(node, diagnostics);
  if (!name) return nullptr;
  const plants::PlantType* type = plants::find_plant_type(*name);
  if (type != nullptr) return type;
  std::vector<std::string> known;
  for (const plants::PlantType& plant : plants::plant_types()) known.push_back(plant.name);
  diagnostics.error(node.at, fmt::format("unknown plant '{}'{}; known: {}", *name,
                                         did_you_mean(*name, known), fmt::join(known, ", ")));
  return nullptr;
}

void read_fault(const Node& node, SimConfig& config, config::Diagnostics& diagnostics) {
  config::MapReader reader(node, "a fault", diagnostics);
  plants::Fault fault;
  fault.kind = reader.required_string("kind");
  const bool timed = reader.required("at") != nullptr;
  fault.at = to_plant_time(reader.duration("at", {}), config.speed);
  fault.over = to_plant_time(reader.duration("over", {}), config.speed);
  fault.severity = reader.number("severity", 1);
  fault.signal = reader.string("signal");
  if (!timed || fault.kind.empty() || config.plant == nullptr) return;
  if (const auto status = plants::check_fault(*config.plant, fault); !status)
    diagnostics.error(node.at, status.error().message);
  config.faults.push_back(std::move(fault));
}

void read_times(config::MapReader& reader, SimConfig& config) {
  config::Diagnostics& diagnostics = reader.diagnostics();
  if (const Node* pace = reader.optional("pace"))
    config.pace = as_pace(*pace, diagnostics).value_or(config.pace);
  if (const Node* start = reader.optional("start")) {
    const auto time = parse_time(config::as_string(*start, diagnostics).value_or(""));
    if (time)
      config.start = *time;
    else
      diagnostics.error(start->at, time.error().message);
  }
  if (const Node* length = reader.optional("for")) {
    config.length = config::as_duration(*length, diagnostics);
    if (config.length && (config.length->ns <= 0 || *config.length > forever))
      diagnostics.error(length->at, "'for' must be longer than 0 and at most 100 years");
  } else if (config.pace.max()) {
    diagnostics.error(reader.node().at,
                      "a simulation with the pace max needs 'for', or it never ends");
  }
}

/// The longest time that a waveform of the plant takes.
Duration recording_length(const plants::PlantType& plant) {
  Duration longest;
  for (const telemetry::Signal& signal : plant.kind.signals)
    if (signal.waveform)
      longest = std::max(longest, signal.waveform->offset(signal.waveform->length));
  return longest;
}

}  // namespace

std::unique_ptr<SourceSpec> parse_sim(const Node& body, const ParseContext& context) {
  config::Diagnostics& diagnostics = context.diagnostics;
  const std::size_t errors_before = diagnostics.errors().size();
  SimConfig config;
  config::MapReader reader(body, "a sim source", diagnostics);
  if (const Node* plant = reader.required("plant")) config.plant = read_plant(*plant, diagnostics);
  config.seed = static_cast<std::uint64_t>(reader.integer("seed", 1, 0));
  config.every = reader.duration("every", config.every);
  config.waveform_every = reader.duration("waveform_every", config.waveform_every);
  config.speed = reader.number("speed", 1);
  if (config.every < every_min || config.every > hours(1))
    diagnostics.error(reader.node().at, "'every' must be from 1ms to 1h");
  if (!(config.speed > 0 && config.speed <= speed_max)) {
    diagnostics.error(reader.node().at,
                      fmt::format("'speed' must be above 0 and at most {}", speed_max));
    config.speed = 1;
  }
  read_times(reader, config);
  if (const Node* faults = reader.optional("faults")) {
    if (faults->type != Node::Type::sequence)
      diagnostics.error(faults->at,
                        fmt::format("expected a list of faults, found {}", faults->describe()));
    for (const Node& fault : faults->items) read_fault(fault, config, diagnostics);
  }
  const Node* asset = reader.required("asset");
  const auto id = asset != nullptr ? read_asset(*asset, context) : std::nullopt;
  if (config.plant != nullptr && config.waveform_every < recording_length(*config.plant))
    diagnostics.error(reader.node().at,
                      fmt::format("'waveform_every' must be at least {}, the length of a recording",
                                  format_duration(recording_length(*config.plant))));
  if (id && config.plant != nullptr) {
    config.asset = *id;
    config.asset_name = context.assets.assets[id->index()].name;
    config.channels = match_signals(config.plant->kind, *id, asset->at, context);
  }
  reader.finish();
  if (diagnostics.errors().size() != errors_before) return nullptr;
  return std::make_unique<SimSpec>(std::move(config));
}

}  // namespace wayside::node::sources
