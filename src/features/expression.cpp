#include "features/expression.hpp"

#include <fmt/format.h>

#include "features/functions.hpp"
#include "features/lower.hpp"

namespace wayside::features {

struct ScalarExpression::Program {
  Code code;
  std::vector<std::size_t> slots;
};

namespace {

class NamedNumbers final : public Leaves {
 public:
  NamedNumbers(const ScalarExpression::Resolver& resolve, const std::vector<std::string>& known)
      : resolve_(resolve), known_(known) {}

  std::optional<std::uint32_t> name(const Node& node, Reporter& reporter) override {
    if (const auto slot = resolve_(node.name)) return static_cast<std::uint32_t>(*slot);
    reporter.error(node.offset,
                   fmt::format("unknown name '{}'{}", node.name, suggestion(node.name, known_)));
    return std::nullopt;
  }

  std::optional<std::uint32_t> window(const Ast&, const Node& call, Reporter& reporter) override {
    reporter.error(call.offset,
                   fmt::format("the window function '{}' cannot stand here: define a feature with "
                               "it and name the feature",
                               call.name));
    return std::nullopt;
  }

  std::vector<std::string> functions() const override { return scalar_names(); }

 private:
  const ScalarExpression::Resolver& resolve_;
  const std::vector<std::string>& known_;
};

}  // namespace

std::optional<ScalarExpression> ScalarExpression::compile(std::string_view text,
                                                          const config::Location& at,
                                                          const Resolver& resolve,
                                                          const std::vector<std::string>& known,
                                                          config::Diagnostics& diagnostics) {
  Reporter reporter(diagnostics, at, text);
  const auto ast = parse_reported(text, reporter);
  if (!ast) return std::nullopt;
  NamedNumbers leaves(resolve, known);
  auto code = lower(*ast, leaves, reporter);
  if (!code) return std::nullopt;
  auto program = std::make_unique<Program>();
  program->slots = code->slots();
  program->code = std::move(*code);
  return ScalarExpression(std::move(program));
}

double ScalarExpression::evaluate(std::span<const double> slots) const {
  return program_->code.run(slots);
}
bool ScalarExpression::holds(std::span<const double> slots) const {
  return truth(evaluate(slots));
}
const std::vector<std::size_t>& ScalarExpression::slots() const {
  return program_->slots;
}

ScalarExpression::ScalarExpression(std::unique_ptr<Program> program)
    : program_(std::move(program)) {}
ScalarExpression::ScalarExpression(ScalarExpression&&) noexcept = default;
ScalarExpression& ScalarExpression::operator=(ScalarExpression&&) noexcept = default;
ScalarExpression::~ScalarExpression() = default;

}  // namespace wayside::features
