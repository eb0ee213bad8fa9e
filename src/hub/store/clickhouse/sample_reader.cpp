#include <fmt/format.h>
#include <limits>
#include <map>

#include "hub/store/clickhouse/reader.hpp"

namespace wayside::hub::click {

Result<StoredSamples> read_samples(const Database& database, const Snapshot& snapshot,
                                   const SampleRequest& request) {
  std::string signals;
  for (const std::string& signal : request.signals)
    signals += (signals.empty() ? "" : ", ") + quote(signal);
  const auto rows = database.select(
      fmt::format("SELECT signal, version, time, value, quality FROM {} WHERE {} AND node = {} AND "
                  "asset = {} AND time >= {} AND time <= {}{} ORDER BY time, commit, run LIMIT {}",
                  database.layout().of("sample_rows"), snapshot.where("sample_rows"),
                  quote(request.node), quote(request.asset), request.from.ns, request.to.ns,
                  signals.empty() ? "" : " AND signal IN (" + signals + ")", request.rows_max + 1),
      database.options().read_timeout);
  if (!rows) return tl::make_unexpected(rows.error());
  StoredSamples out;
  std::map<std::pair<std::string, std::uint32_t>, std::uint32_t> places;
  rows->each([&](const Block& block, std::size_t i) {
    const auto version = block.at<std::uint32_t>(1, i);
    const auto [place, added] = places.try_emplace({block.text(0, i), version},
                                                   static_cast<std::uint32_t>(out.series.size()));
    if (added) out.series.push_back({place->first.first, version});
    out.series_of.push_back(place->second);
    out.times.push_back({block.at<std::int64_t>(2, i)});
    out.values.push_back(block.number(3, i));
    out.qualities.push_back(static_cast<telemetry::Quality>(block.at<std::uint8_t>(4, i)));
  });
  if (out.times.size() > request.rows_max)
    return fail(Errc::full, "more than {} samples: ask for a shorter range", request.rows_max);
  return out;
}

}  // namespace wayside::hub::click
