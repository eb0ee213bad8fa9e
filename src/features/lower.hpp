#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/config/diagnostics.hpp"
#include "features/code.hpp"

namespace wayside::features {

/// Reports mistakes at their column in the file an expression stands in.
class Reporter {
 public:
  /// `at` is where `text` begins, which must outlive the reporter.
  Reporter(config::Diagnostics& diagnostics, config::Location at, std::string_view text)
      : diagnostics_(diagnostics), at_(std::move(at)), text_(text) {}
  void error(std::size_t offset, std::string message) {
    ok_ = false;
    diagnostics_.error(place(offset), std::move(message));
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] config::Location place(std::size_t offset) const {
    return diagnostics_.inside(at_, text_, offset);
  }

 private:
  config::Diagnostics& diagnostics_;
  config::Location at_;
  std::string_view text_;
  bool ok_ = true;
};

/// What names and window functions mean to the one who compiles: the slot of each, or nullopt once
/// the mistake is reported.
class Leaves {
 public:
  virtual ~Leaves() = default;
  virtual std::optional<std::uint32_t> name(const Node& node, Reporter& reporter) = 0;
  virtual std::optional<std::uint32_t> window(const Ast& ast, const Node& call,
                                              Reporter& reporter) = 0;
  /// Functions that may be called here, to suggest from.
  [[nodiscard]] virtual std::vector<std::string> functions() const = 0;
};

/// Reads `text`; a mistake is reported.
[[nodiscard]] std::optional<Ast> parse_reported(std::string_view text, Reporter& reporter);

/// Code for `ast`; nullopt after at least one report. All mistakes are reported, not only the
/// first.
[[nodiscard]] std::optional<Code> lower(const Ast& ast, Leaves& leaves, Reporter& reporter);

/// " (did you mean X?)", or nothing where no candidate is near.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace wayside::features
