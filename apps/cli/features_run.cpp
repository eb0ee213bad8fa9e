#include "features_run.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdio>

#include "base/os/system_clock.hpp"
#include "features_config.hpp"
#include "hub_client.hpp"
#include "table/csv_reader.hpp"
#include "train/feature_csv.hpp"
#include "train/sample_rows.hpp"

namespace wayside::cli {
namespace {

template <class T>
T or_give_up(Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(*result);
}

void or_give_up(const Status& status) {
  if (!status) give_up(status.error().message);
}

std::string summary(const train::Replay::Counters& replay, const train::SampleRows::Counters& rows,
                    std::uint64_t values, Duration took) {
  std::string text = fmt::format("{} samples: {} late, {} left out (not good, not finite)",
                                 replay.samples, replay.engine.late, replay.engine.left_out);
  if (replay.engine.unordered > 0)
    text += fmt::format(", {} summed out of order", replay.engine.unordered);
  if (rows.unknown > 0) text += fmt::format("; {} rows of unknown names skipped", rows.unknown);
  if (rows.elsewhere > 0) text += fmt::format("; {} rows of other kinds", rows.elsewhere);
  text += fmt::format("\n{} ticks, {} values", replay.ticks, values);
  if (replay.engine.skipped_ticks > 0)
    text += fmt::format(", {} empty ticks skipped", replay.engine.skipped_ticks);
  const double took_s = std::max(took.seconds(), 1e-9);
  return text + fmt::format("\n{:.2f} s, {:.2f} million samples/s\n", took_s,
                            static_cast<double>(replay.samples) / took_s * 1e-6);
}

}  // namespace

void run_features(const FeaturesRunOptions& options) {
  const FeaturesConfig config = load_features_config(options.config);
  check_kind(config, options.kind);
  const os::SystemClock clock;
  const Duration start = clock.monotonic();
  auto rows = or_give_up(
      train::SampleRows::begin(or_give_up(table::CsvReader::open(options.input)), config.schema,
                               {options.input == "-" ? "standard input" : options.input,
                                options.skip_unknown, options.kind}));
  auto out = or_give_up(train::FeatureCsv::create(options.output, config.schema));
  train::Replay replay(config.schema,
                       [&out](std::size_t asset, Time tick, std::span<const double> values) {
                         return out.write(asset, tick, values);
                       });
  train::SampleRow row;
  while (or_give_up(rows.next(row)))
    or_give_up(replay.push(row.asset, row.signal, row.time, row.value, row.quality));
  or_give_up(replay.finish());
  or_give_up(out.finish());
  std::fputs(
      summary(replay.counters(), rows.counters(), out.rows(), clock.monotonic() - start).c_str(),
      stderr);
}

}  // namespace wayside::cli
