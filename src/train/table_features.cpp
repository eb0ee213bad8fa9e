#include "train/table_features.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "train/export_features.hpp"

namespace wayside::train {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string metadata_of(const table::TableReader& reader, const char* key) {
  const auto found = reader.metadata().find(key);
  return found == reader.metadata().end() ? std::string() : found->second;
}

/// All features of the kind, in order.
struct Described {
  Names names;
  std::map<std::string, infer::Manifest::Definition> definitions;
};

Result<Described> described(const table::TableReader& reader) {
  Described out;
  const Json list = Json::parse(metadata_of(reader, table_key::features), nullptr,
                                /*allow_exceptions=*/false);
  if (!list.is_array())
    return fail(Errc::invalid,
                "the table's metadata do not say which features it holds ({}): is it one of "
                "`wayside features export`?",
                table_key::features);
  const auto text = [](const Json& object, const char* member) {
    const auto at = object.is_object() ? object.find(member) : object.end();
    return object.is_object() && at != object.end() && at->is_string() ? at->get<std::string>()
                                                                       : std::string();
  };
  for (const Json& feature : list) {
    const std::string name = text(feature, "name");
    out.names.push_back(name);
    out.definitions[name] = {text(feature, "expression"), text(feature, "digest")};
  }
  return out;
}

/// The columns to read.
struct Columns {
  std::size_t asset = 0, time = 0;
  std::vector<std::size_t> features;
};

Result<std::size_t> find_column(const table::TableReader& reader, const std::string& name,
                                std::initializer_list<table::Type> types) {
  const auto& columns = reader.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name != name) continue;
    if (std::find(types.begin(), types.end(), columns[i].type) != types.end()) return i;
    return fail(Errc::invalid, "the table's column {} is of another type than such a column", name);
  }
  return fail(Errc::not_found, "the table has no column {}", name);
}

Result<Columns> find_columns(const table::TableReader& reader, const Names& features) {
  using table::Type;
  Columns out;
  const auto asset = find_column(reader, "asset", {Type::text});
  if (!asset) return tl::make_unexpected(asset.error());
  const auto time = find_column(reader, "time", {Type::time, Type::integer});
  if (!time) return tl::make_unexpected(time.error());
  out.asset = *asset;
  out.time = *time;
  for (const std::string& name : features) {
    const auto column = find_column(reader, name, {Type::number, Type::integer});
    if (!column) return tl::make_unexpected(column.error());
    out.features.push_back(*column);
  }
  return out;
}

/// By time, then asset, as the rows of a hub.
void sort_rows(Table& table, const Names& asset_of) {
  std::vector<std::size_t> order(table.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(table.times[a], asset_of[a]) < std::tie(table.times[b], asset_of[b]);
  });
  Table sorted;
  sorted.names = table.names;
  for (const std::size_t row : order) sorted.append(table.times[row], table.row(row));
  table = std::move(sorted);
}

Status read_rows(table::TableReader& reader, const Columns& columns, const Names& wanted,
                 FeatureRows& out) {
  std::set<std::string> assets;
  Names asset_of;
  std::vector<double> values(columns.features.size());
  for (;;) {
    const auto more = reader.next();
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) break;
    std::string asset = reader.text(columns.asset);
    if (!wanted.empty() && !contains(wanted, asset)) continue;
    if (out.table.values.size() + values.size() > values_max)
      return fail(Errc::full, "the table holds more than {} values", values_max);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = reader.number(columns.features[i]);
    out.table.append(Time{reader.integer(columns.time)}, values);
    assets.insert(asset);
    asset_of.push_back(std::move(asset));
  }
  for (const std::string& name : wanted)
    if (!assets.contains(name)) return fail(Errc::not_found, "the table has no row of {}", name);
  out.assets.assign(assets.begin(), assets.end());
  sort_rows(out.table, asset_of);
  return {};
}

}  // namespace

Result<FeatureRows> read_features(table::TableReader& reader, const FeatureRequest& request) {
  FeatureRows out;
  out.kind = metadata_of(reader, table_key::kind);
  if (!request.kind.empty() && !out.kind.empty() && request.kind != out.kind)
    return fail(Errc::conflict, "the table is of kind {}, not {}", out.kind, request.kind);
  if (out.kind.empty()) out.kind = request.kind;
  const auto all = described(reader);
  if (!all) return tl::make_unexpected(all.error());
  out.table.names = request.features.empty() ? all->names : request.features;
  const auto columns = find_columns(reader, out.table.names);
  if (!columns) return tl::make_unexpected(columns.error());
  out.definitions.digest = metadata_of(reader, table_key::features_digest);
  for (const std::string& name : out.table.names) {
    const auto found = all->definitions.find(name);
    if (found == all->definitions.end())
      return fail(Errc::not_found, "{} is a column of the table, but no feature of it", name);
    out.definitions.features.insert(*found);
  }
  if (const Status read = read_rows(reader, *columns, request.assets, out); !read)
    return tl::make_unexpected(read.error());
  return out;
}

}  // namespace wayside::train
