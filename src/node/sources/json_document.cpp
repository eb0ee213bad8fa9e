#include "node/sources/json_document.hpp"

#include <simdjson.h>

#include <charconv>
#include <vector>

namespace wayside::node::sources {

using simdjson::dom::element_type;

struct JsonDocument::State {
  simdjson::dom::parser parser{bytes_max};
  simdjson::dom::element root;
  bool parsed = false;
  std::vector<double> numbers;

  /// False for what is no array of numbers alone.
  bool read_numbers(simdjson::dom::element element) {
    numbers.clear();
    simdjson::dom::array array;
    if (element.get(array) != simdjson::SUCCESS) return false;
    for (const simdjson::dom::element item : array) {
      double number = 0;
      if (item.get(number) != simdjson::SUCCESS) return false;
      numbers.push_back(number);
    }
    return true;
  }
};

std::optional<double> JsonValue::as_number() const {
  if (type == Type::integer || type == Type::number) return number;
  if (type != Type::text) return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

JsonDocument::JsonDocument() : state_(std::make_unique<State>()) {}
JsonDocument::~JsonDocument() = default;

bool JsonDocument::parse(std::string_view text) {
  state_->parsed =
      text.size() <= bytes_max &&
      state_->parser.parse(text.data(), text.size()).get(state_->root) == simdjson::SUCCESS;
  return state_->parsed;
}

bool JsonDocument::is_object() const {
  return state_->parsed && state_->root.type() == element_type::OBJECT;
}

std::optional<JsonValue> JsonDocument::at(std::string_view pointer) {
  simdjson::dom::element element;
  if (!state_->parsed || state_->root.at_pointer(pointer).get(element) != simdjson::SUCCESS)
    return std::nullopt;
  JsonValue value;
  if (element.is_null()) {
    value.type = JsonValue::Type::null;
  } else if (element.get(value.integer) == simdjson::SUCCESS) {
    value.type = JsonValue::Type::integer;
    value.number = static_cast<double>(value.integer);
  } else if (element.get(value.number) == simdjson::SUCCESS) {
    value.type = JsonValue::Type::number;
  } else if (bool truth = false; element.get(truth) == simdjson::SUCCESS) {
    value.type = JsonValue::Type::number;
    value.number = truth ? 1 : 0;
  } else if (element.get(value.text) == simdjson::SUCCESS) {
    value.type = JsonValue::Type::text;
  } else if (state_->read_numbers(element)) {
    value.type = JsonValue::Type::numbers;
    value.numbers = state_->numbers;
  }
  return value;
}

}  // namespace wayside::node::sources
