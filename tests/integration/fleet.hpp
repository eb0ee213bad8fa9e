#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "support/process.hpp"
#include "support/tcp_proxy.hpp"

namespace wayside::test {

/// A broker, a hub and any number of agents as real programs in a temporary folder.
class Fleet {
 public:
  /// `store` is what hub.yaml says of it; DuckDB in the folder where nothing is given. `proxied`:
  /// agents and hub reach the broker through a proxy each, `agent_way` and `hub_way`.
  explicit Fleet(const std::string& store = {}, bool proxied = false);

  void start_broker();
  /// Returns once it answers.
  void start_hub();
  /// Without waiting for it.
  void spawn_hub();
  /// Writes `yaml` as NAME.yaml, with `@BROKER@` and `@STATE@` filled in, and starts an agent on
  /// it, which reads `input` where there is one.
  Process start_agent(const std::string& name, const std::string& yaml,
                      const std::vector<std::string>& options = {}, int input = -1);
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
  std::unique_ptr<TcpProxy> agent_way;
  std::unique_ptr<TcpProxy> hub_way;

 private:
  TemporaryFolder folder_;
  int broker_port_;
  int hub_port_;
};

/// The path of one of our programs.
[[nodiscard]] std::string program(const std::string& name);

}  // namespace wayside::test
