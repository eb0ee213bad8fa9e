#include "infer/onnx/onnx_loader.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <cstdlib>
#include <filesystem>

#include "infer/digest.hpp"
#include "infer/model_file.hpp"
#include "infer/onnx/inspect.hpp"
#include "infer/onnx/onnx_runner.hpp"
#include "infer/onnx/runtime_library.hpp"

namespace wayside::infer {
namespace {

/// Builds of ONNX Runtime from 1.29 on report to their maker: they keep an identifier of the
/// machine and start an uploading thread as soon as an environment exists. What a fleet does is its
/// owner's alone. The variable is the only complete opt-out; its name has been both of these.
void forbid_telemetry() {
  // NOLINTBEGIN(concurrency-mt-unsafe): loaders are made before threads are.
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  setenv("ORT_TELEMETRY_DISABLED", "1", 1);
  // NOLINTEND(concurrency-mt-unsafe)
}

/// One thread, no spinning, no arena: an edge model is small, and the pipeline has one core.
Ort::SessionOptions session_options() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  options.AddConfigEntry("session.inter_op.allow_spinning", "0");
  options.DisableCpuMemArena();
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
  return options;
}

/// What the configuration says of a model.
struct Configured {
  const std::vector<std::string>& inputs;
  const std::optional<Sequence>& sequence;
};

/// A model without a manifest is called by its file and told what its columns are.
Result<Manifest> foreign_manifest(const std::string& path, const Configured& configured) {
  Manifest manifest;
  manifest.name = std::filesystem::path(path).stem().string();
  manifest.inputs = configured.inputs;
  manifest.outputs = {"score"};
  manifest.sequence = configured.sequence.value_or(Sequence{});
  if (Status ok = check(manifest.sequence, manifest.inputs.size()); !ok)
    return fail_in("is configured wrongly", ok.error());
  return manifest;
}

Result<Manifest> manifest_of(const Ort::Session& session, const std::string& path,
                             const Configured& configured) {
  const std::vector<std::string>& inputs = configured.inputs;
  Result<std::optional<Manifest>> carried = carried_manifest(session);
  if (!carried) return tl::make_unexpected(carried.error());
  if (!*carried) {
    if (!inputs.empty()) return foreign_manifest(path, configured);
    return fail(Errc::invalid, "carries no manifest, so its `inputs` must be configured");
  }
  if (!inputs.empty() && inputs != (*carried)->inputs) {
    return fail(Errc::invalid, "was made for the inputs [{}]; configured are [{}]",
                fmt::join((*carried)->inputs, ", "), fmt::join(inputs, ", "));
  }
  if (configured.sequence && *configured.sequence != (*carried)->sequence) {
    const Sequence& own = (*carried)->sequence;
    return fail(Errc::invalid,
                "was made for `history: {}` and `missing` as '{}'; configured are {} and '{}'{}",
                own.history, to_string(own.missing), configured.sequence->history,
                to_string(configured.sequence->missing),
                own.history == configured.sequence->history
                    ? " (`fill` and `mask` must be the same too)"
                    : "");
  }
  if ((*carried)->method.empty()) {
    return fail(Errc::invalid, "carries a manifest without `method`");
  }
  return std::move(**carried);
}

class OnnxLoader final : public ModelLoader {
 public:
  explicit OnnxLoader(std::string library) : library_(std::move(library)) {}

  Result<std::unique_ptr<ModelRunner>> load(const std::string& path,
                                            const std::vector<std::string>& inputs,
                                            const std::optional<Sequence>& sequence) override {
    Result<std::string> bytes = read_model_file(path);
    if (!bytes) return tl::make_unexpected(bytes.error());
    if (Status ok = start(); !ok) return tl::make_unexpected(ok.error());
    auto runner = build(path, *bytes, {inputs, sequence});
    // Reading a graph leaves many small holes; a node keeps its memory small.
    bytes = std::string();
    malloc_trim(0);
    return runner;
  }

 private:
  Status start() {
    if (env_ != nullptr) return {};
    const auto candidates =
        library_.empty() ? default_candidates() : std::vector<std::string>{library_};
    if (const Result<const OrtApi*> api = open_runtime(candidates); !api) {
      return tl::make_unexpected(api.error());
    }
    try {
      // What goes wrong comes back as an error; the runtime's own log would only repeat it.
      env_ = std::make_shared<Ort::Env>(ORT_LOGGING_LEVEL_FATAL, "wayside");
      env_->DisableTelemetryEvents();
    } catch (const Ort::Exception& e) {
      return fail(Errc::unavailable, "ONNX Runtime does not start: {}", e.what());
    }
    return {};
  }

  Result<std::unique_ptr<ModelRunner>> build(const std::string& path, const std::string& bytes,
                                             const Configured& configured) {
    OnnxRunner::Parts parts;
    parts.env = env_;
    parts.digest = model_digest(bytes);
    try {
      parts.session = Ort::Session(*env_, bytes.data(), bytes.size(), session_options());
    } catch (const Ort::Exception& e) {
      return fail(Errc::corrupt, "model {}: not a model that ONNX Runtime can load: {}", path,
                  e.what());
    }
    try {
      Result<Manifest> manifest = manifest_of(parts.session, path, configured);
      if (!manifest) return refuse(path, manifest.error());
      parts.manifest = std::move(*manifest);
      if (Status ok = inspect(parts); !ok) return refuse(path, ok.error());
      return std::make_unique<OnnxRunner>(std::move(parts));
    } catch (const Ort::Exception& e) {
      return fail(Errc::io, "model {}: ONNX Runtime: {}", path, e.what());
    }
  }

  static tl::unexpected<Error> refuse(const std::string& path, const Error& cause) {
    return tl::make_unexpected(Error{cause.code, fmt::format("model {} {}", path, cause.message)});
  }

  std::string library_;
  std::shared_ptr<Ort::Env> env_;
};

}  // namespace

std::unique_ptr<ModelLoader> make_onnx_loader(std::string library) {
  forbid_telemetry();
  return std::make_unique<OnnxLoader>(std::move(library));
}

}  // namespace wayside::infer
