#include "train/sample_rows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/config/diagnostics.hpp"

namespace wayside::train {
namespace {

constexpr std::size_t no_column = std::numeric_limits<std::size_t>::max();
constexpr std::size_t shown_max = 64;

/// An empty text is NaN.
std::optional<double> parse_number(std::string_view text) {
  if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<telemetry::Quality> parse_quality(std::string_view text) {
  for (std::size_t i = 0; i < telemetry::quality_count; ++i) {
    const auto quality = static_cast<telemetry::Quality>(i);
    if (text == telemetry::to_string(quality)) return quality;
  }
  return std::nullopt;
}

std::string column_names(const std::vector<std::string_view>& fields) {
  std::string list;
  for (const std::string_view field : fields)
    list += fmt::format("{}{}", list.empty() ? "" : ",", field.substr(0, shown_max));
  return list;
}

}  // namespace

SampleRows::SampleRows(table::CsvReader reader, const ReplaySchema& schema,
                       SampleRowsOptions options)
    : reader_(std::move(reader)), schema_(&schema), options_(std::move(options)) {
  for (std::size_t i = 0; i < schema.assets.size(); ++i) assets_.emplace(schema.assets[i].name, i);
  for (const ReplaySchema::Kind& kind : schema.kinds) {
    auto& signals = signals_.emplace_back();
    for (std::size_t i = 0; i < kind.kind.signals.size(); ++i)
      signals.emplace(kind.kind.signals[i].name, SignalId{static_cast<std::uint32_t>(i)});
  }
}

Result<SampleRows> SampleRows::begin(table::CsvReader reader, const ReplaySchema& schema,
                                     SampleRowsOptions options) {
  SampleRows rows(std::move(reader), schema, std::move(options));
  if (const Status read = rows.read_header(); !read) return tl::make_unexpected(read.error());
  return rows;
}

Status SampleRows::read_header() {
  const auto fields = reader_.next();
  if (!fields) return fail_in(options_.name, fields.error());
  if (*fields == nullptr)
    return fail(Errc::invalid, "{}: empty: expected a header asset,signal,time,value",
                options_.name);
  std::string_view first = (**fields)[0];
  if (first.starts_with("\xEF\xBB\xBF")) first.remove_prefix(3);  // byte order mark
  columns_ = (*fields)->size();
  const auto find = [&](std::string_view name) {
    if (first == name) return std::size_t{0};
    const auto found = std::find((*fields)->begin(), (*fields)->end(), name);
    return found == (*fields)->end() ? no_column
                                     : static_cast<std::size_t>(found - (*fields)->begin());
  };
  const std::pair<std::string_view, std::size_t*> wanted[] = {
      {"asset", &asset_}, {"signal", &signal_}, {"time", &time_}, {"value", &value_}};
  for (const auto& [name, column] : wanted) {
    *column = find(name);
    if (*column == no_column)
      return fail(Errc::invalid,
                  "{}:{}: no column '{}': expected asset,signal,time,value, found {}",
                  options_.name, reader_.line(), name, column_names(**fields));
  }
  quality_ = find("quality");
  version_ = find("version");
  return {};
}

Result<bool> SampleRows::next(SampleRow& row) {
  while (mistakes_.size() < mistakes_max) {
    const auto fields = reader_.next();
    if (!fields) {
      mistakes_.push_back(fmt::format("{}: {}", options_.name, fields.error().message));
      break;
    }
    if (*fields == nullptr) break;
    if (read(**fields, row) == Found::row) return true;
  }
  if (mistakes_.empty()) return false;
  const bool more = mistakes_.size() >= mistakes_max;
  return fail(Errc::invalid, "{}{}", fmt::join(mistakes_, "\n"),
              more ? "\n… and perhaps more: reading ended here" : "");
}

SampleRows::Found SampleRows::read(const std::vector<std::string_view>& fields, SampleRow& row) {
  if (fields.size() != columns_)
    return wrong(fmt::format("{} fields, expected {}", fields.size(), columns_));
  if (!find(fields[asset_], fields[signal_], row)) return Found::nothing;
  const auto time = parse_time(fields[time_], EpochUnit::ns);
  if (!time) return wrong("time: " + time.error().message);
  const auto value = parse_number(fields[value_]);
  if (!value)
    return wrong(fmt::format("value: '{}' is no number", fields[value_].substr(0, shown_max)));
  row.time = *time;
  row.value = *value;
  return read_optional(fields, row);
}

SampleRows::Found SampleRows::read_optional(const std::vector<std::string_view>& fields,
                                            SampleRow& row) {
  row.version = 0;
  if (version_ != no_column && !fields[version_].empty()) {
    const std::string_view text = fields[version_];
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), row.version);
    if (error != std::errc{} || stop != text.data() + text.size() || row.version == 0)
      return wrong(fmt::format("version: '{}' is none: expected a whole number from 1",
                               text.substr(0, shown_max)));
  }
  if (quality_ == no_column || fields[quality_].empty()) {
    row.quality = schema_->kind_of(row.asset).kind[row.signal].judge(row.value);
    return Found::row;
  }
  const auto quality = parse_quality(fields[quality_]);
  if (!quality)
    return wrong(
        fmt::format("quality: '{}' is none: expected good, out_of_range, late, "
                    "not_finite or bad",
                    fields[quality_].substr(0, shown_max)));
  row.quality = *quality;
  return Found::row;
}

/// Once for each name, so that a file of one wrong name does not hide the other mistakes.
template <class Known>
void SampleRows::unknown(std::string_view what, std::string_view name, const std::string& of,
                         Known known) {
  ++counters_.unknown;
  if (options_.skip_unknown || !reported_.emplace(of, name).second) return;
  const std::string near = config::nearest(name, known());
  (void)wrong(fmt::format("{}: {} has no '{}'{}", what, of, name.substr(0, shown_max),
                          near.empty() ? "" : " (did you mean '" + near + "'?)"));
}

bool SampleRows::find(std::string_view asset, std::string_view signal, SampleRow& row) {
  if (asset != last_asset_name_ || asset.empty()) {
    const auto found = assets_.find(asset);
    if (found == assets_.end()) {
      unknown("asset", asset, "the configuration", [this] {
        std::vector<std::string> known;
        for (const ReplaySchema::Asset& one : schema_->assets) known.push_back(one.name);
        return known;
      });
      return false;
    }
    last_asset_name_ = asset;
    last_asset_ = found->second;
  }
  row.asset = last_asset_;
  const std::size_t kind = schema_->assets[row.asset].kind;
  const ReplaySchema::Kind& of = schema_->kinds[kind];
  if (of.plan == nullptr || (!options_.kind.empty() && of.kind.name != options_.kind)) {
    ++counters_.elsewhere;
    return false;
  }
  const auto found = signals_[kind].find(signal);
  if (found == signals_[kind].end()) {
    unknown("signal", signal, "kind " + of.kind.name, [&of] {
      std::vector<std::string> known;
      for (const telemetry::Signal& one : of.kind.signals) known.push_back(one.name);
      return known;
    });
    return false;
  }
  row.signal = found->second;
  return true;
}

SampleRows::Found SampleRows::wrong(std::string mistake) {
  mistakes_.push_back(fmt::format("{}:{}: {}", options_.name, reader_.line(), mistake));
  return Found::nothing;
}

}  // namespace wayside::train
