#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "base/http/client.hpp"
#include "delivery/broker.hpp"
#include "delivery/counter.hpp"
#include "link/frame.hpp"
#include "link/topics.hpp"
#include "telemetry/record.hpp"

namespace wayside::bench {
namespace {

constexpr const char* node = "bench";
using telemetry::Tier;

/// Listens at the broker: when the hub says that a critical record is committed.
class AckWatch final : public Client {
 public:
  explicit AckWatch(const std::string& broker)
      : Client(broker, "watch", {link::up_topic(node, Tier::critical), link::ack_topic(node)}) {
    connect();
  }
  ~AckWatch() override { disconnect(); }

  void on_message(const link::Message& message) override {
    const std::int64_t now = now_ns();
    if (message.topic == link::ack_topic(node)) return take_ack(message.payload, now);
    const auto frame = link::decode_frame(message.payload);
    if (!frame) return;
    std::uint64_t seq = frame->first_seq;
    for (const std::string& bytes : frame->records) {
      const auto record = telemetry::decode(bytes);
      const auto* gap = record ? std::get_if<telemetry::Gap>(&*record) : nullptr;
      const auto* block = record ? std::get_if<telemetry::SampleBlock>(&*record) : nullptr;
      if (block != nullptr) waiting_.emplace(seq, block->times);
      seq += gap != nullptr ? gap->records : 1;
    }
  }
  [[nodiscard]] const Delays& delays() const { return delays_; }

 private:
  void take_ack(std::string_view payload, std::int64_t now) {
    const auto ack = link::decode_ack(payload);
    if (!ack) return;
    for (const link::AckStream& stream : ack->streams) {
      if (stream.tier != Tier::critical) continue;
      std::erase_if(waiting_, [&](const auto& entry) {
        if (entry.first > stream.watermark && !telemetry::contains(stream.ahead, entry.first))
          return false;
        for (const Time time : entry.second) delays_.add(time.ns, now);
        return true;
      });
    }
  }

  std::map<std::uint64_t, std::vector<Time>> waiting_;  ///< of the link's thread alone
  Delays delays_;
};

class Wayside final : public System {
 public:
  explicit Wayside(const Setup& setup)
      : broker_(folder_, "far"), way_(broker_.port()), hub_port_(test::free_port()) {
    start_hub();
    watch_.emplace(broker_.url());
    start_agent(*setup.records);
  }
  ~Wayside() override {
    ::close(input_);
    watch_.reset();
  }

  std::string name() const override { return "Wayside"; }
  void offer(const std::string& lines, bool) override {
    for (std::size_t at = 0; at < lines.size();) {
      const ssize_t n = ::send(input_, lines.data() + at, lines.size() - at, MSG_NOSIGNAL);
      if (n < 0) throw std::runtime_error("the agent is gone: " + agent_->output());
      at += static_cast<std::size_t>(n);
    }
  }
  Arrived arrived() override {
    const double all = number("select count(*) from samples");
    const double distinct =
        number("select count(*) from (select distinct node, asset, signal, time from samples)");
    return {static_cast<std::uint64_t>(distinct), static_cast<std::uint64_t>(all - distinct)};
  }
  std::uint64_t arrived_about() override {
    const auto reply = http::get(hub_url() + "/api/v1/status");
    if (!reply || reply->status != 200) return 0;
    return nlohmann::json::parse(reply->body).at("rows").at("samples").get<std::uint64_t>();
  }
  test::TcpProxy& way() override { return way_; }
  const Delays& delays() const override { return watch_->delays(); }
  std::vector<pid_t> near() const override { return {agent_->pid()}; }
  std::vector<pid_t> far() const override { return {broker_.pid(), hub_->pid()}; }

 private:
  [[nodiscard]] std::string hub_url() const {
    return fmt::format("http://127.0.0.1:{}", hub_port_);
  }
  [[nodiscard]] double number(const std::string& sql) const {
    const auto reply = http::post(hub_url() + "/api/v1/query", nlohmann::json{{"sql", sql}}.dump(),
                                  "application/json", minutes(5));
    if (!reply || reply->status != 200)
      throw std::runtime_error(reply ? reply->body : reply.error().message);
    return nlohmann::json::parse(reply->body).at("rows").at(0).at(0).get<double>();
  }
  void start_hub() {
    std::ofstream(folder_.file("hub.yaml")) << fmt::format(
        "listen: 127.0.0.1:{}\nbroker: {}\nstore: {{duckdb: {}, memory: 4GiB}}\ncatalog: "
        "{{sqlite: {}}}\nquery: {{timeout: 5min}}\n",
        hub_port_, broker_.url(), folder_.file("hub.duckdb"), folder_.file("hub.sqlite"));
    hub_.emplace(std::vector<std::string>{WAYSIDE_BIN_DIR "/wayside-hub", "--config",
                                          folder_.file("hub.yaml")},
                 folder_.file("hub.log"));
    if (!test::eventually([&] { return http::get(hub_url() + "/api/v1/status").has_value(); }))
      throw std::runtime_error("the hub does not start: " + hub_->output());
  }
  void start_agent(const Records& records) {
    std::ofstream(folder_.file("agent.yaml"))
        << fmt::format("node: {}\nhub: {{broker: \"mqtt://127.0.0.1:{}\"}}\nstate: {}\n", node,
                       way_.port(), folder_.file("state"))
        << records.agent_yaml() << "sources: [{stdin: {}}]\n";
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::runtime_error("no pair of sockets");
    input_ = ends[0];
    agent_.emplace(std::vector<std::string>{WAYSIDE_BIN_DIR "/wayside-agent", "--config",
                                            folder_.file("agent.yaml")},
                   folder_.file("agent.log"), test::Process::Environment{}, ends[1]);
    ::close(ends[1]);
  }

  test::TemporaryFolder folder_;
  Broker broker_;
  test::TcpProxy way_;
  int hub_port_;
  int input_ = -1;
  std::optional<test::Process> hub_;
  std::optional<test::Process> agent_;
  std::optional<AckWatch> watch_;
};

}  // namespace

std::unique_ptr<System> make_wayside(const Setup& setup) {
  return std::make_unique<Wayside>(setup);
}

}  // namespace wayside::bench
