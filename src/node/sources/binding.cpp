#include "node/sources/binding.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace wayside::node::sources {

using config::Node;

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = config::nearest(word, known);
  return near.empty() ? std::string{} : fmt::format(" (did you mean {}?)", near);
}

std::vector<std::string> signal_names(const telemetry::Kind& kind) {
  std::vector<std::string> names;
  for (const telemetry::Signal& signal : kind.signals) names.push_back(signal.name);
  return names;
}

std::string path_from(const config::Location& at, const std::string& path) {
  const std::filesystem::path written(path);
  if (path.empty() || written.is_absolute()) return path;
  return (std::filesystem::path(at.file).parent_path() / written).lexically_normal().string();
}

std::optional<AssetId> read_asset(const Node& node, const ParseContext& context) {
  const auto name = config::as_string(node, context.diagnostics);
  if (!name) return std::nullopt;
  if (const auto asset = context.assets.find(*name)) return asset;
  std::vector<std::string> known;
  for (const auto& asset : context.assets.assets) known.push_back(asset.name);
  context.diagnostics.error(node.at,
                            fmt::format("unknown asset '{}'{}", *name, did_you_mean(*name, known)));
  return std::nullopt;
}

namespace {

/// Error text for a signal that none of the kinds in question has.
std::string unknown_signal(const std::string& name, std::optional<std::size_t> kind,
                           const AssetTable& assets) {
  std::vector<std::string> known;
  for (std::size_t k = 0; k < assets.kinds.size(); ++k)
    if (!kind || *kind == k)
      for (std::string& signal : signal_names(assets.kinds[k])) known.push_back(std::move(signal));
  if (!kind) return fmt::format("no kind has a signal '{}'{}", name, did_you_mean(name, known));
  return fmt::format("the kind {} has no signal '{}'{}", assets.kinds[*kind].name, name,
                     did_you_mean(name, known));
}

}  // namespace

std::optional<ChannelByKind> read_channel(const Node& node, std::optional<std::size_t> kind,
                                          const ParseContext& context) {
  const Node* signal = &node;
  const Node* unit = nullptr;
  if (node.type != Node::Type::scalar) {
    config::MapReader reader(node, "a channel", context.diagnostics);
    signal = reader.required("signal");
    unit = reader.optional("unit");
  }
  const auto name =
      signal != nullptr ? config::as_string(*signal, context.diagnostics) : std::nullopt;
  const auto unit_name =
      unit != nullptr ? config::as_string(*unit, context.diagnostics) : std::nullopt;
  if (!name || (unit != nullptr && !unit_name)) return std::nullopt;

  ChannelByKind channels(context.assets.kinds.size());
  bool found = false;
  for (std::size_t k = 0; k < channels.size(); ++k) {
    if (kind && *kind != k) continue;
    const auto id = context.assets.kinds[k].find(*name);
    if (!id) continue;
    found = true;
    channels[k] = Channel{*id, {}};
    if (!unit_name) continue;
    const auto conversion = context.units.conversion(*unit_name, context.assets.kinds[k][*id].unit);
    if (!conversion) {
      context.diagnostics.error(unit->at, conversion.error().message);
      return std::nullopt;
    }
    channels[k]->to_signal = *conversion;
  }
  if (found) return channels;
  context.diagnostics.error(signal->at, unknown_signal(*name, kind, context.assets));
  return std::nullopt;
}

std::vector<std::optional<Channel>> match_signals(const telemetry::Kind& own, AssetId asset,
                                                  const config::Location& at,
                                                  const ParseContext& context) {
  const telemetry::Kind& kind = context.assets.kind_of(asset);
  std::vector<std::optional<Channel>> channels(own.signals.size());
  bool any = false;
  for (std::size_t i = 0; i < own.signals.size(); ++i) {
    const telemetry::Signal& mine = own.signals[i];
    const auto id = kind.find(mine.name);
    if (!id) continue;
    any = true;
    const telemetry::Signal& theirs = kind[*id];
    const auto conversion = context.units.conversion(mine.unit, theirs.unit);
    if (!conversion) {
      context.diagnostics.error(
          at, fmt::format("signal {}: {}", mine.name, conversion.error().message));
      continue;
    }
    const bool same_waveform =
        mine.waveform.has_value() == theirs.waveform.has_value() &&
        (!mine.waveform || (mine.waveform->rate_hz == theirs.waveform->rate_hz &&
                            mine.waveform->length == theirs.waveform->length));
    if (!same_waveform) {
      context.diagnostics.error(
          at,
          mine.waveform
              ? fmt::format("signal {} must be a waveform of {} Hz and length {} in the kind {}",
                            mine.name, mine.waveform->rate_hz, mine.waveform->length, kind.name)
              : fmt::format("signal {} is no waveform", mine.name));
      continue;
    }
    channels[i] = Channel{*id, *conversion};
  }
  if (!any)
    context.diagnostics.error(
        at, fmt::format("the kind {} has none of the signals of {}: {}", kind.name, own.name,
                        fmt::join(signal_names(own), ", ")));
  return channels;
}

AssetIndex::AssetIndex(const AssetTable& assets) {
  for (std::size_t i = 0; i < assets.assets.size(); ++i)
    ids_.emplace(assets.assets[i].name, AssetId{static_cast<std::uint32_t>(i)});
}

std::optional<AssetId> AssetIndex::find(std::string_view name) const {
  const auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

}  // namespace wayside::node::sources
