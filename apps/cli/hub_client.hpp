#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::cli {

inline constexpr const char* default_hub = "http://127.0.0.1:8080";

/// Requests to a hub (or an agent) for commands: a reply that is not a success ends the command
/// with one sentence and status 1.
class HubClient {
 public:
  explicit HubClient(std::string url);
  [[nodiscard]] nlohmann::ordered_json get(const std::string& path) const;
  [[nodiscard]] nlohmann::ordered_json post(const std::string& path,
                                            const nlohmann::ordered_json& body) const;
  /// Nullopt, after nothing was said, where the hub does not answer.
  [[nodiscard]] std::optional<nlohmann::ordered_json> try_get(const std::string& path) const;
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  std::string url_;
};

/// A sentence on standard error, and the command ends with status 1.
[[noreturn]] void give_up(const std::string& sentence);

/// What a success holds; gives up with the sentence of a failure.
template <class T>
T or_give_up(Result<T> result) {
  if (!result) give_up(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace wayside::cli
