#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hub/store/duckdb/keeper.hpp"

namespace wayside::hub::duck {

/// Removes what is stored of one asset. The deletion is a row of `deletion_rows` from its beginning
/// on; every piece is a transaction that also counts what it removed there, and removing twice
/// removes nothing more, so after a crash it is simply done again.
class AssetDeletion {
 public:
  /// `forget` is told the asset's name, while no batch commits, once its series are gone.
  AssetDeletion(KeepingPlace place, std::function<void(const std::string&)> forget)
      : place_(place), forget_(std::move(forget)) {}

  /// Writes the row and returns its id. Errors: `not_found` where nothing is stored.
  [[nodiscard]] Result<std::int64_t> begin(Connection& connection, const DeletionRequest& request);
  /// All of it, up to the count at its end; `now` is asked then.
  [[nodiscard]] Result<Deletion> finish(Connection& connection, std::int64_t id,
                                        const std::function<Time()>& now);
  /// Ids of those that were begun and not finished.
  [[nodiscard]] static Result<std::vector<std::int64_t>> unfinished(Connection& connection);

 private:
  [[nodiscard]] Status remove_all(Connection& connection);
  [[nodiscard]] Status remove_slices(Connection& connection, const std::string& table);
  [[nodiscard]] Status rewrite_files(Connection& connection);
  [[nodiscard]] Status rewrite(Connection& connection, const ArchiveFile& file);
  [[nodiscard]] Status remove_rest(Connection& connection);
  /// In the store and in every file of the archive.
  [[nodiscard]] Result<std::int64_t> count(Connection& connection);
  [[nodiscard]] Status remove(Connection& connection, const std::string& sql);
  [[nodiscard]] Status add_removed(Connection& connection, std::uint64_t rows);

  KeepingPlace place_;
  std::function<void(const std::string&)> forget_;
  std::int64_t id_ = 0;
  std::string asset_;
};

/// Newest first.
[[nodiscard]] Result<std::vector<Deletion>> read_deletions(Connection& connection,
                                                           std::size_t limit);

}  // namespace wayside::hub::duck
