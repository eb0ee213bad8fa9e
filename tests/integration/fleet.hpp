#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "support/process.hpp"

namespace wayside::test {

/// A broker, a hub and any number of agents as real programs in a temporary folder.
class Fleet {
 public:
  /// `store` is what hub.yaml says of it; DuckDB in the folder where nothing is given.
  explicit Fleet(const std::string& store = {});

  void start_broker();
  void start_hub();
  /// Writes `yaml` as NAME.yaml, with `@BROKER@` and `@STATE@` filled in, and starts an agent on
  /// it.
  Process start_agent(const std::string& name, const std::string& yaml,
                      const std::vector<std::string>& options = {});
  std::string write(const std::string& name, const std::string& text) const;

  [[nodiscard]] std::string hub_url() const;
  [[nodiscard]] std::string broker_url() const;
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] std::string log(const std::string& name) const;

  /// `wayside ARGUMENTS… --hub URL`.
  [[nodiscard]] Outcome ask(std::vector<std::string> arguments) const;
  /// The first column of the first row of a query; NaN where there is none or the hub is away.
  [[nodiscard]] double number(const std::string& sql) const;
  /// The body of a GET; null where the hub is away.
  [[nodiscard]] nlohmann::json get(const std::string& path) const;
  /// Everything that `node` produced is stored or accounted, and the account balances.
  [[nodiscard]] bool settled(const std::string& node) const;

  std::unique_ptr<Process> broker;
  std::unique_ptr<Process> hub;

 private:
  TemporaryFolder folder_;
  int broker_port_;
  int hub_port_;
};

/// The path of one of our programs.
[[nodiscard]] std::string program(const std::string& name);

}  // namespace wayside::test
