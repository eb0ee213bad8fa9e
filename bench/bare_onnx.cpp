#include "bare_onnx.hpp"

#define ORT_API_MANUAL_INIT
#include <dlfcn.h>
#include <onnxruntime_cxx_api.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace wayside::bench {
namespace {

const OrtApi* load_api() {
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  void* library = dlopen(WAYSIDE_ONNXRUNTIME_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(1);
  }
  using GetBase = const OrtApiBase* (*)();
  const auto get_base = reinterpret_cast<GetBase>(dlsym(library, "OrtGetApiBase"));
  return get_base()->GetApi(17);
}

Ort::SessionOptions one_thread() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  return options;
}

std::vector<float> room_for(const Ort::TypeInfo& type) {
  return std::vector<float>(type.GetTensorTypeAndShapeInfo().GetElementCount());
}

Ort::Value wrap(std::vector<float>& values, const Ort::TypeInfo& type) {
  const auto shape = type.GetTensorTypeAndShapeInfo().GetShape();
  return Ort::Value::CreateTensor<float>(
      Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU), values.data(), values.size(),
      shape.data(), shape.size());
}

}  // namespace

struct BareOnnx::State {
  explicit State(const std::string& model)
      : session(environment, model.c_str(), one_thread()),
        in(room_for(session.GetInputTypeInfo(0))),
        out(room_for(session.GetOutputTypeInfo(0))),
        in_value(wrap(in, session.GetInputTypeInfo(0))),
        out_value(wrap(out, session.GetOutputTypeInfo(0))) {}

  Ort::Env environment{ORT_LOGGING_LEVEL_ERROR, "bare"};
  Ort::Session session;
  std::vector<float> in, out;
  Ort::Value in_value, out_value;
};

BareOnnx::BareOnnx(const std::string& model) {
  Ort::InitApi(load_api());
  try {
    state_ = std::make_unique<State>(model);
  } catch (const Ort::Exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    std::exit(1);
  }
}

BareOnnx::~BareOnnx() = default;

std::span<float> BareOnnx::input() {
  return state_->in;
}

void BareOnnx::run() {
  constexpr const char* input_name = "x";
  constexpr const char* output_name = "y";
  state_->session.Run(Ort::RunOptions{nullptr}, &input_name, &state_->in_value, 1, &output_name,
                      &state_->out_value, 1);
}

}  // namespace wayside::bench
