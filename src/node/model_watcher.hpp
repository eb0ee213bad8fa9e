#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "infer/model_runner.hpp"
#include "node/agent_config.hpp"
#include "node/loaded_model.hpp"
#include "telemetry/record.hpp"

namespace wayside::node {

class Pipeline;

/// Where a configured model stands.
struct ModelStatus {
  enum class State : std::uint8_t { absent, loaded, refused };
  std::string kind;
  std::string name;
  State state = State::absent;
  std::string text;    ///< why it was refused
  std::string digest;  ///< of the one that runs; empty where none does
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::size_t history = 1;  ///< ticks that it reads
};
[[nodiscard]] std::string_view to_string(ModelStatus::State state);

/// Loads the configured models and, when a file appears or changes, the new one. A refused file
/// leaves the model that runs in place. `step` is called by one thread about every second.
class ModelWatcher {
 public:
  using Report = std::function<void(telemetry::Event)>;

  /// All must outlive the watcher.
  ModelWatcher(const AgentConfig& config, Pipeline& pipeline, infer::ModelLoader& loader,
               ModelInfos& infos, const Clock& clock, Log log, Report report);

  /// True if a model was loaded. The first call loads what is there; later ones wait until a file
  /// has stayed the same from one call to the next, so that one being written is left alone.
  bool step();
  /// Any thread.
  [[nodiscard]] std::vector<ModelStatus> statuses() const;

 private:
  /// Tells one content of a file from the next.
  struct Stamp {
    std::filesystem::file_time_type modified;
    std::uintmax_t bytes = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Watched {
    std::size_t kind = 0;
    std::size_t model = 0;
    std::optional<Stamp> seen;   ///< at the last step
    std::optional<Stamp> tried;  ///< loaded or refused
  };

  bool load(Watched& watched, std::size_t index);
  void refuse(std::size_t index, const std::string& message);
  static std::optional<Stamp> stamp(const std::string& path);

  const AgentConfig& config_;
  Pipeline& pipeline_;
  infer::ModelLoader& loader_;
  ModelInfos& infos_;
  const Clock& clock_;
  Log log_;
  Report report_;
  std::vector<Watched> watched_;
  bool started_ = false;
  mutable std::mutex mutex_;
  std::vector<ModelStatus> statuses_;
};

}  // namespace wayside::node
