#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "table/table_writer.hpp"
#include "train/hub_replay.hpp"
#include "train/labels.hpp"

namespace wayside::train {

/// Keys of a training table's metadata.
namespace table_key {
inline constexpr const char* version = "wayside.version";
inline constexpr const char* kind = "wayside.kind";
inline constexpr const char* features_digest = "wayside.features_digest";
inline constexpr const char* features = "wayside.features";  ///< JSON: name, expression, digest
inline constexpr const char* every = "wayside.features_every";
inline constexpr const char* lateness = "wayside.features_lateness";
inline constexpr const char* idle = "wayside.features_idle";
inline constexpr const char* from = "wayside.from";
inline constexpr const char* to = "wayside.to";
}  // namespace table_key

struct ExportCounters {
  std::uint64_t rows = 0;
  std::uint64_t without_tick = 0;  ///< labels before their asset's first tick
};

/// Makes a training table of ticks: with labels a row for each of them, which holds what was known
/// at its time, the features of the asset's last tick at or before it; without, a row for each
/// tick. Columns: asset, time (of the label), tick, the features, the labels. Feed it the ticks of
/// one asset after the other, then `finish`.
class TrainingTable {
 public:
  /// The columns of such a table, for its writer.
  [[nodiscard]] static std::vector<table::Column> columns(const std::vector<std::string>& features,
                                                          const Labels* labels);

  TrainingTable(table::TableWriter& writer, std::size_t features, const Labels* labels);

  [[nodiscard]] Status take(const std::string& asset, Time tick, std::span<const double> values);
  /// Ends the last asset's rows, and gives those of assets without any tick.
  [[nodiscard]] Status finish();
  [[nodiscard]] const ExportCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] Status begin(const std::string& asset);
  [[nodiscard]] Status end_asset();
  /// Rows of the labels before `end`, or of all that are left.
  [[nodiscard]] Status put_labels(std::optional<Time> end);
  [[nodiscard]] Status put_row(const std::string& asset, const Labels::Row* label);

  table::TableWriter& writer_;
  std::size_t features_;
  const Labels* labels_;
  std::string asset_;
  const std::vector<Labels::Row>* rows_ = nullptr;  ///< the asset's
  std::size_t next_ = 0;                            ///< of them
  std::optional<Time> tick_;                        ///< the last one, and its values
  std::vector<double> values_;
  std::vector<std::string> done_;  ///< assets
  ExportCounters counters_;
};

/// What a training table says of itself. `from` and `to`: of its rows.
[[nodiscard]] table::Metadata training_metadata(
    const ReplaySchema::Kind& kind, const std::vector<features::Definition>& definitions, Time from,
    Time to);

}  // namespace wayside::train
