#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace wayside::node::sources {

/// A value inside a JSON document, valid until the document's next call.
struct JsonValue {
  enum class Type : std::uint8_t { null, integer, number, text, numbers, other };
  Type type = Type::other;
  std::int64_t integer = 0;
  double number = 0;  ///< also of `integer`, of true (1) and false (0)
  std::string_view text;
  std::span<const double> numbers;  ///< an array of nothing but numbers

  /// The number, also where it stands in quotes.
  [[nodiscard]] std::optional<double> as_number() const;
};

/// Parses JSON texts one after the other, through simdjson.
class JsonDocument {
 public:
  static constexpr std::size_t bytes_max = 1 << 20;

  JsonDocument();
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  /// False for what is no JSON, or longer than `bytes_max`.
  bool parse(std::string_view text);
  /// The value at a JSON pointer (RFC 6901, "" is the whole); nullopt where there is none.
  std::optional<JsonValue> at(std::string_view pointer);
  [[nodiscard]] bool is_object() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::node::sources
