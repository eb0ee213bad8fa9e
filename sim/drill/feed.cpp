#include "sim/drill/feed.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/assert.hpp"
#include "sim/drill/generator.hpp"

namespace wayside::drill {
namespace {

constexpr Duration never{std::numeric_limits<std::int64_t>::max()};
constexpr Duration every_min = seconds(1);  ///< by default; a script may ask for less

/// The signals of one asset that are generated at the same moments.
class GeneratedPart final : public Feed::Part {
 public:
  GeneratedPart(AssetId asset, Duration first, Duration every)
      : asset_(asset), next_(first), every_(every) {}
  void add(SignalId signal, Waves waves) { waves_.emplace_back(signal, std::move(waves)); }
  [[nodiscard]] Duration next() const override { return next_; }
  void take(std::vector<telemetry::Sample>& out) override {
    for (auto& [signal, waves] : waves_)
      out.push_back({asset_, signal, Time{next_.ns}, waves.at(next_)});
    next_ = next_ + every_;
  }

 private:
  AssetId asset_;
  Duration next_, every_;
  std::vector<std::pair<SignalId, Waves>> waves_;
};

/// A waveform without a machine: a recording is handed over whole, once its last sample is there.
class GeneratedWaveform final : public Feed::Part {
 public:
  GeneratedWaveform(AssetId asset, SignalId id, const telemetry::Signal& signal, Waves waves,
                    Duration first, Duration every)
      : asset_(asset), id_(id), form_(*signal.waveform), waves_(std::move(waves)), every_(every) {
    start_ = first;
  }
  [[nodiscard]] Duration next() const override { return start_ + form_.offset(form_.length - 1); }
  void take(std::vector<telemetry::Sample>& out) override {
    for (std::size_t i = 0; i < form_.length; ++i) {
      const Duration at = start_ + form_.offset(i);
      out.push_back({asset_, id_, Time{at.ns}, waves_.at(at)});
    }
    start_ = start_ + std::max(every_, form_.offset(form_.length));
  }

 private:
  AssetId asset_;
  SignalId id_;
  telemetry::Waveform form_;
  Waves waves_;
  Duration start_, every_;
};

/// A simulated machine with all its sensors.
class PlantPart final : public Feed::Part {
 public:
  struct Channel {
    SignalId plant, own;
    std::optional<telemetry::Waveform> waveform;
  };
  struct Pace {
    Duration first, every, waveform_every;
    double speed;
  };
  PlantPart(AssetId asset, std::unique_ptr<plants::Plant> plant, std::vector<Channel> channels,
            Pace pace)
      : asset_(asset),
        plant_(std::move(plant)),
        channels_(std::move(channels)),
        pace_(pace),
        next_(pace.first),
        next_waveform_(pace.first) {}
  [[nodiscard]] Duration next() const override { return next_; }
  void take(std::vector<telemetry::Sample>& out) override {
    const double ns = static_cast<double>(pace_.every.ns) * pace_.speed;
    plant_->step(Duration{std::max<std::int64_t>(1, std::llround(ns))});
    const auto readings = plant_->read();
    for (const Channel& channel : channels_)
      if (!channel.waveform)
        out.push_back({asset_, channel.own, Time{next_.ns}, reading(readings, channel.plant)});
    if (next_ >= next_waveform_) record(out);
    next_ = next_ + pace_.every;
  }

 private:
  static double reading(std::span<const plants::Reading> readings, SignalId signal) {
    for (const plants::Reading& one : readings)
      if (one.signal == signal) return one.value;
    WAYSIDE_ASSERT(false, "a plant reads all its scalar sensors");
    return 0;
  }
  /// What led up to this moment, so that no sample is from later than now.
  void record(std::vector<telemetry::Sample>& out) {
    for (const Channel& channel : channels_) {
      if (!channel.waveform) continue;
      const auto values = plant_->record(channel.plant);
      const Duration start = next_ - channel.waveform->offset(values.size() - 1);
      for (std::size_t i = 0; i < values.size(); ++i)
        out.push_back(
            {asset_, channel.own, Time{(start + channel.waveform->offset(i)).ns}, values[i]});
    }
    next_waveform_ = next_ + pace_.waveform_every;
  }

  AssetId asset_;
  std::unique_ptr<plants::Plant> plant_;
  std::vector<Channel> channels_;
  Pace pace_;
  Duration next_, next_waveform_;
};

/// A file's samples, again from its start when they are at their end.
class RecordedPart final : public Feed::Part {
 public:
  explicit RecordedPart(std::span<const telemetry::Sample> samples) : samples_(samples) {
    const Duration last{samples.back().time.ns};
    // The first sample comes again as long after the last as the last came after the one before.
    std::size_t before = samples.size() - 1;
    while (before > 0 && samples[before].time == samples.back().time) --before;
    round_ = last + std::max(seconds(1), samples.back().time - samples[before].time);
  }
  [[nodiscard]] Duration next() const override {
    return offset_ + Duration{samples_[position_].time.ns};
  }
  void take(std::vector<telemetry::Sample>& out) override {
    const Duration now = next();
    while (next() == now) {
      out.push_back(samples_[position_]);
      out.back().time = Time{now.ns};
      if (++position_ < samples_.size()) continue;
      position_ = 0;
      offset_ = offset_ + round_;
    }
  }

 private:
  std::span<const telemetry::Sample> samples_;
  Duration round_, offset_{};
  std::size_t position_ = 0;
};

/// Builds the parts of one asset.
class AssetFeed {
 public:
  AssetFeed(AssetId asset, const telemetry::Kind& kind, Duration tick, const Signals& signals,
            const Rng& rng)
      : asset_(asset),
        kind_(kind),
        signals_(signals),
        rng_(rng),
        every_(signals.every.value_or(std::max(tick, every_min))) {}

  /// But for the signals that are taken.
  void add_plant(const plants::PlantType& type, std::vector<plants::Fault> faults,
                 const std::vector<bool>& taken, std::vector<bool>& covered,
                 std::vector<std::unique_ptr<Feed::Part>>& out) {
    std::vector<PlantPart::Channel> channels;
    for (std::uint32_t i = 0; i < kind_.signals.size(); ++i) {
      const telemetry::Signal& own = kind_.signals[i];
      const auto theirs = type.kind.find(own.name);
      if (taken[i] || !theirs || type.kind[*theirs].unit != own.unit ||
          type.kind[*theirs].waveform.has_value() != own.waveform.has_value())
        continue;
      channels.push_back({*theirs, SignalId{i}, type.kind[*theirs].waveform});
      covered[i] = true;
    }
    if (channels.empty()) return;
    for (plants::Fault& fault : faults) {
      fault.at = scaled(fault.at);
      fault.over = scaled(fault.over);
    }
    Rng seeds = rng_.fork(0);
    auto plant = plants::make_plant(type.name, {seeds.next(), std::move(faults)});
    WAYSIDE_ASSERT(plant, "the script's faults were checked");
    out.push_back(std::make_unique<PlantPart>(
        asset_, std::move(*plant), std::move(channels),
        PlantPart::Pace{phase(1, every_), every_, signals_.waveform_every, signals_.speed}));
  }

  /// What nothing else covers.
  void add_generators(const std::vector<bool>& covered,
                      std::vector<std::unique_ptr<Feed::Part>>& out) {
    std::map<Duration, std::unique_ptr<GeneratedPart>> groups;
    for (std::uint32_t i = 0; i < kind_.signals.size(); ++i) {
      if (covered[i]) continue;
      const telemetry::Signal& signal = kind_.signals[i];
      const Generator generator = generator_of(signal.name);
      Waves waves(signal, generator, rng_.fork(100 + i));
      const Duration every = generator.every.value_or(every_);
      if (signal.waveform) {
        out.push_back(std::make_unique<GeneratedWaveform>(asset_, SignalId{i}, signal,
                                                          std::move(waves), phase(2, every_),
                                                          signals_.waveform_every));
        continue;
      }
      auto& group = groups[every];
      if (group == nullptr) group = std::make_unique<GeneratedPart>(asset_, phase(1, every), every);
      group->add(SignalId{i}, std::move(waves));
    }
    for (auto& [every, group] : groups) out.push_back(std::move(group));
  }

 private:
  [[nodiscard]] Duration scaled(Duration event) const {
    return {std::llround(static_cast<double>(event.ns) * signals_.speed)};
  }
  /// Machines of a fleet are not read in the same moment.
  [[nodiscard]] Duration phase(std::uint64_t stream, Duration every) const {
    Rng rng = rng_.fork(stream);
    return {static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(every.ns)))};
  }
  [[nodiscard]] Generator generator_of(const std::string& signal) const {
    for (const Generator& one : signals_.generators)
      if (one.signal == signal) return one;
    return {};
  }

  AssetId asset_;
  const telemetry::Kind& kind_;
  const Signals& signals_;
  Rng rng_;
  Duration every_;
};

}  // namespace

const plants::PlantType* plant_of(const telemetry::Kind& kind, const Signals& signals) {
  if (signals.plant == "none") return nullptr;
  return plants::find_plant_type(signals.plant == "auto" ? kind.name : signals.plant);
}

Feed::Feed(const node::AssetTable& assets, std::span<const Duration> ticks, const Signals& signals,
           std::span<const MachineFault> faults, std::span<const telemetry::Sample> recorded,
           Rng rng) {
  if (!recorded.empty()) parts_.push_back(std::make_unique<RecordedPart>(recorded));
  for (std::uint32_t a = 0; a < assets.assets.size(); ++a) {
    const AssetId id{a};
    const telemetry::Kind& kind = assets.kind_of(id);
    std::vector<bool> covered(kind.signals.size(), false);
    for (const telemetry::Sample& sample : recorded)
      if (sample.asset == id) covered[sample.signal.index()] = true;
    // What the script sets itself is neither the plant's nor, where a file has it, set at all.
    std::vector<bool> set = covered;
    for (const Generator& own : signals.generators)
      if (const auto signal = kind.find(own.signal)) set[signal->index()] = true;
    AssetFeed feed(id, kind, ticks[assets.assets[a].kind], signals, rng.fork(a));
    if (const plants::PlantType* type = plant_of(kind, signals)) {
      std::vector<plants::Fault> own;
      for (const MachineFault& fault : faults)
        if (fault.asset == id) own.push_back(fault.fault);
      feed.add_plant(*type, std::move(own), set, covered, parts_);
    }
    feed.add_generators(covered, parts_);
  }
}

Duration Feed::next() const {
  Duration first = never;
  for (const auto& part : parts_) first = std::min(first, part->next());
  return first;
}

void Feed::take(std::vector<telemetry::Sample>& out) {
  const Duration now = next();
  for (const auto& part : parts_)
    if (part->next() == now) part->take(out);
}

}  // namespace wayside::drill
