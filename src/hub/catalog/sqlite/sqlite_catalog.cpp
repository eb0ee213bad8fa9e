#include "hub/catalog/sqlite/sqlite_catalog.hpp"

#include <mutex>
#include <utility>

#include "base/sqlite/database.hpp"
#include "hub/catalog/sqlite/catalog_migrations.hpp"

namespace wayside::hub {
namespace {

constexpr const char* settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";

class SqliteCatalog final : public Catalog {
 public:
  explicit SqliteCatalog(sqlite::Database database) : database_(std::move(database)) {}

  Status prepare() {
    auto statement = database_.prepare("PRAGMA user_version");
    if (!statement) return tl::make_unexpected(statement.error());
    const auto row = statement->step();
    if (!row) return tl::make_unexpected(row.error());
    const std::int64_t version = statement->integer(0);
    const auto known = static_cast<std::int64_t>(catalog_migrations.size());
    if (version > known)
      return fail(
          Errc::corrupt,
          "its tables have version {}, this program knows up to version {}: run the program "
          "that wrote it, or a later one",
          version, known);
    statement->reset();
    if (const Status set = database_.exec(settings); !set) return set;
    for (std::int64_t next = version; next < known; ++next) {
      const Status done = in_transaction([&]() -> Status {
        if (const Status run = database_.exec(catalog_migrations[static_cast<std::size_t>(next)]);
            !run)
          return run;
        return database_.exec(fmt::format("PRAGMA user_version = {}", next + 1));
      });
      if (!done)
        return fail_in(fmt::format("making version {} of the tables", next + 1), done.error());
    }
    return {};
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

  Status remove_acknowledgements(const std::set<std::string>& event_ids) override {
    const std::scoped_lock lock(mutex_);
    return in_transaction([&]() -> Status {
      auto statement = database_.prepare("DELETE FROM acknowledgements WHERE event = ?");
      if (!statement) return tl::make_unexpected(statement.error());
      for (const std::string& id : event_ids)
        if (const Status run = statement->bind_text(1, id).run(); !run) return run;
      return {};
    });
  }

 private:
  template <class F>
  Status in_transaction(F&& body) {
    if (const Status begun = database_.exec("BEGIN IMMEDIATE"); !begun) return begun;
    const Status done = body();
    if (done) return database_.exec("COMMIT");
    // Its own error says nothing that the first does not.
    (void)database_.exec("ROLLBACK");
    return done;
  }

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
