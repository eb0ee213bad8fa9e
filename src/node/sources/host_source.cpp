#include <fmt/format.h>

#include "node/sources/host_probe.hpp"
#include "node/sources/intake.hpp"
#include "node/sources/parsers.hpp"
#include "node/sources/waiting.hpp"

namespace wayside::node::sources {
namespace {

constexpr Duration every_min = milliseconds(100);

struct HostConfig {
  AssetId asset;
  std::string asset_name;
  std::vector<std::optional<Channel>> channels;  ///< by signal of the probe
  Duration every = seconds(1);
  HostProbe::Roots roots;
};

class HostSource final : public Source {
 public:
  HostSource(HostConfig config, const SourceContext& context)
      : config_(std::move(config)),
        name_(fmt::format("host:{}", config_.asset_name)),
        clock_(context.clock),
        probe_(config_.roots),
        intake_(context, name_, Intake::Delivery::now) {}

  const std::string& name() const override { return name_; }
  bool finite() const override { return false; }

  void run(std::stop_token stop) override {
    do {
      const Time time = clock_.now();
      const auto values = probe_.read(clock_.monotonic());
      for (std::size_t i = 0; i < values.size(); ++i)
        if (const auto& channel = config_.channels[i]; channel && values[i])
          intake_.add(config_.asset, channel->signal, time, channel->to_signal(*values[i]));
      if (!intake_.flush(stop)) return;
    } while (waiter_.wait(until_next(), stop));
  }

 private:
  /// Measurements fall on multiples of `every` by the clock.
  Duration until_next() const {
    const Time now = clock_.now();
    return floor_to(now, config_.every) + config_.every - now;
  }

  HostConfig config_;
  std::string name_;
  const Clock& clock_;
  HostProbe probe_;
  Intake intake_;
  Waiter waiter_;
};

class HostSpec final : public SourceSpec {
 public:
  explicit HostSpec(HostConfig config) : config_(std::move(config)) {}
  Result<std::unique_ptr<Source>> create(const SourceContext& context) const override {
    return std::make_unique<HostSource>(config_, context);
  }

 private:
  HostConfig config_;
};

}  // namespace

std::unique_ptr<SourceSpec> parse_host(const config::Node& body, const ParseContext& context) {
  config::Diagnostics& diagnostics = context.diagnostics;
  const std::size_t errors_before = diagnostics.errors().size();
  HostConfig config;
  config::MapReader reader(body, "a host source", diagnostics);
  config.every = reader.duration("every", config.every);
  if (config.every < every_min || config.every > days(1))
    diagnostics.error(reader.node().at, "'every' must be from 100ms to 1d");
  config.roots.proc = reader.string("proc", config.roots.proc);
  config.roots.sys = reader.string("sys", config.roots.sys);
  config.roots.disk = reader.string("disk", config.roots.disk);
  const config::Node* asset = reader.required("asset");
  const auto id = asset != nullptr ? read_asset(*asset, context) : std::nullopt;
  if (id) {
    config.asset = *id;
    config.asset_name = context.assets.assets[id->index()].name;
    config.channels = match_signals(computer_kind(), *id, asset->at, context);
  }
  reader.finish();
  if (diagnostics.errors().size() != errors_before) return nullptr;
  return std::make_unique<HostSpec>(std::move(config));
}

}  // namespace wayside::node::sources
