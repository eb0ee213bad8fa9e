#include "hub/inbox.hpp"

#include <chrono>

namespace wayside::hub {
namespace {

/// With what holding a message costs, so that many empty ones are bounded too.
std::size_t cost(std::string_view topic, std::string_view payload) {
  return topic.size() + payload.size() + 64;
}

}  // namespace

bool Inbox::put_frame(std::string_view topic, std::string_view payload) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || bytes_ + cost(topic, payload) > bytes_max_) return false;
    bytes_ += cost(topic, payload);
    frames_.push_back({std::string(topic), std::string(payload)});
  }
  wake_.notify_one();
  return true;
}

bool Inbox::put_state(std::string_view topic, std::string_view payload) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || states_.size() >= states_max) return false;
    states_[std::string(topic)] = std::string(payload);
  }
  wake_.notify_one();
  return true;
}

bool Inbox::put_rewrite(Rewrite&& rewrite) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || rewrites_.size() >= rewrites_max) return false;
    rewrites_.push_back(std::move(rewrite));
  }
  wake_.notify_one();
  return true;
}

bool Inbox::wait(Duration timeout) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::nanoseconds(timeout.ns),
                 [this] { return stopping_ || !empty_locked(); });
  return !stopping_ || !empty_locked();
}

bool Inbox::empty() const {
  const std::scoped_lock lock(mutex_);
  return empty_locked();
}

Inbox::Taken Inbox::take(std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  Taken taken;
  taken.states.swap(states_);
  taken.rewrites.swap(rewrites_);
  std::size_t size = 0;
  while (!frames_.empty() && size < bytes) {
    size += cost(frames_.front().topic, frames_.front().payload);
    taken.frames.push_back(std::move(frames_.front()));
    frames_.pop_front();
  }
  bytes_ -= size;
  return taken;
}

void Inbox::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

std::size_t Inbox::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

}  // namespace wayside::hub
