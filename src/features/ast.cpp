#include "features/ast.hpp"

#include <fmt/format.h>
#include <utility>

namespace wayside::features {

std::string_view symbol(Op op) {
  switch (op) {
    case Op::negate:
      return "-";
    case Op::not_:
      return "not";
    case Op::add:
      return "+";
    case Op::subtract:
      return "-";
    case Op::multiply:
      return "*";
    case Op::divide:
      return "/";
    case Op::less:
      return "<";
    case Op::less_equal:
      return "<=";
    case Op::greater:
      return ">";
    case Op::greater_equal:
      return ">=";
    case Op::equal:
      return "==";
    case Op::not_equal:
      return "!=";
    case Op::and_:
      return "and";
    case Op::or_:
      return "or";
    default:
      return {};
  }
}

std::string Ast::canonical() const {
  std::vector<std::string> texts(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    switch (node.kind) {
      case Node::Kind::number:
        texts[i] = fmt::format("{}", node.number);
        break;
      case Node::Kind::duration:
        texts[i] = format_duration(node.duration);
        break;
      case Node::Kind::frequency:
        texts[i] = fmt::format("{}Hz", node.number);
        break;
      case Node::Kind::name:
        texts[i] = node.name;
        break;
      case Node::Kind::operation:
        texts[i] = node.args.size() == 1
                       ? fmt::format("({} {})", symbol(node.op), texts[node.args[0]])
                       : fmt::format("({} {} {})", texts[node.args[0]], symbol(node.op),
                                     texts[node.args[1]]);
        break;
      case Node::Kind::call: {
        std::string list;
        for (const std::uint32_t arg : node.args)
          list += (list.empty() ? "" : ", ") + std::exchange(texts[arg], {});
        texts[i] = fmt::format("{}({})", node.name, list);
      }
    }
  }
  return texts.back();
}

}  // namespace wayside::features
