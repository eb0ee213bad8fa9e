#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/store/batch.hpp"
#include "hub/store/clickhouse/tables.hpp"

namespace wayside::hub::click {

/// Rows of one table in the Native format, and the columns they have.
struct EncodedRows {
  std::string_view table;
  std::string columns;  ///< names, for INSERT INTO
  std::string bytes;
  std::size_t rows = 0;
};

/// The alert of that id ended at that time.
struct ClearedAlert {
  std::string id, asset;
  Time time;
};

/// A series that no earlier commit brought.
struct NewSeries {
  bool feature = false;
  std::string node, asset, name;

  friend auto operator<=>(const NewSeries&, const NewSeries&) = default;
};

/// The samples of a batch under the number `commit`, sorted as their table is, in pieces of about
/// `rows_max` rows. The batch must outlive it.
class SamplePieces {
 public:
  SamplePieces(const Batch& batch, std::uint32_t commit, std::size_t rows_max);
  /// Nullopt at the end. Written over `buffer`.
  [[nodiscard]] std::optional<EncodedRows> next(std::string buffer = {});

 private:
  using Block = FromNode<telemetry::SampleBlock>;
  void put_runs(class BlockWriter& out, std::size_t begin, std::size_t end);

  std::vector<const Block*> sorted_;
  std::size_t at_ = 0;
  std::uint32_t commit_;
  std::size_t rows_max_;
  std::uint32_t run_ = 0;  ///< of the series at hand: how often its time did not go forward
  Time before_;            ///< its time so far
};

/// Everything else of a batch but the totals of its streams; tables without rows are left out.
[[nodiscard]] std::vector<EncodedRows> encode_others(const Batch& batch, std::uint32_t commit,
                                                     const std::vector<ClearedAlert>& cleared,
                                                     const std::vector<NewSeries>& series);
/// The newest good value of every signal in the batch, of equal times the later.
[[nodiscard]] EncodedRows encode_latest(const Batch& batch);
/// The totals, and the row without a node that says which commit is the last.
[[nodiscard]] EncodedRows encode_streams(const std::map<StreamKey, StreamTotals>& streams,
                                         std::uint32_t commit);

}  // namespace wayside::hub::click
