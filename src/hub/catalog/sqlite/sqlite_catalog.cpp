#include "hub/catalog/sqlite/sqlite_catalog.hpp"

#include <mutex>
#include <utility>

#include "base/sqlite/database.hpp"

namespace wayside::hub {
namespace {

constexpr const char* schema = R"sql(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS nodes (
  node TEXT PRIMARY KEY, since INTEGER NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS acknowledgements (
  event TEXT PRIMARY KEY, by TEXT NOT NULL, time INTEGER NOT NULL, note TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";
constexpr int schema_version = 1;

class SqliteCatalog final : public Catalog {
 public:
  explicit SqliteCatalog(sqlite::Database database) : database_(std::move(database)) {}

  Status prepare() {
    auto statement = database_.prepare("PRAGMA user_version");
    if (!statement) return tl::make_unexpected(statement.error());
    const auto row = statement->step();
    if (!row) return tl::make_unexpected(row.error());
    const std::int64_t version = statement->integer(0);
    if (version > schema_version)
      return fail(Errc::corrupt, "its tables have version {}, this program knows version {}",
                  version, schema_version);
    statement->reset();
    return version == schema_version ? Status{} : database_.exec(schema);
  }

  Status put_node(const CatalogNode& node) override {
    const std::scoped_lock lock(mutex_);
    auto statement =
        database_.prepare("INSERT OR REPLACE INTO nodes (node, since, state) VALUES (?, ?, ?)");
    if (!statement) return tl::make_unexpected(statement.error());
    statement->bind_text(1, node.state.node)
        .bind(2, node.since.ns)
        .bind_blob(3, link::encode_node_state(node.state));
    return statement->run();
  }

  Result<std::vector<CatalogNode>> nodes() override {
    const std::scoped_lock lock(mutex_);
    auto statement = database_.prepare("SELECT since, state FROM nodes ORDER BY node");
    if (!statement) return tl::make_unexpected(statement.error());
    std::vector<CatalogNode> result;
    for (;;) {
      const auto row = statement->step();
      if (!row) return tl::make_unexpected(row.error());
      if (!*row) return result;
      auto state = link::decode_node_state(statement->blob(1));
      if (!state) return tl::make_unexpected(state.error());
      result.push_back({std::move(*state), Time{statement->integer(0)}});
    }
  }

  Status acknowledge(const std::string& event_id, const Acknowledgement& ack) override {
    const std::scoped_lock lock(mutex_);
    auto statement = database_.prepare(
        "INSERT OR IGNORE INTO acknowledgements (event, by, time, note) VALUES (?, ?, ?, ?)");
    if (!statement) return tl::make_unexpected(statement.error());
    statement->bind_text(1, event_id)
        .bind_text(2, ack.by)
        .bind(3, ack.time.ns)
        .bind_text(4, ack.note);
    if (const Status run = statement->run(); !run) return run;
    if (database_.changes() > 0) return {};
    auto first = find(event_id);
    if (!first) return tl::make_unexpected(first.error());
    return fail(Errc::conflict, "already acknowledged by {}", first->by);
  }

  Result<std::map<std::string, Acknowledgement>> acknowledgements(
      const std::set<std::string>& event_ids) override {
    const std::scoped_lock lock(mutex_);
    std::map<std::string, Acknowledgement> result;
    for (const std::string& id : event_ids) {
      auto ack = find(id);
      if (ack) {
        result[id] = std::move(*ack);
      } else if (ack.error().code != Errc::not_found) {
        return tl::make_unexpected(ack.error());
      }
    }
    return result;
  }

 private:
  Result<Acknowledgement> find(const std::string& event_id) {
    auto statement =
        database_.prepare("SELECT by, time, note FROM acknowledgements WHERE event = ?");
    if (!statement) return tl::make_unexpected(statement.error());
    statement->bind_text(1, event_id);
    const auto row = statement->step();
    if (!row) return tl::make_unexpected(row.error());
    if (!*row) return fail(Errc::not_found, "not acknowledged");
    return Acknowledgement{std::string(statement->text(0)), Time{statement->integer(1)},
                           std::string(statement->text(2))};
  }

  std::mutex mutex_;
  sqlite::Database database_;
};

}  // namespace

Result<std::unique_ptr<Catalog>> open_sqlite_catalog(const std::string& path) {
  auto database = sqlite::Database::open(path);
  if (!database) return fail_in("cannot open the catalog " + path, database.error());
  auto catalog = std::make_unique<SqliteCatalog>(std::move(*database));
  if (const Status ready = catalog->prepare(); !ready)
    return fail_in("the catalog " + path, ready.error());
  return std::unique_ptr<Catalog>(std::move(catalog));
}

}  // namespace wayside::hub
