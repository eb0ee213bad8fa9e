#pragma once

#include <cstdint>
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

/// Blocks of samples that one INSERT brings, in the order of their table.
using SamplePiece = std::vector<const FromNode<telemetry::SampleBlock>*>;

/// A batch's blocks in pieces of about `rows_max` rows; a series is never in two of them. The batch
/// must outlive them.
[[nodiscard]] std::vector<SamplePiece> split_samples(const Batch& batch, std::size_t rows_max);
/// A piece's rows under the number `commit`, written over `buffer`.
[[nodiscard]] EncodedRows encode_samples(const SamplePiece& piece, std::uint32_t commit,
                                         std::string buffer = {});

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
