#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/duckdb/handles.hpp"
#include "base/log.hpp"
#include "hub/store/duckdb/archive_place.hpp"
#include "hub/store/duckdb/readers.hpp"
#include "telemetry/tier.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// A file of archived samples, as the store's catalogue has it.
struct ArchiveFile {
  std::int64_t id = 0;
  std::string path;
  telemetry::Tier tier = telemetry::Tier::diagnostic;
  Time day;          ///< its first moment
  Time first, last;  ///< times of its samples
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

/// Called between the steps that a crash can fall between; tests end the process there.
using StepHook = std::function<void(std::string_view)>;

/// Cold samples as Parquet files by day and tier,
/// FOLDER/samples/day=2026-01-31/bulk-STORE-12.parquet, with the columns of the view `samples` and
/// rows ordered by asset, signal, node, version and time, equal times in order of arrival; in a
/// file that others were merged into, theirs follow each other. What belongs to the store is what
/// its catalogue (`archive_files`) says: a file is complete and in place before the transaction
/// that records it commits, and goes only after the transaction that forgets it has. Its number is
/// taken, for good, before it is written (`archive_counter`). So a file of this store that the
/// catalogue does not have was left by a crash if its number was taken, and is removed at the next
/// opening; a file of a later number was written with a later state of the database, and nothing
/// is opened then. Files of other stores in the same folder are never touched.
class Archive {
 public:
  /// `folder` may be empty: then there is none, and nothing can be written.
  Archive(std::string folder, StepHook hook, Log log)
      : folder_(std::move(folder)), hook_(std::move(hook)), log_(std::move(log)) {}

  /// Takes the folder, looks for the files of the catalogue and removes what a crash left.
  /// Errors: `conflict` where the folder is another hub's or has later files than the database.
  [[nodiscard]] Status open(Connection& connection);
  void close() { place_.leave(); }
  /// Looks again for the folder and the files, and makes the view of those that are there.
  [[nodiscard]] Status look(Connection& connection);
  [[nodiscard]] bool exists() const { return !folder_.empty(); }
  /// It exists, and its folder was there when it was looked for last.
  [[nodiscard]] bool present() const;
  [[nodiscard]] const std::string& folder() const { return folder_; }

  /// Of the connection's snapshot, in the order they were written, without those that are missing.
  [[nodiscard]] Result<std::vector<ArchiveFile>> files(Connection& connection) const;
  [[nodiscard]] Result<std::vector<std::string>> paths(Connection& connection) const;
  /// The folder or files of the catalogue that were not there when they were looked for.
  [[nodiscard]] std::vector<std::string> problems() const;

  /// The number of the next file, which no other will have; before the transaction that adds it.
  [[nodiscard]] Result<std::int64_t> take_number(Connection& connection) const;
  /// Writes the rows of `select` (columns of `samples`, quality as text) to a new file and into the
  /// catalogue; nullopt where there are none. Part of the caller's transaction, as the rest.
  /// Errors: `unavailable` where the folder is not there.
  [[nodiscard]] Result<std::optional<ArchiveFile>> add(Connection& connection, std::int64_t id,
                                                       const std::string& select, Time day,
                                                       telemetry::Tier tier);
  [[nodiscard]] Status forget(Connection& connection, std::int64_t id);
  /// Makes the view `samples` again after files came or went.
  [[nodiscard]] Status update_view(Connection& connection) const;

  /// After the transaction: these are no longer needed by readers that come from now on.
  void retire(std::vector<std::string> paths, Readers& readers);
  /// Removes retired files that nobody reads any more. Errors: `io`; they are tried again.
  [[nodiscard]] Status sweep(Readers& readers);
  /// Waits for those who still read them.
  [[nodiscard]] Status sweep_all(Readers& readers);
  void step(std::string_view what) const {
    if (hook_) hook_(what);
  }

 private:
  struct Retired {
    std::string path;
    Readers::Ticket ticket;
  };
  [[nodiscard]] std::string name_of(std::int64_t id, Time day, telemetry::Tier tier) const;
  [[nodiscard]] Result<std::vector<ArchiveFile>> catalogue(Connection& connection) const;
  [[nodiscard]] Status take_folder(const std::vector<ArchiveFile>& all, std::int64_t next);
  [[nodiscard]] Status remove_strangers(const std::vector<ArchiveFile>& all,
                                        std::int64_t next) const;
  /// True where other files than before are missing.
  [[nodiscard]] bool find_missing(const std::vector<ArchiveFile>& all);
  [[nodiscard]] Status record(Connection& connection, ArchiveFile& file, const std::string& name);

  std::string folder_;
  StepHook hook_;
  Log log_;
  std::string store_;  ///< the store's own id, part of every name
  ArchivePlace place_;
  std::vector<Retired> retired_;
  bool view_is_old_ = false;
  mutable std::mutex mutex_;  ///< of what follows: it changes beside readers
  std::set<std::int64_t> missing_;
  std::string first_missing_;
  std::string away_;  ///< why nothing can be written
};

}  // namespace wayside::hub::duck
