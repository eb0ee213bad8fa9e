#include "node/model_watcher.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/pipeline.hpp"

namespace wayside::node {

std::string_view to_string(ModelStatus::State state) {
  switch (state) {
    case ModelStatus::State::absent:
      return "absent";
    case ModelStatus::State::loaded:
      return "loaded";
    case ModelStatus::State::refused:
      break;
  }
  return "refused";
}

ModelWatcher::ModelWatcher(const AgentConfig& config, Pipeline& pipeline,
                           infer::ModelLoader& loader, ModelInfos& infos, const Clock& clock,
                           Log log, Report report)
    : config_(config),
      pipeline_(pipeline),
      loader_(loader),
      infos_(infos),
      clock_(clock),
      log_(std::move(log)),
      report_(std::move(report)) {
  for (std::size_t k = 0; k < config.kinds.size(); ++k)
    for (std::size_t m = 0; m < config.kinds[k].models.size(); ++m) {
      const ModelConfig& model = config.kinds[k].models[m];
      watched_.push_back({k, m, std::nullopt, std::nullopt});
      std::vector<std::string> outputs;
      for (const OutputSlot& output : model.outputs) outputs.push_back(output.output);
      statuses_.push_back({config.table.kinds[k].name, model.name, ModelStatus::State::absent, "",
                           "", model.inputs, std::move(outputs), 1});
    }
}

std::optional<ModelWatcher::Stamp> ModelWatcher::stamp(const std::string& path) {
  std::error_code error;
  Stamp out;
  out.modified = std::filesystem::last_write_time(path, error);
  if (!error) out.bytes = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  return out;
}

bool ModelWatcher::step() {
  bool loaded = false;
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    Watched& watched = watched_[i];
    pipeline_.slot(watched.kind, watched.model).collect();
    const ModelConfig& model = config_.kinds[watched.kind].models[watched.model];
    const auto now = stamp(model.file);
    const bool settled = !started_ || now == watched.seen;
    watched.seen = now;
    if (!started_ && !now)
      log_.info("model '{}': {} is not there yet; its rules wait for it", model.name, model.file);
    if (!now || !settled || now == watched.tried) continue;
    watched.tried = now;
    loaded = load(watched, i) || loaded;
  }
  started_ = true;
  return loaded;
}

bool ModelWatcher::load(Watched& watched, std::size_t index) {
  const KindConfig& kind = config_.kinds[watched.kind];
  auto model = load_model(kind.models[watched.model], kind, pipeline_.assets_of_kind(watched.kind),
                          loader_, infos_);
  if (!model) {
    pipeline_.slot(watched.kind, watched.model).refuse();
    refuse(index, model.error().message);
    return false;
  }
  const ModelInfo& info = *(*model)->info;
  pipeline_.slot(watched.kind, watched.model).offer(std::move(*model));
  log_.info("model '{}' {} loaded for kind {}", info.name, info.digest,
            config_.table.kinds[watched.kind].name);
  report_({.asset = "",
           .kind = "model_loaded",
           .time = clock_.now(),
           .severity = telemetry::Severity::info,
           .text = fmt::format("model {} loaded", info.name),
           .data_json = nlohmann::json{{"model", info.name},
                                       {"release", info.digest},
                                       {"kind", config_.table.kinds[watched.kind].name}}
                            .dump()});
  const std::lock_guard lock(mutex_);
  ModelStatus& status = statuses_[index];
  status.state = ModelStatus::State::loaded;
  status.text.clear();
  status.digest = info.digest;
  status.inputs = info.manifest.inputs;
  status.outputs = info.manifest.outputs;
  status.history = info.manifest.sequence.history;
  return true;
}

void ModelWatcher::refuse(std::size_t index, const std::string& message) {
  log_.error("{}", message);
  const std::lock_guard lock(mutex_);
  ModelStatus& status = statuses_[index];
  status.state = ModelStatus::State::refused;
  status.text = message;
  report_({.asset = "",
           .kind = "model_failed",
           .time = clock_.now(),
           .severity = telemetry::Severity::warning,
           .text = message,
           .data_json = nlohmann::json{{"model", status.name}, {"kind", status.kind}}.dump()});
}

std::vector<ModelStatus> ModelWatcher::statuses() const {
  const std::lock_guard lock(mutex_);
  return statuses_;
}

}  // namespace wayside::node
