#include "features/parser.hpp"

#include <fmt/format.h>
#include <initializer_list>
#include <optional>
#include <utility>

namespace wayside::features {
namespace {

using Parsed = Syntax<std::uint32_t>;  ///< index of the node

struct Spelling {
  TokenKind token;
  Op op;
};

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Syntax<Ast> run() {
    if (peek().kind == TokenKind::end)
      return error(peek(), "expected an expression, found nothing");
    Parsed whole = expression();
    if (!whole) return tl::make_unexpected(whole.error());
    if (peek().kind == TokenKind::name || peek().kind == TokenKind::number ||
        peek().kind == TokenKind::left_paren)
      return error(peek(), fmt::format("expected an operator before {}", peek().describe()));
    if (peek().kind != TokenKind::end)
      return error(peek(), fmt::format("expected the end, found {}", peek().describe()));
    return std::move(ast_);
  }

 private:
  const Token& peek() const { return tokens_[at_]; }
  const Token& take() { return tokens_[at_++]; }

  static tl::unexpected<SyntaxError> error(const Token& token, std::string message) {
    return tl::make_unexpected(SyntaxError{token.offset, std::move(message)});
  }

  std::uint32_t add(Node node) {
    ast_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(ast_.nodes.size() - 1);
  }

  std::uint32_t operation(Op op, const Token& token, std::vector<std::uint32_t> args) {
    Node node;
    node.kind = Node::Kind::operation;
    node.op = op;
    node.offset = token.offset;
    node.begin = args.size() == 1 ? token.offset : ast_.nodes[args.front()].begin;
    node.args = std::move(args);
    return add(std::move(node));
  }

  std::optional<Op> op_among(std::initializer_list<Spelling> spellings) const {
    for (const Spelling& spelling : spellings)
      if (peek().kind == spelling.token) return spelling.op;
    return std::nullopt;
  }

  /// operand (op operand)*, to the left.
  template <class Operand>
  Parsed chain(std::initializer_list<Spelling> spellings, Operand operand) {
    Parsed left = operand();
    while (left) {
      const auto op = op_among(spellings);
      if (!op) break;
      const Token& token = take();
      Parsed right = operand();
      if (!right) return right;
      left = operation(*op, token, {*left, *right});
    }
    return left;
  }

  Parsed expression() {
    return chain({{TokenKind::or_, Op::or_}}, [this] {
      return chain({{TokenKind::and_, Op::and_}}, [this] { return negation(); });
    });
  }

  Parsed negation() {
    if (peek().kind != TokenKind::not_) return comparison();
    const Token& token = take();
    Parsed operand = nested(token, [this] { return negation(); });
    if (!operand) return operand;
    return operation(Op::not_, token, {*operand});
  }

  Parsed comparison() {
    const std::initializer_list<Spelling> spellings{
        {TokenKind::less, Op::less},       {TokenKind::less_equal, Op::less_equal},
        {TokenKind::greater, Op::greater}, {TokenKind::greater_equal, Op::greater_equal},
        {TokenKind::equal, Op::equal},     {TokenKind::not_equal, Op::not_equal}};
    Parsed left = sum();
    if (!left) return left;
    const auto op = op_among(spellings);
    if (!op) return left;
    const Token& token = take();
    Parsed right = sum();
    if (!right) return right;
    if (op_among(spellings)) return error(peek(), "comparisons do not chain, join them with 'and'");
    return operation(*op, token, {*left, *right});
  }

  Parsed sum() {
    return chain({{TokenKind::plus, Op::add}, {TokenKind::minus, Op::subtract}},
                 [this] { return product(); });
  }

  Parsed product() {
    return chain({{TokenKind::times, Op::multiply}, {TokenKind::divide, Op::divide}},
                 [this] { return unary(); });
  }

  Parsed unary() {
    if (peek().kind != TokenKind::minus) return primary();
    const Token& token = take();
    Parsed operand = nested(token, [this] { return unary(); });
    if (!operand) return operand;
    return operation(Op::negate, token, {*operand});
  }

  Parsed primary() {
    const Token& token = peek();
    Node node;
    node.offset = node.begin = token.offset;
    switch (token.kind) {
      case TokenKind::number:
        node.number = take().number;
        return add(std::move(node));
      case TokenKind::duration:
        node.kind = Node::Kind::duration;
        node.duration = take().duration;
        return add(std::move(node));
      case TokenKind::frequency:
        node.kind = Node::Kind::frequency;
        node.number = take().number;
        return add(std::move(node));
      case TokenKind::name:
        take();
        if (peek().kind == TokenKind::left_paren) return call(token);
        node.kind = Node::Kind::name;
        node.name = token.text;
        return add(std::move(node));
      case TokenKind::left_paren:
        return bracket();
      default:
        return error(token,
                     fmt::format("expected a number, a name or '(', found {}", token.describe()));
    }
  }

  Parsed bracket() {
    const Token& open = take();
    Parsed inside = nested(open, [this] { return expression(); });
    if (!inside) return inside;
    if (peek().kind != TokenKind::right_paren) return unclosed(open, "'('");
    take();
    return inside;
  }

  Parsed call(const Token& name) {
    const Token& open = take();
    Node node;
    node.kind = Node::Kind::call;
    node.offset = node.begin = name.offset;
    node.name = name.text;
    while (peek().kind != TokenKind::right_paren) {
      if (!node.args.empty()) {
        if (peek().kind != TokenKind::comma) return unclosed(open, fmt::format("'{}('", name.text));
        take();
      }
      Parsed arg = nested(open, [this] { return expression(); });
      if (!arg) return arg;
      node.args.push_back(*arg);
    }
    take();
    return add(std::move(node));
  }

  tl::unexpected<SyntaxError> unclosed(const Token& open, const std::string& what) const {
    return error(peek(), fmt::format("expected ')' for {} at position {}, found {}", what,
                                     open.offset + 1, peek().describe()));
  }

  template <class Inner>
  Parsed nested(const Token& token, Inner inner) {
    if (depth_ == expression_depth_max)
      return error(token, fmt::format("nested more than {} deep", expression_depth_max));
    ++depth_;
    Parsed result = inner();
    --depth_;
    return result;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Ast ast_;
};

}  // namespace

Syntax<Ast> parse(std::string_view text) {
  auto tokens = tokenize(text);
  if (!tokens) return tl::make_unexpected(std::move(tokens.error()));
  return Parser(std::move(*tokens)).run();
}

}  // namespace wayside::features
