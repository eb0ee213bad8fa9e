#include "hub/api/replay.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "hub/api/params.hpp"
#include "table/csv_text.hpp"

namespace wayside::hub::api {
namespace {

using Json = nlohmann::json;

constexpr std::size_t name_bytes_max = 256;

Result<std::string> name_member(const Json& body, const char* member) {
  const auto found = body.find(member);
  if (found == body.end() || !found->is_string() || found->get_ref<const std::string&>().empty() ||
      found->get_ref<const std::string&>().size() > name_bytes_max)
    return fail(Errc::invalid, "'{}' must be a name", member);
  return found->get<std::string>();
}

Result<Time> time_of(const Json& value, const char* member) {
  if (!value.is_string())
    return fail(Errc::invalid, "'{}' must be text in RFC 3339, which keeps nanoseconds", member);
  auto time = parse_time(value.get_ref<const std::string&>());
  if (!time) return fail_in(member, time.error());
  return time;
}

Result<Time> time_member(const Json& body, const char* member) {
  const auto found = body.find(member);
  if (found == body.end()) return fail(Errc::invalid, "'{}' is missing", member);
  return time_of(*found, member);
}

Status read_names(const Json& body, telemetry::FeatureBlock& block) {
  const auto names = body.find("names");
  if (names == body.end() || !names->is_array() || names->empty() ||
      names->size() > replaced_names_max)
    return fail(Errc::invalid, "'names' must be a list of 1 to {} names", replaced_names_max);
  for (const Json& name : *names) {
    if (!name.is_string() || name.get_ref<const std::string&>().empty() ||
        name.get_ref<const std::string&>().size() > name_bytes_max)
      return fail(Errc::invalid, "'names' must be a list of names");
    for (const std::string& before : block.names)
      if (before == name.get_ref<const std::string&>())
        return fail(Errc::invalid, "'names' has '{}' twice", before);
    block.names.push_back(name.get<std::string>());
  }
  return {};
}

Status read_rows(const Json& body, FeatureReplacement& out) {
  const auto times = body.find("times");
  const auto values = body.find("values");
  if (times == body.end() || !times->is_array() || values == body.end() || !values->is_array() ||
      times->size() != values->size())
    return fail(Errc::invalid, "'times' and 'values' must be lists of the same length");
  for (const Json& item : *times) {
    const auto time = time_of(item, "times");
    if (!time) return tl::make_unexpected(time.error());
    if (*time < out.from || *time > out.to)
      return fail(Errc::invalid, "'times' has {}, which is not from {} to {}", format_time(*time),
                  format_time(out.from), format_time(out.to));
    out.block.times.push_back(*time);
  }
  for (const Json& row : *values) {
    if (!row.is_array() || row.size() != out.block.names.size())
      return fail(Errc::invalid, "'values' must hold a list of {} values for each time",
                  out.block.names.size());
    for (const Json& value : row) {
      if (!value.is_number() && !value.is_null())
        return fail(Errc::invalid, "'values' may hold numbers and null");
      out.block.values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                 : value.get<double>());
    }
  }
  return {};
}

}  // namespace

Result<SampleRequest> sample_request(const http::Request& request) {
  SampleRequest out;
  out.asset = request.param("asset");
  out.node = request.param("node");
  if (out.asset.empty() || out.node.empty())
    return fail(Errc::invalid, "the parameters 'asset' and 'node' must say whose samples");
  out.signals = list_param(request, "signals");
  for (const char* name : {"from", "to"})
    if (request.param(name).empty())
      return fail(Errc::invalid, "the parameter '{}' is missing", name);
  const auto from = time_param(request, "from", {});
  if (!from) return tl::make_unexpected(from.error());
  const auto to = time_param(request, "to", {});
  if (!to) return tl::make_unexpected(to.error());
  if (*from > *to) return fail(Errc::invalid, "'from' is later than 'to'");
  const auto limit = count_param(request, "limit", out.rows_max, SampleRequest::rows_max_max);
  if (!limit) return tl::make_unexpected(limit.error());
  out.from = *from;
  out.to = *to;
  out.rows_max = *limit;
  return out;
}

std::string samples_csv(const std::string& asset, const StoredSamples& samples) {
  std::string asset_field;
  table::append_field(asset_field, asset);
  std::vector<std::string> before, after;  // what is the same in all rows of a series
  for (const StoredSamples::Series& series : samples.series) {
    before.push_back(asset_field + ',');
    table::append_field(before.back(), series.signal);
    before.back() += ',';
    after.push_back(',' + std::to_string(series.version) + '\n');
  }
  std::string out = "asset,signal,time,value,quality,version\n";
  constexpr std::size_t row_bytes = 64;
  out.reserve(out.size() + samples.times.size() * (row_bytes + asset_field.size()));
  for (std::size_t i = 0; i < samples.times.size(); ++i) {
    out += before[samples.series_of[i]];
    table::append_integer(out, samples.times[i].ns);
    out += ',';
    table::append_number(out, samples.values[i]);
    out += ',';
    out += telemetry::to_string(samples.qualities[i]);
    out += after[samples.series_of[i]];
  }
  return out;
}

Result<FeatureReplacement> feature_replacement(const std::string& text) {
  const Json body = Json::parse(text, nullptr, false);
  if (!body.is_object()) return fail(Errc::invalid, "expected a JSON object as the body");
  FeatureReplacement out;
  const auto node = name_member(body, "node");
  if (!node) return tl::make_unexpected(node.error());
  const auto asset = name_member(body, "asset");
  if (!asset) return tl::make_unexpected(asset.error());
  const auto from = time_member(body, "from");
  if (!from) return tl::make_unexpected(from.error());
  const auto to = time_member(body, "to");
  if (!to) return tl::make_unexpected(to.error());
  if (*from > *to) return fail(Errc::invalid, "'from' is later than 'to'");
  out.node = *node;
  out.from = *from;
  out.to = *to;
  out.block.asset = *asset;
  if (const Status read = read_names(body, out.block); !read)
    return tl::make_unexpected(read.error());
  if (const Status read = read_rows(body, out); !read) return tl::make_unexpected(read.error());
  return out;
}

}  // namespace wayside::hub::api
