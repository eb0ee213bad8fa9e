#include "train/hub_features.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "train/hub_api.hpp"

namespace wayside::train {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names feature_names(const HubAsset& asset) {
  Names names;
  for (const HubAsset::Feature& feature : asset.features) names.push_back(feature.name);
  return names;
}

/// The assets asked for, which must be known and of the kind.
Result<std::vector<HubAsset>> choose_assets(const std::vector<HubAsset>& known,
                                            const FeatureRequest& request) {
  std::vector<HubAsset> chosen;
  std::set<std::string> kinds;
  Names of_kind;
  for (const HubAsset& asset : known) {
    if (!asset.kind.empty()) kinds.insert(asset.kind);
    if (asset.kind != request.kind) continue;
    of_kind.push_back(asset.name);
    if (request.assets.empty() || contains(request.assets, asset.name)) chosen.push_back(asset);
  }
  if (of_kind.empty()) {
    return fail(Errc::not_found, "the hub knows no asset of kind {}; it knows the kinds: {}",
                request.kind, kinds.empty() ? "none" : fmt::format("{}", fmt::join(kinds, ", ")));
  }
  for (const std::string& name : request.assets) {
    if (contains(of_kind, name)) continue;
    return fail(Errc::not_found, "the hub knows no {} named {}; it knows {}", request.kind, name,
                fmt::join(of_kind, ", "));
  }
  return chosen;
}

Result<Names> choose_features(const std::vector<HubAsset>& assets, const Names& wanted) {
  for (const HubAsset& asset : assets) {
    const Names names = feature_names(asset);
    for (const std::string& name : wanted) {
      if (contains(names, name)) continue;
      return fail(Errc::not_found, "{} has no feature {}; it has {}", asset.name, name,
                  names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
    }
  }
  if (!wanted.empty()) return wanted;
  Names common = feature_names(assets.front());
  for (const HubAsset& asset : assets) {
    const Names names = feature_names(asset);
    std::erase_if(common, [&](const std::string& name) { return !contains(names, name); });
  }
  if (common.empty()) return fail(Errc::not_found, "the assets have no feature in common");
  return common;
}

/// As the nodes describe their features now.
Result<FeatureDefinitions> agreed_definitions(const std::vector<HubAsset>& assets,
                                              const Names& names) {
  FeatureDefinitions agreed{assets.front().features_digest, {}};
  std::map<std::string, std::string> said_by;
  for (const HubAsset& asset : assets) {
    if (asset.features_digest != agreed.digest) agreed.digest.clear();
    for (const HubAsset::Feature& feature : asset.features) {
      if (feature.digest.empty() || !contains(names, feature.name)) continue;
      const auto [known, added] =
          agreed.features.try_emplace(feature.name, feature.expression, feature.digest);
      if (added) said_by[feature.name] = asset.name;
      if (known->second.digest == feature.digest) continue;
      return fail(Errc::conflict,
                  "{} and {} define {} differently ({} and {}, with what they are made of): fit "
                  "them apart, or compute the features anew from samples with `wayside features "
                  "export`",
                  said_by[feature.name], asset.name, feature.name, known->second.expression,
                  feature.expression);
    }
  }
  return agreed;
}

/// Where a page ended: rows come in the order of (time, asset).
struct Place {
  std::string time;
  std::string asset;
};

/// One row per asset and tick, one column per feature.
std::string page_sql(const FeatureRequest& request, const Names& assets, const Names& features,
                     const std::optional<Place>& after, std::size_t rows) {
  std::string columns;
  for (std::size_t i = 0; i < features.size(); ++i) {
    columns +=
        fmt::format(", max(case when name = {} then value end) as f{}", sql_text(features[i]), i);
  }
  std::string where =
      fmt::format("asset in {} and name in {} and time <= {} and ", sql_list(assets),
                  sql_list(features), sql_text(format_time(request.to)));
  if (after) {
    where += fmt::format("(time > {0} or (time = {0} and asset > {1}))", sql_text(after->time),
                         sql_text(after->asset));
  } else {
    where += fmt::format("time >= {}", sql_text(format_time(request.from)));
  }
  return fmt::format(
      "select time, asset{} from features where {} group by time, asset order by time, asset "
      "limit {}",
      columns, where, rows);
}

/// Appends a page's rows and moves `after` to its last one.
Status append_rows(const std::vector<Json>& rows, Table& table, std::optional<Place>& after) {
  const std::size_t n = table.names.size();
  std::vector<double> values(n);
  for (const Json& row : rows) {
    if (!row[0].is_string() || !row[1].is_string())
      return odd_reply(fmt::format("a row that is not a time, an asset and {} values", n));
    const Result<Time> time = parse_time(row[0].get_ref<const std::string&>());
    if (!time) return odd_reply(time.error().message);
    for (std::size_t i = 0; i < n; ++i) {
      const Json& value = row[i + 2];
      if (!value.is_number() && !value.is_null()) return odd_reply("a value that is not a number");
      values[i] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    }
    if (table.values.size() + n > values_max) {
      return fail(Errc::full,
                  "the period holds more than {} values: shorten it, or name fewer "
                  "features or assets",
                  values_max);
    }
    table.append(*time, values);
    after = Place{row[0].get<std::string>(), row[1].get<std::string>()};
  }
  return {};
}

/// Reads one page; true when there may be another.
Result<bool> read_page(const HubApi& hub, const FeatureRequest& request, const Names& assets,
                       FeatureRows& out, std::optional<Place>& after) {
  constexpr std::size_t page_values_max = 200'000;
  constexpr std::size_t page_rows_max = 10'000;
  const Names& features = out.table.names;
  const std::size_t page =
      std::clamp<std::size_t>(page_values_max / features.size(), 1, page_rows_max);
  const auto reply =
      hub.query(page_sql(request, assets, features, after, page), features.size() + 2, page);
  if (!reply) return tl::make_unexpected(reply.error());
  if (Status ok = append_rows(reply->rows, out.table, after); !ok)
    return tl::make_unexpected(ok.error());
  return !reply->rows.empty() && (reply->rows.size() >= page || reply->truncated);
}

}  // namespace

Result<FeatureRows> read_features(const FeatureRequest& request) {
  if (request.from >= request.to) {
    return fail(Errc::invalid, "the period is empty: from {} to {}", format_time(request.from),
                format_time(request.to));
  }
  const HubApi hub(request.hub);
  const auto known = hub_assets(hub);
  if (!known) return tl::make_unexpected(known.error());
  const auto assets = choose_assets(*known, request);
  if (!assets) return tl::make_unexpected(assets.error());
  const auto features = choose_features(*assets, request.features);
  if (!features) return tl::make_unexpected(features.error());

  auto definitions = agreed_definitions(*assets, *features);
  if (!definitions) return tl::make_unexpected(definitions.error());

  FeatureRows out;
  out.kind = request.kind;
  out.definitions = std::move(*definitions);
  for (const HubAsset& asset : *assets) out.assets.push_back(asset.name);
  out.table.names = *features;
  std::optional<Place> after;
  for (bool more = true; more;) {
    const Result<bool> page = read_page(hub, request, out.assets, out, after);
    if (!page) return tl::make_unexpected(page.error());
    more = *page;
  }
  return out;
}

}  // namespace wayside::train
