#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>

#include "sim/drill/load.hpp"

namespace wayside::drill {

inline std::optional<std::string> no_environment(const std::string&) {
  return std::nullopt;
}

/// A script with the built-in agent; throws the mistakes.
inline std::unique_ptr<Drill> read(const std::string& text) {
  config::Diagnostics diagnostics;
  auto drill = read_drill(text, "drill.yaml", "", no_environment, diagnostics);
  if (drill == nullptr) throw std::runtime_error(diagnostics.format());
  return drill;
}

/// The mistakes of a script, one line each, or "".
inline std::string mistakes(const std::string& text) {
  config::Diagnostics diagnostics;
  static_cast<void>(read_drill(text, "drill.yaml", "", no_environment, diagnostics));
  return diagnostics.format();
}

}  // namespace wayside::drill
