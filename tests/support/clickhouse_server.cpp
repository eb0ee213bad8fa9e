#include "support/clickhouse_server.hpp"

#include <unistd.h>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/http/client.hpp"

namespace wayside::test {
namespace {

constexpr int port_attempts_max = 5;

constexpr const char* open_users = R"(<?xml version="1.0"?>
<yandex>
 <profiles><default><background_pool_size>4</background_pool_size></default></profiles>
 <users><default>
  <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
 </default></users>
 <quotas><default></default></quotas>
</yandex>
)";

std::string tag(const std::string& name, const std::string& text) {
  return "<" + name + ">" + text + "</" + name + ">\n";
}

}  // namespace

bool ClickhouseServer::installed() {
  return ::access("/usr/sbin/clickhouse-server", X_OK) == 0 ||
         ::access("/usr/bin/clickhouse-server", X_OK) == 0;
}

std::vector<std::unique_ptr<ClickhouseServer>> ClickhouseServer::make_cluster(std::size_t n) {
  std::vector<std::unique_ptr<ClickhouseServer>> servers;
  std::vector<int> ports;
  for (std::size_t i = 0; i < n; ++i) {
    servers.push_back(std::unique_ptr<ClickhouseServer>(new ClickhouseServer(Unstarted{}, {})));
    servers.back()->http_port_ = free_port();
    servers.back()->tcp_port_ = free_port();
    ports.push_back(servers.back()->tcp_port_);
  }
  for (const auto& server : servers) {
    server->shard_ports_ = ports;
    server->start();
  }
  return servers;
}

ClickhouseServer::ClickhouseServer(std::string users_xml)
    : ClickhouseServer(Unstarted{}, std::move(users_xml)) {
  start_on_free_ports();
}

ClickhouseServer::ClickhouseServer(Unstarted, std::string users_xml)
    : users_xml_(users_xml.empty() ? open_users : std::move(users_xml)) {}

void ClickhouseServer::start_on_free_ports() {
  // Somebody else may take a port between our look and the server's start.
  for (int attempt = 0; attempt < port_attempts_max; ++attempt) {
    http_port_ = free_port();
    tcp_port_ = free_port();
    if (try_start()) return;
  }
  throw std::runtime_error("clickhouse-server does not start:\n" + log());
}

void ClickhouseServer::start() {
  if (process_) throw std::runtime_error("clickhouse-server is already running");
  if (!try_start()) throw std::runtime_error("clickhouse-server does not start:\n" + log());
}

void ClickhouseServer::write_files() const {
  std::string cluster;
  for (const int port : shard_ports_)
    cluster +=
        tag("shard", tag("replica", tag("host", "127.0.0.1") + tag("port", std::to_string(port))));
  std::ofstream(folder_.file("users.xml")) << users_xml_;
  std::ofstream(folder_.file("config.xml"))
      << "<?xml version=\"1.0\"?>\n<yandex>\n"
      << tag("logger", tag("level", "warning") + tag("console", "1"))
      << tag("listen_host", "127.0.0.1") << tag("http_port", std::to_string(http_port_))
      << tag("tcp_port", std::to_string(tcp_port_)) << tag("path", folder_.file("data/"))
      << tag("tmp_path", folder_.file("tmp/")) << tag("user_files_path", folder_.file("files/"))
      << tag("format_schema_path", folder_.file("schemas/")) << tag("users_config", "users.xml")
      << tag("default_profile", "default") << tag("default_database", "default")
      << tag("mark_cache_size", "67108864") << tag("timezone", "UTC")
      << tag("mlock_executable", "false")
      << (cluster.empty() ? "" : tag("remote_servers", tag(cluster_name, cluster)))
      << "</yandex>\n";
}

bool ClickhouseServer::try_start() {
  write_files();
  process_.emplace(
      std::vector<std::string>{"clickhouse-server", "--config-file=" + folder_.file("config.xml")},
      folder_.file("server.log"));
  bool up = false;
  eventually([&] { return (up = answers()) || !process_->running(); }, std::chrono::seconds(30));
  if (!up) process_.reset();
  return up;
}

bool ClickhouseServer::answers() const {
  const auto reply = http::get(url() + "/ping", seconds(1));
  return reply && reply->status == 200;
}

void ClickhouseServer::kill() {
  if (process_) process_->kill();
  process_.reset();
}

void ClickhouseServer::freeze() {
  if (process_) process_->signal(SIGSTOP);
}

void ClickhouseServer::thaw() {
  if (process_) process_->signal(SIGCONT);
}

bool ClickhouseServer::running() {
  return process_ && process_->running();
}

std::string ClickhouseServer::ask(const std::string& sql) const {
  const auto reply = http::post(url() + "/", sql, "text/plain");
  if (!reply) throw std::runtime_error(sql + ": " + reply.error().message);
  if (reply->status != 200) throw std::runtime_error(sql + ": " + reply->body);
  return reply->body;
}

std::string ClickhouseServer::log() const {
  std::ifstream in(folder_.file("server.log"));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace wayside::test
