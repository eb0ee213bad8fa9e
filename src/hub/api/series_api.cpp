#include "hub/api/series_api.hpp"

#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "hub/api/json.hpp"
#include "hub/api/params.hpp"
#include "hub/api/series_table.hpp"

namespace wayside::hub::api {

using http::Request;
using http::Response;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t names_max = 1'000;
constexpr const char* csv_type = "text/csv; header=present";
constexpr const char* parquet_type = "application/vnd.apache.parquet";

enum class Format : std::uint8_t { json, csv, parquet };

/// By the parameter `format`, else by what the client accepts first of what there is.
Result<Format> format_of(const Request& request) {
  const std::string format = request.param("format");
  if (format == "json") return Format::json;
  if (format == "csv") return Format::csv;
  if (format == "parquet") return Format::parquet;
  if (!format.empty())
    return fail(Errc::invalid, "parameter 'format': found '{}', expected csv, json or parquet",
                format);
  const auto place = [&](const char* type) { return request.accept.find(type); };
  const std::size_t first =
      std::min({place("application/json"), place("text/csv"), place(parquet_type)});
  if (first == std::string::npos || first == place("application/json")) return Format::json;
  return first == place("text/csv") ? Format::csv : Format::parquet;
}

/// A folder for one file, removed with its object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = (fs::temp_directory_path() / "wayside-series-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // what cannot be removed is the system's to clean up
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::map<std::string, std::string> units_of(const std::vector<AssetView>& assets,
                                            const std::string& asset) {
  std::map<std::string, std::string> units;
  for (const AssetView& view : assets) {
    if (view.asset != asset || !view.kind) continue;
    for (const auto& signal : view.kind->signals) units[signal.name] = signal.unit;
    for (const auto& feature : view.kind->features) units[feature.name] = feature.unit;
    for (const auto& model : view.kind->models) units.try_emplace(model.name + ".score", 1, '1');
  }
  return units;
}

SeriesKind kind_of(const std::vector<AssetView>& assets, const std::string& asset,
                   const std::string& name) {
  for (const AssetView& view : assets) {
    if (view.asset != asset || !view.kind) continue;
    for (const auto& signal : view.kind->signals)
      if (signal.name == name) return SeriesKind::signal;
    for (const auto& feature : view.kind->features)
      if (feature.name == name) return SeriesKind::feature;
  }
  return SeriesKind::score;
}

/// Empty series for those asked for by name that have no value.
void add_missing(const SeriesRequest& request, const std::vector<AssetView>& assets,
                 const std::map<std::string, std::string>& units, std::vector<SeriesData>& series) {
  std::vector<SeriesData> ordered;
  for (const std::string& name : request.names) {
    bool found = false;
    for (SeriesData& s : series) {
      if (s.name != name) continue;
      ordered.push_back(std::move(s));
      found = true;
    }
    if (found || !units.contains(name)) continue;
    ordered.push_back({name, kind_of(assets, request.asset, name), false, {}, {}});
  }
  series = std::move(ordered);
}

}  // namespace

void SeriesApi::mount(http::Server& server) {
  server.get("/api/v1/series", [this](const Request& request) { return series(request); });
}

Result<SeriesRequest> SeriesApi::series_request(const Request& request) const {
  SeriesRequest out;
  out.asset = request.param("asset");
  if (out.asset.empty()) return fail(Errc::invalid, "the parameter 'asset' is missing");
  out.names = list_param(request, "names");
  if (out.names.size() > names_max)
    return fail(Errc::invalid, "parameter 'names': found {} names, expected at most {}",
                out.names.size(), names_max);
  const Time newest = fleet_.data_time(out.asset).value_or(clock_.now());
  const auto to = time_param(request, "to", newest);
  if (!to) return tl::make_unexpected(to.error());
  const auto from = time_param(request, "from", *to - minutes(10));
  if (!from) return tl::make_unexpected(from.error());
  if (*from > *to) return fail(Errc::invalid, "'from' is later than 'to'");
  const auto points = count_param(request, "points", out.points, SeriesRequest::points_max);
  if (!points) return tl::make_unexpected(points.error());
  if (*points == 1)
    return fail(Errc::invalid, "parameter 'points': found '1', expected 0 or 2 to {}",
                SeriesRequest::points_max);
  out.from = *from;
  out.to = *to;
  out.points = *points;
  const std::string quality = request.param("quality", "good");
  if (quality != "good" && quality != "all")
    return fail(Errc::invalid, "parameter 'quality': found '{}', expected all or good", quality);
  out.all_qualities = quality == "all";
  return out;
}

Response SeriesApi::series(const Request& request) {
  const auto wanted = series_request(request);
  if (!wanted) return http::error_response(wanted.error());
  if (wanted->points > 0) return answer(request, *wanted);
  const QuerySlot slot(slots_);
  return slot.taken() ? answer(request, *wanted) : too_many_queries();
}

Response SeriesApi::answer(const Request& request, const SeriesRequest& wanted) {
  const auto format = format_of(request);
  if (!format) return http::error_response(format.error());
  const auto aligned = flag_param(request, "align");
  if (!aligned) return http::error_response(aligned.error());
  const auto assets = fleet_.assets();
  if (std::none_of(assets.begin(), assets.end(),
                   [&](const AssetView& view) { return view.asset == wanted.asset; }))
    return http::error_response({Errc::not_found, "there is no asset '" + wanted.asset + "'"});
  auto series = store_.series(wanted);
  if (!series) return http::error_response(series.error());
  const auto units = units_of(assets, wanted.asset);
  if (!wanted.names.empty()) add_missing(wanted, assets, units, *series);
  if (*format == Format::parquet) return parquet(wanted, *series, *aligned);
  if (*format == Format::csv)
    return {200, csv_type, *aligned ? table_csv(align(wanted, *series)) : series_csv(*series), {}};
  return http::json_response(*aligned ? table_json(wanted, align(wanted, *series), units)
                                      : series_json(wanted, *series, units));
}

Response SeriesApi::parquet(const SeriesRequest& request, const std::vector<SeriesData>& series,
                            bool aligned) const {
  if (!parquet_) return http::error_response({Errc::unavailable, "this hub cannot write Parquet"});
  const TemporaryFolder folder;
  if (folder.path().empty())
    return http::error_response({Errc::io, "there is no folder for temporary files"});
  const std::string path = folder.path() + "/series.parquet";
  const SeriesTable table = aligned ? align(request, series) : SeriesTable{};
  auto out = parquet_(path, aligned ? file_columns(table) : series_file_columns(),
                      {{"asset", request.asset}});
  if (!out) return http::error_response(out.error());
  const Status written = aligned ? write(table, **out) : write(series, **out);
  if (!written) return http::error_response(written.error());
  std::ifstream file(path, std::ios::binary);
  return {200, parquet_type, std::string(std::istreambuf_iterator<char>(file), {}), {}};
}

}  // namespace wayside::hub::api
