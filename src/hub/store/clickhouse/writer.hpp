#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "hub/store/clickhouse/database.hpp"
#include "hub/store/clickhouse/encode.hpp"
#include "hub/store/clickhouse/snapshot.hpp"
#include "hub/store/replay.hpp"

namespace wayside::hub::click {

/// Commits batches without transactions. Every row bears its commit's number; the rows of
/// `stream_rows`, which appear at once, come last and make the number count. What bears a higher
/// number is seen by nobody; it is removed before its number is used again, and only when no insert
/// is under way any more.
///
/// After an error a writer is good for nothing: make a new one, which reads what the server holds.
class Writer {
 public:
  /// Makes the tables where they are missing, takes the database over from other writers, waits for
  /// the end of what they have under way and removes what they left half done. Errors: as of
  /// `Client`, `corrupt` (tables of a later version).
  [[nodiscard]] static Result<Writer> open(Database& database, const Log& log);

  [[nodiscard]] Status commit(const Batch& batch);
  /// Errors: `conflict` where a later writer has taken over.
  [[nodiscard]] Status check_ownership();

  /// Feature rows that take the place of others. Both at once: rows of earlier commits stop to
  /// count with the commit of the new ones, and `on_commit` is told the condition they fulfil; then
  /// they are removed.
  [[nodiscard]] Result<Replaced> replace_features(
      const FeatureReplacement& replacement, const Snapshot& snapshot,
      const std::function<void(const std::string& hidden)>& on_commit);
  void forget_series(const std::string& asset);

  /// What reads go by after opening.
  [[nodiscard]] const Snapshot& opened() const { return opened_; }
  /// The number up to which everything counts.
  [[nodiscard]] std::uint32_t committed() const { return committed_; }

 private:
  explicit Writer(Database& database) : database_(&database) {}
  [[nodiscard]] Status take_over();
  [[nodiscard]] Status load();
  [[nodiscard]] Status load_removals();
  [[nodiscard]] Status complete_latest();
  [[nodiscard]] Status end_cuts();
  [[nodiscard]] Status remove_cut(const std::string& condition);
  [[nodiscard]] Status forget_cuts();
  [[nodiscard]] Status insert_samples(const Batch& batch, std::uint32_t number);
  [[nodiscard]] Status insert(const EncodedRows& rows);
  [[nodiscard]] Status insert_as(const EncodedRows& rows, const std::string& query_id) const;
  [[nodiscard]] std::string take_buffer();
  /// Makes what was inserted under the next number count.
  [[nodiscard]] Status finish(const std::map<StreamKey, StreamTotals>& streams);
  [[nodiscard]] Status remove_uncommitted(const Log& log);
  [[nodiscard]] Result<std::vector<ClearedAlert>> find_cleared(const Batch& batch) const;
  [[nodiscard]] std::vector<NewSeries> find_new_series(const Batch& batch) const;
  [[nodiscard]] std::string next_query_id();

  Database* database_;
  std::uint64_t number_ = 0;  ///< among the writers
  std::uint32_t committed_ = 0;
  std::uint64_t queries_ = 0;
  std::set<NewSeries> series_;  ///< known to the store
  Snapshot opened_;
  std::vector<std::string> buffers_;  ///< of inserts that have ended, used again
};

}  // namespace wayside::hub::click
