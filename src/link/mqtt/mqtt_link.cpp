#include "link/mqtt/mqtt_link.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/rng.hpp"
#include "link/broker_url.hpp"

namespace wayside::link {
namespace {

constexpr int keepalive_s = 15;  // a silent broker is noticed within 1.5 times this
constexpr int qos = 1;
constexpr int loop_timeout_ms = 250;
constexpr std::chrono::milliseconds backoff_min{250};
constexpr std::chrono::milliseconds backoff_max{10'000};
// A connection that did not stand so long (two clients with one id throw each other out) counts as
// a failed attempt, so that the pauses grow.
constexpr std::chrono::seconds stable_after{5};
// Two clients with one id lose their connections in turn.
constexpr std::size_t often = 3;
constexpr std::chrono::seconds often_within{60};
constexpr std::chrono::milliseconds goodbye_max{2'000};

std::string error_text(int code) {
  return code == MOSQ_ERR_ERRNO ? "no connection" : mosquitto_strerror(code);
}

/// One thread, which owns libmosquitto's loop, and one client a connection: what the library would
/// carry over to the next connection (unacknowledged messages, its queue) is in the spool already.
class MqttLink final : public Link {
 public:
  explicit MqttLink(Log log) : log_(std::move(log)) {}
  ~MqttLink() override {
    stop();
    if (thread_.joinable()) thread_.join();
  }

  Status start(const LinkOptions& options, LinkHandler& handler) override;
  Status publish(const std::string& topic, std::string_view payload, bool retain) override;
  [[nodiscard]] bool connected() const override { return connected_; }
  void stop() override;

 private:
  using Client = std::unique_ptr<mosquitto, void (*)(mosquitto*)>;

  void run();
  [[nodiscard]] Client make_client();
  [[nodiscard]] int connect_and_serve();
  static void disconnect(mosquitto& client);
  void say_goodbye(mosquitto& client);
  void pause(std::chrono::milliseconds duration);

  void answered(mosquitto& client, int reason);
  void subscribed();
  [[nodiscard]] bool is_often();
  void published(int reason);
  void received(const mosquitto_message& message);
  void refused(mosquitto& client, const char* why);

  static MqttLink& self(void* object) { return *static_cast<MqttLink*>(object); }

  Log log_;
  LinkOptions options_;
  BrokerAddress broker_;
  LinkHandler* handler_ = nullptr;
  std::thread thread_;

  mutable std::mutex mutex_;  ///< client_, full_, and the wait between connections
  std::condition_variable woken_;
  mosquitto* client_ = nullptr;
  bool full_ = false;  ///< publish said so and on_writable is owed
  std::atomic<bool> connected_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> outstanding_{0};  ///< sent, without the broker's PUBACK

  // Of the thread alone:
  std::vector<std::chrono::steady_clock::time_point> losses_;  ///< of the last minute
};

Status MqttLink::start(const LinkOptions& options, LinkHandler& handler) {
  WAYSIDE_ASSERT(!thread_.joinable(), "a link is started once");
  auto broker = parse_broker_url(options.broker);
  if (!broker) return tl::make_unexpected(broker.error());
  if (options.client_id.empty()) return fail(Errc::invalid, "an MQTT client needs an id");
  options_ = options;
  broker_ = std::move(*broker);
  handler_ = &handler;
  // The library checks topics, wills and patterns; a client that is thrown away shows it at once.
  if (!make_client()) return fail(Errc::invalid, "the will's topic is not valid");
  for (const auto& pattern : options.subscriptions)
    if (mosquitto_sub_topic_check(pattern.c_str()) != MOSQ_ERR_SUCCESS)
      return fail(Errc::invalid, "'{}' is no MQTT topic pattern", pattern);
  thread_ = std::thread([this] { run(); });
  return {};
}

MqttLink::Client MqttLink::make_client() {
  Client client(mosquitto_new(options_.client_id.c_str(), true, this), mosquitto_destroy);
  WAYSIDE_ASSERT(client != nullptr, "libmosquitto refuses only an invalid id or lack of memory");
  mosquitto* c = client.get();
  mosquitto_int_option(c, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  mosquitto_int_option(c, MOSQ_OPT_SEND_MAXIMUM, options_.inflight_max);
  mosquitto_int_option(c, MOSQ_OPT_RECEIVE_MAXIMUM, options_.inflight_max);
  mosquitto_int_option(c, MOSQ_OPT_TCP_NODELAY, 1);
  // Packets of other threads are left to our loop, which the library wakes.
  mosquitto_threaded_set(c, true);
  mosquitto_connect_v5_callback_set(
      c, [](mosquitto* m, void* object, int reason, int, const mosquitto_property*) {
        self(object).answered(*m, reason);
      });
  mosquitto_publish_v5_callback_set(
      c, [](mosquitto*, void* object, int, int reason, const mosquitto_property*) {
        self(object).published(reason);
      });
  mosquitto_message_v5_callback_set(
      c, [](mosquitto*, void* object, const mosquitto_message* message, const mosquitto_property*) {
        self(object).received(*message);
      });
  mosquitto_subscribe_v5_callback_set(c, [](mosquitto* m, void* object, int, int count,
                                            const int* granted, const mosquitto_property*) {
    const auto* bad = std::find_if(granted, granted + count, [](int code) { return code >= 0x80; });
    if (bad != granted + count)
      self(object).refused(*m, mosquitto_reason_string(*bad));
    else
      self(object).subscribed();
  });
  if (const auto& will = options_.will;
      will &&
      mosquitto_will_set_v5(c, will->topic.c_str(), static_cast<int>(will->payload.size()),
                            will->payload.data(), qos, will->retain, nullptr) != MOSQ_ERR_SUCCESS)
    client.reset();
  return client;
}

void MqttLink::run() {
  // Clients spread out, each in its own way, so that a broker that comes back is not stormed.
  Rng rng(crc32c(options_.client_id));
  auto backoff = backoff_min;
  bool reported = false;
  while (!stopping_) {
    const auto began = std::chrono::steady_clock::now();
    const int code = connect_and_serve();
    std::string why = error_text(code);
    const bool was_connected = connected_.exchange(false);
    if (stopping_) break;
    if (was_connected) {
      if (is_often())
        why += "; so often, as if another client called itself '" + options_.client_id + "' too";
      log_.warn("lost the broker {}: {}", options_.broker, why);
      handler_->on_disconnected(why);
      if (std::chrono::steady_clock::now() - began > stable_after) backoff = backoff_min;
      reported = false;
    } else if (!std::exchange(reported, true)) {
      log_.warn("cannot reach the broker {}: {}; trying again", options_.broker, why);
    }
    pause(std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(backoff.count()) * rng.uniform(0.75, 1.25))));
    backoff = std::min(backoff * 2, backoff_max);
  }
}

/// Serves one connection to its end and returns libmosquitto's reason.
int MqttLink::connect_and_serve() {
  const Client client = make_client();
  {
    const std::lock_guard lock(mutex_);
    client_ = client.get();
    outstanding_ = 0;
    full_ = false;
  }
  int code = mosquitto_connect_async(client.get(), broker_.host.c_str(), broker_.port, keepalive_s);
  while (code == MOSQ_ERR_SUCCESS && !stopping_)
    code = mosquitto_loop(client.get(), loop_timeout_ms, 1);
  if (stopping_) say_goodbye(*client);
  const std::lock_guard lock(mutex_);
  client_ = nullptr;
  return code;
}

/// Lets what `stop` queued, the DISCONNECT at its end, go out.
void MqttLink::say_goodbye(mosquitto& client) {
  if (!connected_) return;
  const auto end = std::chrono::steady_clock::now() + goodbye_max;
  while (mosquitto_loop(&client, loop_timeout_ms, 1) == MOSQ_ERR_SUCCESS &&
         std::chrono::steady_clock::now() < end) {
  }
}

void MqttLink::pause(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, duration, [this] { return stopping_.load(); });
}

void MqttLink::answered(mosquitto& client, int reason) {
  if (reason != 0) {
    log_.warn("the broker {} refuses: {}", options_.broker, mosquitto_reason_string(reason));
    mosquitto_disconnect(&client);
    return;
  }
  if (options_.subscriptions.empty()) return subscribed();
  // In one packet, so that one answer is about all of them.
  std::vector<char*> patterns;
  for (std::string& pattern : options_.subscriptions) patterns.push_back(pattern.data());
  if (const int code = mosquitto_subscribe_multiple(
          &client, nullptr, static_cast<int>(patterns.size()), patterns.data(), qos, 0, nullptr);
      code != MOSQ_ERR_SUCCESS)
    refused(client, mosquitto_strerror(code));
}

/// Only now does what is sent to us arrive.
void MqttLink::subscribed() {
  connected_ = true;
  log_.info("connected to {}", options_.broker);
  if (!stopping_) handler_->on_connected();
}

/// A connection that hears nothing is none: it ends, and the next one is tried after a pause.
void MqttLink::refused(mosquitto& client, const char* why) {
  log_.error("the broker {} refuses a subscription: {}", options_.broker, why);
  disconnect(client);
}

/// Some brokers do not say when they end a connection since another client came with its id.
bool MqttLink::is_often() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(losses_, [&](auto at) { return now - at > often_within; });
  losses_.push_back(now);
  return losses_.size() >= often;
}

/// The will says what holds once we are gone, so the broker publishes it now too. Whoever published
/// the same before would find it lost where the send queue is full.
void MqttLink::disconnect(mosquitto& client) {
  mosquitto_disconnect_v5(&client, MQTT_RC_DISCONNECT_WITH_WILL_MSG, nullptr);
}

void MqttLink::published(int reason) {
  if (reason >= 0x80)
    log_.warn("the broker refuses a message: {}", mosquitto_reason_string(reason));
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    if (outstanding_ > 0) --outstanding_;
    // At half, so that a sender is woken once for many messages.
    if (full_ && outstanding_ <= options_.inflight_max / 2u) {
      full_ = false;
      tell = true;
    }
  }
  if (tell && !stopping_) handler_->on_writable();
}

void MqttLink::received(const mosquitto_message& message) {
  if (stopping_) return;
  const auto size = static_cast<std::size_t>(message.payloadlen);
  if (size > options_.message_bytes_max) {
    log_.warn("a message of {} bytes on {} is too large: dropped", size, message.topic);
    return handler_->on_oversize(message.topic, size);
  }
  handler_->on_message(
      {message.topic, {static_cast<const char*>(message.payload), size}, message.retain});
}

Status MqttLink::publish(const std::string& topic, std::string_view payload, bool retain) {
  if (payload.size() > options_.message_bytes_max)
    return fail(Errc::invalid, "a message of {} bytes is too large, at most {} may be",
                payload.size(), options_.message_bytes_max);
  const std::lock_guard lock(mutex_);
  if (!connected_ || client_ == nullptr || stopping_)
    return fail(Errc::unavailable, "not connected to {}", options_.broker);
  if (outstanding_ >= options_.inflight_max) {
    full_ = true;
    return fail(Errc::full, "{} messages wait for the broker's acknowledgement",
                outstanding_.load());
  }
  const int code = mosquitto_publish(client_, nullptr, topic.c_str(),
                                     static_cast<int>(payload.size()), payload.data(), qos, retain);
  if (code == MOSQ_ERR_SUCCESS) {
    // The PUBACK's callback takes the same lock, so it cannot come before this.
    ++outstanding_;
    return {};
  }
  const Errc errc =
      code == MOSQ_ERR_NO_CONN || code == MOSQ_ERR_CONN_LOST ? Errc::unavailable : Errc::invalid;
  return fail(errc, "publishing on {}: {}", topic, mosquitto_strerror(code));
}

void MqttLink::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_.exchange(true) && !thread_.joinable()) return;
    if (client_ != nullptr && connected_) disconnect(*client_);
  }
  woken_.notify_all();
  if (thread_.joinable() && std::this_thread::get_id() != thread_.get_id()) thread_.join();
}

}  // namespace

std::unique_ptr<Link> make_mqtt_link(Log log) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { mosquitto_lib_init(); });
  return std::make_unique<MqttLink>(std::move(log));
}

}  // namespace wayside::link
