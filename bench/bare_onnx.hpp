#pragma once

#include <memory>
#include <span>
#include <string>

namespace wayside::bench {

/// ONNX Runtime alone: one float input and one float output of fixed size in memory that lies
/// ready, one thread. Nothing is checked, converted or scored. Ends the program with a message
/// where the model cannot be loaded.
class BareOnnx {
 public:
  explicit BareOnnx(const std::string& model);
  ~BareOnnx();
  [[nodiscard]] std::span<float> input();
  void run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::bench
