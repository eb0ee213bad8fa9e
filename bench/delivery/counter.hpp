#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "delivery/system.hpp"
#include "link/mqtt/mqtt_link.hpp"

namespace wayside::bench {

/// A client of a broker: waits for the connection, publishes with at most so many messages on
/// their way.
class Client : public link::LinkHandler {
 public:
  static constexpr std::uint16_t inflight_max = 1'000;

  Client(const std::string& broker, const std::string& id, std::vector<std::string> subscriptions);
  ~Client() override;
  /// Waits while too many wait for their PUBACK.
  void publish(const std::string& topic, std::string_view payload);
  /// To be called last by whoever derives from it.
  void connect();
  void disconnect() { link_->stop(); }

  void on_connected() override;
  void on_disconnected(std::string_view) override {}
  void on_message(const link::Message&) override {}
  void on_writable() override;

 private:
  std::unique_ptr<link::Link> link_;
  link::LinkOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool connected_ = false;
  std::uint64_t writable_ = 0;
};

/// Counts the lines that arrive at a broker, each once by its asset, signal and time.
class Counter final : public Client {
 public:
  explicit Counter(const std::string& broker);
  ~Counter() override { disconnect(); }
  void on_message(const link::Message& message) override;
  [[nodiscard]] Arrived arrived() const;
  [[nodiscard]] const Delays& delays() const { return delays_; }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> seen_;
  Arrived arrived_;
  Delays delays_;
};

}  // namespace wayside::bench
