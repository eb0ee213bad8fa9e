#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/link_kind.hpp"
#include "base/result.hpp"

namespace wayside::link {

/// What a condition can ask about the way to the hub.
struct LinkFacts {
  LinkKind kind = LinkKind::unknown;
};

/// When a tier may be sent, as it was written:
///
///     condition  = all { "or" all }
///     all        = one { "and" one }
///     one        = "not" one | "(" condition ")" | "link.kind" ( "==" | "!=" ) KIND
///     KIND       = ethernet | wifi | cellular | local | unknown
class SendCondition {
 public:
  static constexpr std::size_t bytes_max = 1'000;
  static constexpr int depth_max = 32;
  struct Mistake {
    std::size_t offset = 0;  ///< in the text
    std::string message;
  };

  [[nodiscard]] static tl::expected<SendCondition, Mistake> parse(std::string_view text);
  [[nodiscard]] bool holds(const LinkFacts& facts) const;
  [[nodiscard]] const std::string& text() const { return text_; }

  struct Term;

 private:
  std::string text_;
  std::shared_ptr<const Term> root_;
};

}  // namespace wayside::link
