#include "delivery/counter.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace wayside::bench {
namespace {

constexpr std::string_view time_mark = "\"time\":";
constexpr std::size_t expected = 8u << 20;

}  // namespace

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::nanoseconds(now).count();
}

void Delays::add(std::int64_t sent_ns, std::int64_t arrived_ns) {
  const std::lock_guard lock(mutex_);
  seen_.emplace_back(sent_ns, arrived_ns - sent_ns);
}

double Delays::quantile_ms(double q, std::int64_t from_ns, std::int64_t to_ns) const {
  std::vector<std::int64_t> delays;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [sent, delay] : seen_)
      if (sent >= from_ns && sent < to_ns) delays.push_back(delay);
  }
  if (delays.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(delays.begin(), delays.end());
  const auto at = static_cast<std::size_t>(q * static_cast<double>(delays.size()));
  return static_cast<double>(delays[std::min(at, delays.size() - 1)]) * 1e-6;
}

Client::Client(const std::string& broker, const std::string& id,
               std::vector<std::string> subscriptions)
    : link_(link::make_mqtt_link(Log())) {
  options_.broker = broker;
  options_.client_id = id;
  options_.subscriptions = std::move(subscriptions);
  options_.inflight_max = inflight_max;
}

Client::~Client() {
  link_->stop();
}

void Client::connect() {
  if (const auto started = link_->start(options_, *this); !started)
    throw std::runtime_error(started.error().message);
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return connected_; }))
    throw std::runtime_error("no connection to " + options_.broker);
}

void Client::publish(const std::string& topic, std::string_view payload) {
  for (;;) {
    std::uint64_t before = 0;
    {
      const std::lock_guard lock(mutex_);
      before = writable_;
    }
    const auto sent = link_->publish(topic, payload, false);
    if (sent) return;
    if (sent.error().code != Errc::full) throw std::runtime_error(sent.error().message);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(1), [&] { return writable_ != before; });
  }
}

void Client::on_connected() {
  const std::lock_guard lock(mutex_);
  connected_ = true;
  changed_.notify_all();
}

void Client::on_writable() {
  const std::lock_guard lock(mutex_);
  ++writable_;
  changed_.notify_all();
}

Counter::Counter(const std::string& broker) : Client(broker, "counter", {"plant/#"}) {
  seen_.reserve(expected);
  connect();
}

void Counter::on_message(const link::Message& message) {
  const std::int64_t now = now_ns();
  const bool critical = message.topic.ends_with("critical");
  const std::lock_guard lock(mutex_);
  for (std::string_view rest = message.payload; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t mark = line.find(time_mark);
    if (mark == std::string_view::npos) continue;
    std::int64_t time = 0;
    const char* digits = line.data() + mark + time_mark.size();
    std::from_chars(digits, line.data() + line.size(), time);
    const std::size_t series = std::hash<std::string_view>()(line.substr(0, mark));
    // Fibonacci hashing, so that times of one grid do not collide.
    const bool is_new =
        seen_.insert(series ^ (static_cast<std::uint64_t>(time) * 0x9e3779b97f4a7c15u)).second;
    ++(is_new ? arrived_.distinct : arrived_.repeated);
    if (critical && is_new) delays_.add(time, now);
  }
}

Arrived Counter::arrived() const {
  const std::lock_guard lock(mutex_);
  return arrived_;
}

}  // namespace wayside::bench
