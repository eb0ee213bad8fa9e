#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/store/clickhouse/clickhouse_store.hpp"
#include "hub/store/clickhouse/client.hpp"
#include "hub/store/clickhouse/tables.hpp"

namespace wayside::hub::click {

/// The servers of one store and what is known of them.
class Database {
 public:
  explicit Database(const ClickhouseOptions& options);

  /// The one that the hub reads and writes through.
  [[nodiscard]] Client& first() const { return *clients_.front(); }
  [[nodiscard]] std::vector<Client*> servers() const;
  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] const ClickhouseOptions& options() const { return options_; }

  /// Asks the first server which settings it has. Errors: as of `Client::select`.
  [[nodiscard]] Status learn();
  /// What an INSERT goes with.
  [[nodiscard]] const Settings& for_writing() const { return for_writing_; }
  /// What a SELECT goes with that has `timeout` to end in.
  [[nodiscard]] Settings for_reading(Duration timeout) const;
  /// A SELECT over our tables. Errors: as of `Client::select`.
  [[nodiscard]] Result<Rows> select(const std::string& sql, Duration timeout) const;

 private:
  ClickhouseOptions options_;
  Layout layout_;
  std::vector<std::unique_ptr<Client>> clients_;
  Settings for_writing_;
};

}  // namespace wayside::hub::click
