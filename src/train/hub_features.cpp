#include "train/hub_features.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/http/client.hpp"

namespace wayside::train {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

tl::unexpected<Error> odd(const std::string& what) {
  return fail(Errc::corrupt, "the hub's reply is not as its API promises: {}", what);
}

Result<Json> json_of(const Result<http::Reply>& reply, const std::string& url) {
  if (!reply) return tl::make_unexpected(reply.error());
  Json json = Json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
  if (reply->status == 200) {
    if (json.is_object()) return json;
    return fail(Errc::corrupt, "{}: the reply is not a JSON object; is this a Wayside hub?", url);
  }
  const bool explained = json.is_object() && json.contains("error") && json["error"].is_string();
  return fail(Errc::io, "{}: status {}{}", url, reply->status,
              explained ? ": " + json["error"].get<std::string>() : "");
}

struct Asset {
  std::string name;
  std::string kind;
  Names features;
};

Result<std::vector<Asset>> known_assets(const std::string& hub) {
  const std::string url = hub + "/api/v1/assets";
  const Result<Json> reply = json_of(http::get(url), url);
  if (!reply) return tl::make_unexpected(reply.error());
  const auto list = reply->find("assets");
  if (list == reply->end() || !list->is_array()) return odd("no list `assets`");
  const auto text = [](const Json& object, const char* field) {
    const auto at = object.is_object() ? object.find(field) : object.end();
    return object.is_object() && at != object.end() && at->is_string() ? at->get<std::string>()
                                                                       : std::string();
  };
  std::vector<Asset> assets;
  for (const Json& line : *list) {
    Asset asset{text(line, "asset"), text(line, "kind"), {}};
    if (asset.name.empty() || asset.kind.empty()) return odd("an asset without name or kind");
    for (const Json& feature : line.value("features", Json::array())) {
      asset.features.push_back(text(feature, "name"));
    }
    assets.push_back(std::move(asset));
  }
  return assets;
}

/// The assets asked for, which must be known and of the kind.
Result<std::vector<Asset>> choose_assets(const std::vector<Asset>& known,
                                         const FeatureRequest& request) {
  std::vector<Asset> chosen;
  std::set<std::string> kinds;
  Names of_kind;
  for (const Asset& asset : known) {
    kinds.insert(asset.kind);
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

Result<Names> choose_features(const std::vector<Asset>& assets, const Names& wanted) {
  for (const Asset& asset : assets) {
    for (const std::string& name : wanted) {
      if (contains(asset.features, name)) continue;
      return fail(
          Errc::not_found, "{} has no feature {}; it has {}", asset.name, name,
          asset.features.empty() ? "none" : fmt::format("{}", fmt::join(asset.features, ", ")));
    }
  }
  if (!wanted.empty()) return wanted;
  Names common = assets.front().features;
  for (const Asset& asset : assets) {
    std::erase_if(common, [&](const std::string& name) { return !contains(asset.features, name); });
  }
  if (common.empty()) return fail(Errc::not_found, "the assets have no feature in common");
  return common;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string quoted_list(const Names& names) {
  Names texts;
  for (const std::string& name : names) texts.push_back(quoted(name));
  return fmt::format("({})", fmt::join(texts, ", "));
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
        fmt::format(", max(case when name = {} then value end) as f{}", quoted(features[i]), i);
  }
  std::string where =
      fmt::format("asset in {} and name in {} and time <= {} and ", quoted_list(assets),
                  quoted_list(features), quoted(format_time(request.to)));
  if (after) {
    where += fmt::format("(time > {0} or (time = {0} and asset > {1}))", quoted(after->time),
                         quoted(after->asset));
  } else {
    where += fmt::format("time >= {}", quoted(format_time(request.from)));
  }
  return fmt::format(
      "select time, asset{} from features where {} group by time, asset order by time, asset "
      "limit {}",
      columns, where, rows);
}

/// Appends a page's rows and moves `after` to its last one.
Status append_rows(const Json& rows, Table& table, std::optional<Place>& after) {
  const std::size_t n = table.names.size();
  std::vector<double> values(n);
  for (const Json& row : rows) {
    if (!row.is_array() || row.size() != n + 2 || !row[0].is_string() || !row[1].is_string()) {
      return odd(fmt::format("a row that is not a time, an asset and {} values", n));
    }
    const Result<Time> time = parse_time(row[0].get_ref<const std::string&>());
    if (!time) return odd(time.error().message);
    for (std::size_t i = 0; i < n; ++i) {
      const Json& value = row[i + 2];
      if (!value.is_number() && !value.is_null()) return odd("a value that is not a number");
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
Result<bool> read_page(const FeatureRequest& request, const Names& assets, FeatureRows& out,
                       std::optional<Place>& after) {
  constexpr std::size_t page_values_max = 200'000;
  constexpr std::size_t page_rows_max = 10'000;
  const Names& features = out.table.names;
  const std::size_t page =
      std::clamp<std::size_t>(page_values_max / features.size(), 1, page_rows_max);
  const Json body = {{"sql", page_sql(request, assets, features, after, page)}, {"rows_max", page}};
  const std::string url = request.hub + "/api/v1/query";
  const Result<Json> reply = json_of(http::post(url, body.dump()), url);
  if (!reply) return tl::make_unexpected(reply.error());
  const auto rows = reply->find("rows");
  if (rows == reply->end() || !rows->is_array()) return odd("no list `rows`");
  if (Status ok = append_rows(*rows, out.table, after); !ok) {
    return tl::make_unexpected(ok.error());
  }
  const auto cut = reply->find("truncated");
  const bool truncated = cut != reply->end() && cut->is_boolean() && cut->get<bool>();
  return !rows->empty() && (rows->size() >= page || truncated);
}

}  // namespace

Result<FeatureRows> read_features(const FeatureRequest& request) {
  if (request.from >= request.to) {
    return fail(Errc::invalid, "the period is empty: from {} to {}", format_time(request.from),
                format_time(request.to));
  }
  FeatureRequest plain = request;
  while (plain.hub.ends_with('/')) plain.hub.pop_back();
  const auto known = known_assets(plain.hub);
  if (!known) return tl::make_unexpected(known.error());
  const auto assets = choose_assets(*known, plain);
  if (!assets) return tl::make_unexpected(assets.error());
  const auto features = choose_features(*assets, plain.features);
  if (!features) return tl::make_unexpected(features.error());

  FeatureRows out;
  for (const Asset& asset : *assets) out.assets.push_back(asset.name);
  out.table.names = *features;
  std::optional<Place> after;
  for (bool more = true; more;) {
    const Result<bool> page = read_page(plain, out.assets, out, after);
    if (!page) return tl::make_unexpected(page.error());
    more = *page;
  }
  return out;
}

}  // namespace wayside::train
