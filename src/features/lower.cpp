#include "features/lower.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "features/functions.hpp"
#include "features/parser.hpp"

namespace wayside::features {
namespace {

class Lowering {
 public:
  Lowering(const Ast& ast, Leaves& leaves, Reporter& reporter)
      : ast_(ast), leaves_(leaves), reporter_(reporter), skipped_(ast.nodes.size(), false) {}

  std::optional<Code> run() {
    skip_window_arguments();
    for (std::size_t i = 0; i < ast_.nodes.size() && !overflowed_; ++i)
      if (!skipped_[i]) emit(ast_.nodes[i]);
    if (!reporter_.ok()) return std::nullopt;
    return std::move(code_);
  }

 private:
  /// Whether the call's arguments are not numbers: those of a window function, which are read by
  /// `Leaves::window`, and those of what was meant to be one.
  bool reads_window(const Node& call) const {
    if (window_call(ast_, call) != nullptr) return true;
    return find_scalar(call.name) == nullptr &&
           std::any_of(call.args.begin(), call.args.end(), [&](std::uint32_t arg) {
             return ast_.nodes[arg].kind == Node::Kind::duration ||
                    ast_.nodes[arg].kind == Node::Kind::frequency;
           });
  }

  /// From the back, as users come after their arguments.
  void skip_window_arguments() {
    for (std::size_t i = ast_.nodes.size(); i-- > 0;) {
      const Node& node = ast_.nodes[i];
      if (!skipped_[i] && !(node.kind == Node::Kind::call && reads_window(node))) continue;
      for (const std::uint32_t arg : node.args) skipped_[arg] = true;
    }
  }

  void emit(const Node& node) {
    switch (node.kind) {
      case Node::Kind::number:
        fit(node, code_.constant(node.number));
        break;
      case Node::Kind::duration:
        stand_in(node, 0,
                 fmt::format("the duration {} stands outside a window function, where a "
                             "number is expected",
                             format_duration(node.duration)));
        break;
      case Node::Kind::frequency:
        stand_in(node, 0,
                 fmt::format("the frequency {}Hz stands outside a window function, where a number "
                             "is expected",
                             node.number));
        break;
      case Node::Kind::name:
        load(node, leaves_.name(node, reporter_));
        break;
      case Node::Kind::operation:
        code_.apply(node.op, static_cast<std::uint32_t>(node.args.size()));
        break;
      case Node::Kind::call:
        if (window_call(ast_, node) != nullptr)
          load(node, leaves_.window(ast_, node, reporter_));
        else if (find_scalar(node.name) != nullptr)
          call(node, *find_scalar(node.name));
        else
          unknown(node);
    }
  }

  void call(const Node& node, const ScalarFunction& function) {
    const auto args = static_cast<std::uint32_t>(node.args.size());
    if (args >= function.args_min && args <= function.args_max)
      return code_.apply(function.op, args);
    stand_in(node, args,
             fmt::format("'{}' takes {}, found {} argument{}", node.name, function.usage, args,
                         args == 1 ? "" : "s"));
  }

  void unknown(const Node& node) {
    stand_in(node, reads_window(node) ? 0 : static_cast<std::uint32_t>(node.args.size()),
             fmt::format("unknown function '{}'{}", node.name,
                         suggestion(node.name, leaves_.functions())));
  }

  /// After a mistake the rest is still checked, on a stack as deep as it would be.
  void stand_in(const Node& node, std::uint32_t args, std::string message) {
    reporter_.error(node.offset, std::move(message));
    if (args == 0)
      fit(node, code_.constant(0));
    else
      code_.apply(Op::min, args);
  }

  void load(const Node& node, std::optional<std::uint32_t> slot) {
    fit(node, code_.load(slot.value_or(0)));
  }

  void fit(const Node& node, bool fits) {
    if (fits) return;
    overflowed_ = true;
    reporter_.error(node.offset,
                    fmt::format("needs more than {} intermediate values", Code::stack_max));
  }

  const Ast& ast_;
  Leaves& leaves_;
  Reporter& reporter_;
  std::vector<bool> skipped_;
  Code code_;
  bool overflowed_ = false;
};

}  // namespace

std::optional<Ast> parse_reported(std::string_view text, Reporter& reporter) {
  auto ast = parse(text);
  if (ast) return std::move(*ast);
  reporter.error(ast.error().offset, ast.error().message);
  return std::nullopt;
}

std::optional<Code> lower(const Ast& ast, Leaves& leaves, Reporter& reporter) {
  return Lowering(ast, leaves, reporter).run();
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = config::nearest(word, known);
  return near.empty() ? std::string{} : fmt::format(" (did you mean {}?)", near);
}

}  // namespace wayside::features
