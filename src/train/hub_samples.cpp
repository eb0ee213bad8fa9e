#include "train/hub_samples.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/http/client.hpp"

namespace wayside::train {
namespace {

constexpr Duration width_max = days(366);

std::size_t rows_of(const std::string& csv) {
  return static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n'));
}

}  // namespace

HubSamples::HubSamples(const HubApi& hub, const ReplaySchema& schema, std::string node,
                       std::string asset, std::vector<std::string> signals, Time from, Time to)
    : hub_(hub),
      schema_(schema),
      node_(std::move(node)),
      asset_(std::move(asset)),
      signals_(std::move(signals)),
      at_(from),
      to_(to),
      ended_(from > to) {}

std::string HubSamples::path(Time to, std::size_t rows_max) const {
  return fmt::format("/api/v1/samples?asset={}&node={}&signals={}&from={}&to={}&limit={}",
                     http::escape(asset_), http::escape(node_),
                     http::escape(fmt::format("{}", fmt::join(signals_, ","))),
                     http::escape(format_time(at_)), http::escape(format_time(to)), rows_max);
}

/// The hub refuses a page that is too large, so the time it spans is halved until it fits, and
/// grows again where there is little.
Result<std::optional<SampleRows>> HubSamples::next_page() {
  if (ended_) return std::optional<SampleRows>();
  for (;;) {
    const Time end = to_ - at_ > width_ ? at_ + width_ : to_;
    const bool instant = end == at_;
    auto csv = hub_.get_text(path(end, instant ? instant_rows_max : page_rows_max));
    if (!csv && csv.error().code == Errc::full && !instant) {
      width_ = {std::min(width_, end - at_).ns / 4};
      continue;
    }
    if (!csv) return tl::make_unexpected(csv.error());
    if (rows_of(*csv) < page_rows_max / 4) width_ = std::min({width_ * 2 + Duration{1}, width_max});
    ended_ = end == to_;
    at_ = end + Duration{1};
    auto rows = SampleRows::begin(table::CsvReader::of_text(std::move(*csv)), schema_,
                                  {"the hub's samples of " + asset_, false, ""});
    if (!rows) return tl::make_unexpected(rows.error());
    return std::optional<SampleRows>(std::move(*rows));
  }
}

}  // namespace wayside::train
