#pragma once

#include <memory>
#include <string>

#include "infer/model_runner.hpp"

namespace wayside::infer {

/// ONNX Runtime through its C++ API. The library is opened at the first `load`, so a program
/// without models never pays for it. It is `library` where given and nothing else; otherwise the
/// first that opens of $ONNXRUNTIME_ROOT/lib, beside the program (../lib), and where the build
/// found it. Runners may outlive the loader. One model runs on the caller's thread alone.
///
/// A Wayside model (one with a manifest) has one input, [n] or [1, n], of float or double, a
/// one-element output for each of manifest().outputs, and, where manifest().contributions names
/// one, an output of n elements. A foreign model has such an input; its first output is the score,
/// or, where it has as many elements as the input (an autoencoder), the score is the mean squared
/// reconstruction error over the inputs.
///
/// Makes the process's environment forbid ONNX Runtime's telemetry: call it before threads are
/// started.
[[nodiscard]] std::unique_ptr<ModelLoader> make_onnx_loader(std::string library = {});

}  // namespace wayside::infer
