#include "node/loaded_model.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "node/model_features.hpp"

namespace wayside::node {
namespace {

Status map_inputs(const KindConfig& kind, LoadedModel& model) {
  for (const std::string& input : model.info->manifest.inputs) {
    const auto feature = kind.plan->find(input);
    if (!feature)
      return fail(Errc::invalid, "its input '{}' is no feature of this kind (features: {})", input,
                  fmt::join(kind.plan->names(), ", "));
    model.input_features.push_back(*feature);
  }
  return {};
}

Status map_outputs(const ModelConfig& config, LoadedModel& model) {
  const std::vector<std::string>& outputs = model.info->manifest.outputs;
  for (const OutputSlot& read : config.outputs) {
    const auto output = position(outputs, read.output);
    if (!output)
      return fail(Errc::invalid, "a rule reads its output '{}', but it has only: {}", read.output,
                  fmt::join(outputs, ", "));
    model.reads.push_back({*output, read.slot});
  }
  return {};
}

Status make_room(const KindConfig& kind, std::size_t assets, LoadedModel& model) {
  constexpr std::size_t mib = 1u << 20;
  const infer::Sequence& sequence = model.info->manifest.sequence;
  const std::size_t inputs = model.input_features.size();
  const std::size_t bytes = SequenceInputs::bytes(sequence, inputs, assets);
  if (bytes > SequenceInputs::bytes_max)
    return fail(Errc::invalid,
                "the last {} ticks of its {} inputs take {} MiB for {} assets, at most {} are kept",
                sequence.history, inputs, bytes / mib, assets, SequenceInputs::bytes_max / mib);
  model.sequence = SequenceInputs(sequence, inputs, assets, kind.plan->options().every);
  model.inputs.resize(sequence.history * inputs);
  if (!sequence.mask.empty()) model.mask.resize(model.inputs.size());
  return {};
}

/// The runtime plans memory at the first runs.
Status warm_up(LoadedModel& model) {
  constexpr int runs = 3;
  for (int i = 0; i < runs; ++i) {
    const auto share = std::span(model.contributions).first(model.contributions_per_asset);
    if (const auto ran = model.runner->run(model.inputs, model.mask, model.outputs, share); !ran)
      return fail_in("its trial run failed", ran.error());
  }
  std::fill(model.contributions.begin(), model.contributions.end(), 0.0);
  return {};
}

Status fit(const ModelConfig& config, const KindConfig& kind, std::size_t assets,
           LoadedModel& model) {
  const infer::Manifest& manifest = model.info->manifest;
  if (auto same = check_features(manifest, kind); !same) return same;
  if (auto mapped = map_inputs(kind, model); !mapped) return mapped;
  if (auto mapped = map_outputs(config, model); !mapped) return mapped;
  if (auto made = make_room(kind, assets, model); !made) return made;
  model.outputs.resize(manifest.outputs.size());
  if (!manifest.contributions.empty()) model.contributions_per_asset = manifest.inputs.size();
  model.contributions.resize(model.contributions_per_asset * std::max<std::size_t>(assets, 1));
  return warm_up(model);
}

}  // namespace

const ModelInfo* ModelInfos::add(ModelInfo info) {
  const std::lock_guard lock(mutex_);
  for (const ModelInfo& known : infos_)
    if (known.name == info.name && known.digest == info.digest &&
        infer::to_json(known.manifest) == infer::to_json(info.manifest))
      return &known;
  return &infos_.emplace_back(std::move(info));
}

Result<std::unique_ptr<LoadedModel>> load_model(const ModelConfig& config, const KindConfig& kind,
                                                std::size_t assets, infer::ModelLoader& loader,
                                                ModelInfos& infos) {
  const std::string doing = fmt::format("model '{}' ({})", config.name, config.file);
  auto runner = loader.load(config.file, config.inputs, config.sequence);
  if (!runner) return fail_in(doing, runner.error());
  auto model = std::make_unique<LoadedModel>();
  model->info = infos.add({config.name, (*runner)->digest(), (*runner)->manifest()});
  model->runner = std::move(*runner);
  if (auto fits = fit(config, kind, assets, *model); !fits) return fail_in(doing, fits.error());
  return model;
}

void LoadedModel::take_over(const LoadedModel& before) {
  constexpr std::size_t inputs_max = infer::Manifest::names_max;
  std::array<std::optional<std::size_t>, inputs_max> from;
  for (std::size_t i = 0; i < input_features.size(); ++i) {
    const auto& old = before.input_features;
    const auto same = std::find(old.begin(), old.end(), input_features[i]);
    if (same != old.end()) from[i] = static_cast<std::size_t>(same - old.begin());
  }
  sequence.take_over(before.sequence, std::span(from).first(input_features.size()));
}

ModelSlot::~ModelSlot() {
  delete offered_.load();
  delete retired_.load();
}

void ModelSlot::collect() {
  delete retired_.exchange(nullptr, std::memory_order_acq_rel);
}

void ModelSlot::offer(std::unique_ptr<LoadedModel> model) {
  collect();
  delete offered_.exchange(model.release(), std::memory_order_acq_rel);
  refused_.store(false, std::memory_order_release);
}

LoadedModel* ModelSlot::current() {
  if (offered_.load(std::memory_order_relaxed) == nullptr) return running_.get();
  // One retired model at a time: it must be collected before the next swap.
  if (retired_.load(std::memory_order_acquire) != nullptr) return running_.get();
  LoadedModel* next = offered_.exchange(nullptr, std::memory_order_acq_rel);
  if (next == nullptr) return running_.get();
  if (running_ != nullptr && next->sequence.history() > 1) next->take_over(*running_);
  retired_.store(running_.release(), std::memory_order_release);
  running_.reset(next);
  return running_.get();
}

}  // namespace wayside::node
