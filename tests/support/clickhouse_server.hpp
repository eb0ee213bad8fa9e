#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace wayside::test {

/// A clickhouse-server of the test's own: on free ports of 127.0.0.1, in a temporary folder, for
/// the user `default` without a password; ended with the object. Mistakes throw
/// std::runtime_error, which fails the test. Where it is not installed tests skip:
/// `if (!ClickhouseServer::installed()) GTEST_SKIP() << "clickhouse-server is not installed";`
class ClickhouseServer {
 public:
  static constexpr const char* cluster_name = "fleet";

  [[nodiscard]] static bool installed();
  /// Servers that know each other as the shards of the cluster `fleet`.
  [[nodiscard]] static std::vector<std::unique_ptr<ClickhouseServer>> make_cluster(std::size_t n);

  /// Returns once the server answers. `users_xml` replaces the file of users.
  explicit ClickhouseServer(std::string users_xml = {});

  /// SIGKILL: what the server told of stays, since the machine lives on.
  void kill();
  /// Starts it again on the same ports and files; returns once it answers.
  void start();
  /// SIGSTOP and SIGCONT: the connections stand but nothing moves.
  void freeze();
  void thaw();
  [[nodiscard]] bool running();

  [[nodiscard]] int http_port() const { return http_port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(http_port_); }
  /// Sends one statement past the store under test. Throws where the server answers with an error.
  std::string ask(const std::string& sql) const;  // NOLINT(modernize-use-nodiscard): also DDL
  [[nodiscard]] std::string log() const;

 private:
  struct Unstarted {};
  ClickhouseServer(Unstarted, std::string users_xml);
  void write_files() const;
  void start_on_free_ports();
  [[nodiscard]] bool try_start();
  [[nodiscard]] bool answers() const;

  TemporaryFolder folder_;
  std::string users_xml_;
  std::vector<int> shard_ports_;  ///< native ports of the cluster's servers, this one's among them
  int http_port_ = 0;
  int tcp_port_ = 0;
  std::optional<Process> process_;
};

}  // namespace wayside::test
