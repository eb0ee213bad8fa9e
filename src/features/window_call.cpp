#include "features/window_call.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace wayside::features {
namespace {

constexpr std::string_view mixed_word = "mixed";
constexpr std::int64_t half_lives = 8;  ///< of a window, where none is given: 2^−8 is 0.4 %

std::optional<Parameter> kind_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::duration:
      return Parameter::duration;
    case Node::Kind::number:
      return Parameter::number;
    case Node::Kind::frequency:
      return Parameter::frequency;
    default:
      return std::nullopt;
  }
}

std::string_view expected(Parameter parameter) {
  switch (parameter) {
    case Parameter::duration:
      return "a duration such as 60s";
    case Parameter::number:
      return "a number such as 0.95";
    case Parameter::frequency:
      return "a frequency such as 100Hz";
  }
  return {};
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::number:
      return fmt::format("the number {}, which has no unit", node.number);
    case Node::Kind::duration:
      return fmt::format("the duration {}", format_duration(node.duration));
    case Node::Kind::frequency:
      return fmt::format("the frequency {}Hz", node.number);
    default:
      return "an expression";
  }
}

class CallReader {
 public:
  CallReader(const Ast& ast, const Node& call, Reporter& reporter)
      : ast_(ast), call_(call), reporter_(reporter) {
    out_.function = window_call(ast, call);
  }

  std::optional<WindowCall> run() {
    const std::vector<const Node*> parameters = split();
    if (!ok_) return std::nullopt;
    match(parameters);
    if (ok_) check();
    if (!ok_) return std::nullopt;
    return std::move(out_);
  }

 private:
  const Node& arg(std::size_t i) const { return ast_.nodes[call_.args[i]]; }

  void error(std::size_t offset, std::string message) {
    ok_ = false;
    reporter_.error(offset, std::move(message));
  }

  /// Takes the signals from the front, `mixed` from the back; what is left are parameters.
  std::vector<const Node*> split() {
    const WindowFunction& function = *out_.function;
    std::size_t args = call_.args.size();
    if (args > function.signals && arg(args - 1).kind == Node::Kind::name &&
        arg(args - 1).name == mixed_word) {
      out_.mixed = true;
      --args;
    }
    const std::size_t least = function.signals + function.parameters_min;
    if (args < least || args > function.signals + function.parameters.size()) {
      error(call_.offset,
            fmt::format("'{}' takes {}, as in {}, found {} argument{}", call_.name, function.takes,
                        function.example, args, args == 1 ? "" : "s"));
      return {};
    }
    for (std::size_t i = 0; i < function.signals; ++i) {
      if (arg(i).kind == Node::Kind::name)
        out_.signals.push_back(&arg(i));
      else
        error(arg(i).begin,
              fmt::format("'{}' takes a signal here, found an expression", call_.name));
    }
    std::vector<const Node*> parameters;
    for (std::size_t i = function.signals; i < args; ++i) parameters.push_back(&arg(i));
    return parameters;
  }

  /// Gives each parameter its meaning: the first of its kind that has none yet.
  void match(const std::vector<const Node*>& nodes) {
    std::vector<Parameter> open(out_.function->parameters.begin(), out_.function->parameters.end());
    for (const Node* node : nodes) {
      const auto kind = kind_of(*node);
      const auto place = kind ? std::find(open.begin(), open.end(), *kind) : open.end();
      if (place == open.end()) {
        error(node->begin, fmt::format("'{}' takes {} here, found {}", call_.name,
                                       expected(open.front()), found(*node)));
        return;
      }
      open.erase(place);
      take(*node);
    }
  }

  void take(const Node& node) {
    if (node.kind == Node::Kind::number) {
      q_at_ = &node;
      out_.q = node.number;
    } else if (node.kind == Node::Kind::frequency) {
      (out_.band_at == nullptr ? out_.band.low_hz : out_.band.high_hz) = node.number;
      if (out_.band_at == nullptr) out_.band_at = &node;
    } else if (out_.width_at == nullptr) {
      out_.width_at = &node;
      out_.width = node.duration;
    } else {
      half_life_at_ = &node;
      out_.half_life = node.duration;
    }
  }

  void check() {
    const auto in_range = [](Duration d) { return d.ns > 0 && d <= duration_max; };
    if (!in_range(out_.width))
      error(out_.width_at->offset,
            fmt::format("a window is longer than 0 and at most {}", format_duration(duration_max)));
    if (half_life_at_ == nullptr)
      out_.half_life = {std::max<std::int64_t>(1, out_.width.ns / half_lives)};
    else if (!in_range(out_.half_life))
      error(half_life_at_->offset, fmt::format("a half-life is longer than 0 and at most {}",
                                               format_duration(duration_max)));
    if (q_at_ != nullptr && out_.q > 1)
      error(q_at_->offset,
            fmt::format(
                "a quantile is from 0 to 1, found {}{}", out_.q,
                out_.q <= 100 ? fmt::format(": {} % is {}", out_.q, out_.q / 100) : std::string()));
    if (out_.band_at != nullptr && out_.band.low_hz >= out_.band.high_hz)
      error(out_.band_at->offset, fmt::format("a band goes from a lower frequency to a higher one, "
                                              "found {}Hz to {}Hz",
                                              out_.band.low_hz, out_.band.high_hz));
  }

  const Ast& ast_;
  const Node& call_;
  Reporter& reporter_;
  WindowCall out_;
  const Node* q_at_ = nullptr;
  const Node* half_life_at_ = nullptr;
  bool ok_ = true;
};

}  // namespace

std::optional<WindowCall> read_window_call(const Ast& ast, const Node& call, Reporter& reporter) {
  return CallReader(ast, call, reporter).run();
}

void order_arguments(Ast& ast) {
  for (Node& call : ast.nodes) {
    const WindowFunction* function =
        call.kind == Node::Kind::call ? window_call(ast, call) : nullptr;
    if (function == nullptr || call.args.size() <= function->signals) continue;
    // Those that are no parameters keep their place behind the others.
    const auto rank = [&](std::uint32_t arg) {
      const auto kind = kind_of(ast.nodes[arg]);
      return kind ? std::find(function->parameters.begin(), function->parameters.end(), *kind) -
                        function->parameters.begin()
                  : std::ptrdiff_t{100};
    };
    std::stable_sort(call.args.begin() + static_cast<std::ptrdiff_t>(function->signals),
                     call.args.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
  }
}

}  // namespace wayside::features
