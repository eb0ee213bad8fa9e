#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "table/csv_reader.hpp"
#include "telemetry/sample.hpp"
#include "train/replay.hpp"

namespace wayside::train {

/// One row of samples.csv, resolved.
struct SampleRow {
  std::size_t asset = 0;
  SignalId signal;
  Time time;
  double value = 0;
  telemetry::Quality quality = telemetry::Quality::good;
  std::uint32_t version = 0;  ///< of the signal; 0: not said
};

struct SampleRowsOptions {
  std::string name;           ///< of the input, for messages
  bool skip_unknown = false;  ///< leave out rows of unknown assets and signals instead of failing
  std::string kind;           ///< leave out assets of other kinds; empty: none
};

/// Reads samples.csv: a header with `asset,signal,time,value` and, if it is there,
/// `quality`, `version`, in any order; other columns are left alone. Times are epoch nanoseconds
/// (whole numbers) or RFC 3339. An empty value or `nan` is NaN. Without a quality the sample is
/// judged as the agent does, by the signal's range.
class SampleRows {
 public:
  /// After so many located mistakes reading ends.
  static constexpr std::size_t mistakes_max = 20;

  /// Errors: `invalid` where the header lacks a column.
  [[nodiscard]] static Result<SampleRows> begin(table::CsvReader reader, const ReplaySchema& schema,
                                                SampleRowsOptions options);
  /// False at the end. Rows that are wrong are noted and passed over; at the end, or after
  /// mistakes_max of them, they are the error (`invalid`): a line each with its number.
  [[nodiscard]] Result<bool> next(SampleRow& row);

  struct Counters {
    std::uint64_t unknown = 0;    ///< of unknown assets or signals
    std::uint64_t elsewhere = 0;  ///< of other kinds, or of kinds without features
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  enum class Found { row, nothing };

  SampleRows(table::CsvReader reader, const ReplaySchema& schema, SampleRowsOptions options);
  [[nodiscard]] Status read_header();
  Found read(const std::vector<std::string_view>& fields, SampleRow& row);
  Found read_optional(const std::vector<std::string_view>& fields, SampleRow& row);
  bool find(std::string_view asset, std::string_view signal, SampleRow& row);
  template <class Known>  // gives the names to suggest from
  void unknown(std::string_view what, std::string_view name, const std::string& of, Known known);
  Found wrong(std::string mistake);

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <class Value>
  using Names = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  table::CsvReader reader_;
  const ReplaySchema* schema_;
  SampleRowsOptions options_;
  Names<std::size_t> assets_;
  std::vector<Names<SignalId>> signals_;  ///< by kind
  std::size_t columns_ = 0;
  std::size_t asset_ = 0, signal_ = 0, time_ = 0, value_ = 0, quality_ = 0,
              version_ = 0;  ///< columns
  std::string last_asset_name_;
  std::size_t last_asset_ = 0;
  Counters counters_;
  std::vector<std::string> mistakes_;
  std::set<std::pair<std::string, std::string>>
      reported_;  ///< unknown names, by what they belong to
};

}  // namespace wayside::train
