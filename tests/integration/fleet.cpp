#include "fleet.hpp"

#include <fmt/core.h>
#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "base/http/client.hpp"

namespace wayside::test {
namespace {

std::string mqtt_url(int port) {
  return fmt::format("mqtt://127.0.0.1:{}", port);
}

}  // namespace

std::string program(const std::string& name) {
  return std::string(WAYSIDE_BIN_DIR) + "/" + name;
}

Fleet::Fleet(const std::string& store, bool proxied)
    : broker_port_(free_port()), hub_port_(free_port()) {
  if (proxied) {
    agent_way = std::make_unique<TcpProxy>(broker_port_);
    hub_way = std::make_unique<TcpProxy>(broker_port_);
  }
  write("mosquitto.conf", fmt::format("listener {} 127.0.0.1\nallow_anonymous true\npersistence "
                                      "false\nmax_queued_messages 0\nuser root\n",
                                      broker_port_));
  write("hub.yaml",
        fmt::format("listen: 127.0.0.1:{}\nbroker: {}\nstore: {{{}}}\ncatalog: {{sqlite: {}}}\n",
                    hub_port_, hub_way ? mqtt_url(hub_way->port()) : broker_url(),
                    store.empty() ? "duckdb: " + file("telemetry.duckdb") : store,
                    file("catalog.sqlite")));
}

void Fleet::start_broker() {
  broker = std::make_unique<Process>(
      std::vector<std::string>{"mosquitto", "-c", file("mosquitto.conf")}, file("broker.log"));
}

void Fleet::spawn_hub() {
  hub = std::make_unique<Process>(
      std::vector<std::string>{program("wayside-hub"), "--config", file("hub.yaml")},
      file("hub.log"));
}

void Fleet::start_hub() {
  spawn_hub();
  if (!eventually([&] { return get("/api/v1/status").is_object(); }))
    throw std::runtime_error("the hub did not start: " + hub->output());
}

Process Fleet::start_agent(const std::string& name, const std::string& yaml,
                           const std::vector<std::string>& options, int input) {
  const std::string url = agent_way ? mqtt_url(agent_way->port()) : broker_url();
  std::string text = yaml;
  for (const auto& [mark, value] :
       {std::pair<std::string, std::string>{"@BROKER@", url}, {"@STATE@", file(name)}})
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.replace(at, mark.size(), value);
  std::vector<std::string> command{program("wayside-agent"), "--config",
                                   write(name + ".yaml", text)};
  command.insert(command.end(), options.begin(), options.end());
  return Process(command, file(name + ".log"), {}, input);
}

std::string Fleet::write(const std::string& name, const std::string& text) const {
  const std::string path = file(name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string Fleet::hub_url() const {
  return fmt::format("http://127.0.0.1:{}", hub_port_);
}

std::string Fleet::broker_url() const {
  return mqtt_url(broker_port_);
}

std::string Fleet::log(const std::string& name) const {
  std::ifstream in(file(name + ".log"), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Outcome Fleet::ask(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program("wayside"));
  arguments.insert(arguments.end(), {"--hub", hub_url()});
  return run(std::move(arguments));
}

double Fleet::number(const std::string& sql) const {
  const auto reply = http::post(hub_url() + "/api/v1/query", nlohmann::json{{"sql", sql}}.dump());
  if (!reply || reply->status != 200) return std::numeric_limits<double>::quiet_NaN();
  const auto rows = nlohmann::json::parse(reply->body).at("rows");
  if (rows.empty() || !rows[0][0].is_number()) return std::numeric_limits<double>::quiet_NaN();
  return rows[0][0].get<double>();
}

nlohmann::json Fleet::get(const std::string& path) const {
  const auto reply = http::get(hub_url() + path, seconds(10));
  if (!reply || reply->status != 200) return nullptr;
  return nlohmann::json::parse(reply->body, nullptr, false);
}

bool Fleet::settled(const std::string& node) const {
  const nlohmann::json ledger = get("/api/v1/ledger");
  if (!ledger.is_object()) return false;
  bool found = false;
  for (const auto& line : ledger.at("lines")) {
    if (line.at("node") != node) continue;
    found = true;
    if (!line.at("balanced").get<bool>() || line.at("queued") != 0) return false;
  }
  return found;
}

}  // namespace wayside::test
