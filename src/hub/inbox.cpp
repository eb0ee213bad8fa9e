#include "hub/inbox.hpp"

#include <chrono>

namespace wayside::hub {
namespace {

constexpr std::string_view urgent_topics = "/up/critical";

/// With what holding a message costs, so that many empty ones are bounded too.
std::size_t cost(std::string_view topic, std::string_view payload) {
  return topic.size() + payload.size() + 64;
}

}  // namespace

bool Inbox::put_frame(std::string_view topic, std::string_view payload) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return false;
    if (bytes_ + cost(topic, payload) > bytes_max_) {
      if (refused_.size() < refused_max) refused_.emplace(topic);
      return false;
    }
    bytes_ += cost(topic, payload);
    auto& frames = topic.ends_with(urgent_topics) ? urgent_ : frames_;
    frames.push_back({std::string(topic), std::string(payload)});
  }
  wake_.notify_one();
  return true;
}

void Inbox::put_oversize(std::string_view topic, std::size_t bytes) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || oversize_.size() >= oversize_max) return;
    oversize_.push_back({std::string(topic), bytes});
  }
  wake_.notify_one();
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
  taken.oversize.swap(oversize_);
  take_from(urgent_, bytes, taken);
  take_from(frames_, bytes, taken);
  if (bytes_ <= bytes_max_ / 2) taken.refused.swap(refused_);
  return taken;
}

/// Until `bytes` of them are taken.
void Inbox::take_from(std::deque<Frame>& frames, std::size_t bytes, Taken& taken) {
  for (std::size_t size = 0; !frames.empty() && size < bytes;) {
    const std::size_t one = cost(frames.front().topic, frames.front().payload);
    taken.frames.push_back(std::move(frames.front()));
    frames.pop_front();
    size += one;
    bytes_ -= one;
  }
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
