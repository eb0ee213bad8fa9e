#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace wayside::train {

/// Requests to a hub (docs/api.md). Errors: those of http::get and post; `full` (413), `not_found`
/// (404) and `io` where the hub says why not, with its sentence; `corrupt` for a reply that is not
/// what the API promises.
class HubApi {
 public:
  explicit HubApi(std::string url);

  [[nodiscard]] Result<nlohmann::json> get(const std::string& path) const;
  [[nodiscard]] Result<nlohmann::json> post(const std::string& path,
                                            const nlohmann::json& body) const;
  /// The body as it is.
  [[nodiscard]] Result<std::string> get_text(const std::string& path) const;
  /// Rows of one SELECT, which must have `columns` columns; at most `rows_max` of them.
  struct Rows {
    std::vector<nlohmann::json> rows;  ///< arrays
    bool truncated = false;
  };
  [[nodiscard]] Result<Rows> query(const std::string& sql, std::size_t columns,
                                   std::size_t rows_max) const;

 private:
  std::string url_;
};

[[nodiscard]] tl::unexpected<Error> odd_reply(const std::string& what);

/// A text of SQL, and a list of them in parentheses.
[[nodiscard]] std::string sql_text(const std::string& text);
[[nodiscard]] std::string sql_list(const std::vector<std::string>& texts);

/// One line of the hub's assets, as far as replays and fits need it.
struct HubAsset {
  struct Feature {
    std::string name, expression, digest;
  };
  std::string name, node;
  std::string kind;             ///< empty until the node has described itself
  std::string features_digest;  ///< empty: the node does not say
  std::vector<Feature> features;
};
[[nodiscard]] Result<std::vector<HubAsset>> hub_assets(const HubApi& hub);

}  // namespace wayside::train
