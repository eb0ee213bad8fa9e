#include "link/send_condition.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <optional>

namespace wayside::link {

struct SendCondition::Term {
  enum class Op { is, is_not, all, any, no };
  Op op = Op::is;
  LinkKind kind = LinkKind::unknown;
  std::shared_ptr<const Term> left, right;

  [[nodiscard]] bool holds(const LinkFacts& facts) const {
    switch (op) {
      case Op::is:
        return facts.kind == kind;
      case Op::is_not:
        return facts.kind != kind;
      case Op::all:
        return left->holds(facts) && right->holds(facts);
      case Op::any:
        return left->holds(facts) || right->holds(facts);
      case Op::no:
        return !left->holds(facts);
    }
    return false;
  }
};

namespace {

using Term = SendCondition::Term;
using TermPtr = std::shared_ptr<const Term>;
using Mistake = SendCondition::Mistake;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

/// Recursive descent; the first mistake ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { advance(); }

  TermPtr condition(int depth) { return chain(depth, "or", Term::Op::any, &Parser::all); }
  /// Nullopt where there is none and everything was read.
  std::optional<Mistake> mistake() {
    if (!mistake_ && !token_.empty()) expected("'and', 'or' or the end");
    return mistake_;
  }

 private:
  TermPtr all(int depth) { return chain(depth, "and", Term::Op::all, &Parser::one); }

  TermPtr chain(int depth, std::string_view word, Term::Op op, TermPtr (Parser::*part)(int)) {
    TermPtr left = (this->*part)(depth);
    while (left && token_ == word) {
      advance();
      TermPtr right = (this->*part)(depth);
      if (!right) return nullptr;
      left = std::make_shared<Term>(Term{op, {}, left, right});
    }
    return left;
  }

  TermPtr one(int depth) {
    if (depth >= SendCondition::depth_max) return expected("fewer brackets inside each other");
    if (token_ == "not") {
      advance();
      TermPtr term = one(depth + 1);
      return term ? std::make_shared<Term>(Term{Term::Op::no, {}, term, nullptr}) : nullptr;
    }
    if (token_ == "(") {
      advance();
      TermPtr term = condition(depth + 1);
      if (!term) return nullptr;
      if (token_ != ")") return expected("')'");
      advance();
      return term;
    }
    return comparison();
  }

  TermPtr comparison() {
    if (token_ != "link.kind") return expected("link.kind");
    advance();
    if (token_ != "==" && token_ != "!=") return expected("'==' or '!='");
    const auto op = token_ == "==" ? Term::Op::is : Term::Op::is_not;
    advance();
    const auto* found = std::find_if(link_kinds.begin(), link_kinds.end(),
                                     [&](LinkKind kind) { return to_string(kind) == token_; });
    if (found == link_kinds.end()) return expected("ethernet, wifi, cellular, local or unknown");
    advance();
    return std::make_shared<Term>(Term{op, *found, nullptr, nullptr});
  }

  TermPtr expected(std::string_view what) {
    if (!mistake_)
      mistake_ = Mistake{offset_, fmt::format("expected {}, found {}", what,
                                              token_.empty() ? std::string("the end")
                                                             : fmt::format("'{}'", token_))};
    return nullptr;
  }

  void advance() {
    std::size_t at = offset_ + token_.size();
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\n')) ++at;
    offset_ = at;
    std::size_t size = 0;
    while (at + size < text_.size() && is_word(text_[at + size])) ++size;
    const bool two = text_.substr(at, 2) == "==" || text_.substr(at, 2) == "!=";
    if (size == 0) size = two ? 2 : std::min<std::size_t>(1, text_.size() - at);
    token_ = text_.substr(at, size);
  }

  std::string_view text_;
  std::string_view token_;
  std::size_t offset_ = 0;
  std::optional<Mistake> mistake_;
};

}  // namespace

tl::expected<SendCondition, Mistake> SendCondition::parse(std::string_view text) {
  if (text.size() > bytes_max)
    return tl::make_unexpected(Mistake{
        0, fmt::format("a condition of {} bytes, at most {} may be", text.size(), bytes_max)});
  Parser parser(text);
  SendCondition condition;
  condition.root_ = parser.condition(0);
  if (auto mistake = parser.mistake()) return tl::make_unexpected(std::move(*mistake));
  condition.text_ = text;
  return condition;
}

bool SendCondition::holds(const LinkFacts& facts) const {
  return root_->holds(facts);
}

}  // namespace wayside::link
