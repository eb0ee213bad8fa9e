#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "link/link.hpp"

namespace wayside::hub {

/// A link whose other end is the test.
class TestLink final : public link::Link {
 public:
  struct Published {
    std::string topic, payload;
    bool retain;
  };
  Status start(const link::LinkOptions& options, link::LinkHandler& handler) override {
    options_ = options;
    handler_ = &handler;
    return {};
  }
  Status publish(const std::string& topic, std::string_view payload, bool retain) override {
    const std::scoped_lock lock(mutex_);
    if (!connected_) return fail(Errc::unavailable, "not connected");
    if (refuse_ > 0) {
      --refuse_;
      return fail(Errc::full, "no room");
    }
    published_.push_back({topic, std::string(payload), retain});
    wake_.notify_all();
    return {};
  }
  bool connected() const override {
    const std::scoped_lock lock(mutex_);
    return connected_;
  }
  void stop() override { set_connected(false); }

  void set_connected(bool connected) {
    {
      const std::scoped_lock lock(mutex_);
      connected_ = connected;
    }
    if (connected) handler_->on_connected();
  }
  void refuse(int n) {
    const std::scoped_lock lock(mutex_);
    refuse_ = n;
  }
  void receive(const std::string& topic, const std::string& payload) {
    handler_->on_message({topic, payload, false});
  }
  /// Waits for a message that `matches`.
  std::optional<Published> wait_for(const std::function<bool(const Published&)>& matches) {
    std::unique_lock lock(mutex_);
    std::optional<Published> found;
    wake_.wait_for(lock, std::chrono::seconds(20), [&] {
      for (const Published& p : published_)
        if (matches(p)) found = p;
      return found.has_value();
    });
    return found;
  }
  [[nodiscard]] const link::LinkOptions& options() const { return options_; }

 private:
  link::LinkOptions options_;
  link::LinkHandler* handler_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Published> published_;
  bool connected_ = false;
  int refuse_ = 0;
};

}  // namespace wayside::hub
