#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "delivery/broker.hpp"
#include "delivery/counter.hpp"
#include "delivery/node_red_flow.hpp"

namespace wayside::bench {
namespace {

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

/// What ends at a broker with a subscriber that counts.
class CountedSystem : public System {
 public:
  CountedSystem() : far_(folder_, "far"), way_(far_.port()), counter_(far_.url()) {}
  Arrived arrived() override { return counter_.arrived(); }
  std::uint64_t arrived_about() override { return counter_.arrived().distinct; }
  test::TcpProxy& way() override { return way_; }
  const Delays& delays() const override { return counter_.delays(); }
  std::vector<pid_t> far() const override { return {far_.pid()}; }

 protected:
  test::TemporaryFolder folder_;
  Broker far_;
  test::TcpProxy way_;
  Counter counter_;
};

class Bridge final : public CountedSystem {
 public:
  Bridge(const Setup& setup, std::size_t rows)
      : rows_(rows),
        near_(folder_, "near",
              fmt::format("persistence true\npersistence_location {}/\nautosave_interval {}\n"
                          "max_inflight_messages 0\nconnection far\naddress 127.0.0.1:{}\n"
                          "topic # out 1\ncleansession false\nnotifications false\n"
                          "restart_timeout 1\nremote_clientid bridge\n",
                          folder_.path(), setup.autosave_s, way_.port())),
        publisher_(near_.url(), "publisher", {}) {
    publisher_.connect();
  }
  ~Bridge() override { publisher_.disconnect(); }
  std::string name() const override {
    return rows_ == 1 ? "mosquitto bridge" : fmt::format("bridge, {} a message", rows_);
  }
  void offer(const std::string& lines, bool critical) override {
    const char* topic = critical ? "plant/critical" : "plant/diagnostic";
    for (std::size_t at = 0; at < lines.size();) {
      std::size_t end = at;
      for (std::size_t row = 0; row < rows_ && end < lines.size(); ++row)
        end = lines.find('\n', end) + 1;
      publisher_.publish(topic, std::string_view(lines).substr(at, end - at));
      at = end;
    }
  }
  std::vector<pid_t> near() const override { return {near_.pid()}; }

 private:
  std::size_t rows_;
  Broker near_;
  Client publisher_;
};

class NodeRed final : public CountedSystem {
 public:
  explicit NodeRed(const Setup& setup) : port_(test::free_port()) {
    const std::string user = folder_.file("node-red");
    std::filesystem::create_directories(user);
    std::ofstream(user + "/flows.json") << node_red_flow(port_, way_.port(), folder_.file("queue"));
    std::ofstream(user + "/settings.js")
        << "module.exports = {flowFile: 'flows.json', httpAdminRoot: false, httpNodeRoot: false, "
           "functionExternalModules: true, externalModules: {modules: {allowInstall: false}}, "
           "logging: {console: {level: 'warn'}}};\n";
    process_.emplace(
        std::vector<std::string>{"node", setup.node_red + "/node_modules/node-red/red.js",
                                 "--userDir", user, "--settings", user + "/settings.js"},
        folder_.file("node-red.log"));
    try {
      wait_for_port(port_);
    } catch (const std::exception&) {
      throw std::runtime_error("Node-RED does not start: " + process_->output());
    }
    input_ = connect_to(port_);
  }
  ~NodeRed() override { ::close(input_); }
  std::string name() const override { return "Node-RED"; }
  void offer(const std::string& lines, bool) override {
    for (std::size_t at = 0; at < lines.size();) {
      const ssize_t n = ::send(input_, lines.data() + at, lines.size() - at, MSG_NOSIGNAL);
      if (n < 0) throw std::runtime_error("Node-RED is gone: " + process_->output());
      at += static_cast<std::size_t>(n);
    }
  }
  std::vector<pid_t> near() const override { return {process_->pid()}; }

 private:
  int port_;
  int input_ = -1;
  std::optional<test::Process> process_;
};

}  // namespace

Broker::Broker(const test::TemporaryFolder& folder, const std::string& name,
               const std::string& more)
    : port_(test::free_port()) {
  const std::string config = folder.file(name + ".conf");
  std::ofstream(config) << "listener " << port_ << " 127.0.0.1\nallow_anonymous true\nuser root\n"
                        << "max_queued_messages 0\nmax_queued_bytes 0\nlog_type error\n"
                        << more;
  process_.emplace(std::vector<std::string>{"mosquitto", "-c", config}, folder.file(name + ".log"));
  wait_for_port(port_);
}

std::string Broker::url() const {
  return fmt::format("mqtt://127.0.0.1:{}", port_);
}

void wait_for_port(int port) {
  const bool up = test::eventually([&] {
    const int fd = connect_to(port);
    if (fd >= 0) ::close(fd);
    return fd >= 0;
  });
  if (!up) throw std::runtime_error(fmt::format("nothing listens on port {}", port));
}

std::unique_ptr<System> make_bridge(const Setup& setup, std::size_t rows) {
  return std::make_unique<Bridge>(setup, rows);
}

std::unique_ptr<System> make_node_red(const Setup& setup) {
  return std::make_unique<NodeRed>(setup);
}

}  // namespace wayside::bench
