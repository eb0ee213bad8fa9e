#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "infer/model_runner.hpp"
#include "node/kind_config.hpp"
#include "node/sequence_inputs.hpp"

namespace wayside::node {

/// What is worth knowing of a model after it has run: who made a decision.
struct ModelInfo {
  std::string name;  ///< as in the configuration
  std::string digest;
  infer::Manifest manifest;
};

/// Every model that this program ever ran. Entries stay until the program ends, so that a decision
/// still on its way to the spool can point at its model after that was replaced.
class ModelInfos {
 public:
  const ModelInfo* add(ModelInfo info);

 private:
  std::mutex mutex_;
  std::deque<ModelInfo> infos_;
};

/// A model ready to run for all assets of one kind, with the room its inputs and outputs need.
struct LoadedModel {
  std::unique_ptr<infer::ModelRunner> runner;
  const ModelInfo* info = nullptr;
  std::vector<std::size_t> input_features;  ///< index into the plan's row, one for each input
  /// Index into the model's outputs and the slot it goes to, for what rules read.
  struct Read {
    std::size_t output;
    std::size_t slot;
  };
  std::vector<Read> reads;
  SequenceInputs sequence;
  std::vector<double> inputs;  ///< of one run, [history × inputs]
  std::vector<double> mask;    ///< as many, or none
  std::vector<double> outputs;
  std::size_t contributions_per_asset = 0;  ///< 0 where the model gives none
  std::vector<double> contributions;        ///< of each asset's last run, [assets × inputs]

  /// Of the last run.
  [[nodiscard]] std::span<const double> newest_inputs() const {
    return std::span(inputs).last(sequence.inputs());
  }
  /// Goes on with the history of the model whose place it takes.
  void take_over(const LoadedModel& before);
  [[nodiscard]] std::span<double> contributions_of(std::size_t asset_in_kind) {
    return std::span(contributions)
        .subspan(asset_in_kind * contributions_per_asset, contributions_per_asset);
  }
};

/// Loads the file that `config` names, fits it to `kind` and runs it once, so that its first
/// decision is not slow. Errors: as ModelLoader, and `invalid` where the model's inputs, outputs,
/// or the features it was fitted on are not the kind's.
[[nodiscard]] Result<std::unique_ptr<LoadedModel>> load_model(const ModelConfig& config,
                                                              const KindConfig& kind,
                                                              std::size_t assets,
                                                              infer::ModelLoader& loader,
                                                              ModelInfos& infos);

/// Holds the model that the pipeline runs and lets another thread offer a new one. Neither side
/// ever waits, and the pipeline never frees.
class ModelSlot {
 public:
  ~ModelSlot();
  /// One thread, not the pipeline's.
  void offer(std::unique_ptr<LoadedModel> model);
  /// The offering thread, now and then: frees what was replaced. Until then no further one is
  /// taken.
  void collect();
  /// The offering thread: what there is to load cannot be used. Holds until the next offer.
  void refuse() { refused_.store(true, std::memory_order_release); }
  /// Nothing runs because what there is was refused, not because there is nothing.
  [[nodiscard]] bool refused() const { return refused_.load(std::memory_order_acquire); }
  /// The pipeline's thread, at a tick: takes what was offered. May be null.
  LoadedModel* current();
  /// The pipeline's thread: what `current` gave last.
  [[nodiscard]] LoadedModel* running() const { return running_.get(); }

 private:
  std::atomic<LoadedModel*> offered_{nullptr};
  std::atomic<LoadedModel*> retired_{nullptr};
  std::atomic<bool> refused_{false};
  std::unique_ptr<LoadedModel> running_;
};

}  // namespace wayside::node
