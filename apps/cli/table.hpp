#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wayside::cli {

/// Columns as wide as their widest cell, numbers to the right.
class Table {
 public:
  static constexpr std::size_t cell_width_max = 60;

  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

/// A JSON value as people read it: text without quotes, nothing for null.
[[nodiscard]] std::string plain(const nlohmann::ordered_json& value);
/// `17`, `340k`, `1.2M`.
[[nodiscard]] std::string short_count(double count);
/// `3.2 s`, `5 min`, `2 h`, `4 d`.
[[nodiscard]] std::string short_age(double seconds);

}  // namespace wayside::cli
