#include "node/sample_queue.hpp"

#include <algorithm>

namespace wayside::node {

SampleQueue::SampleQueue(const AssetTable& assets, Metrics& metrics)
    : assets_(assets),
      ring_(samples_max),
      dropped_(metrics.counter("wayside_samples_dropped_total",
                               "Samples lost because the pipeline was behind",
                               {{"reason", "queue_full"}})) {}

void SampleQueue::put(std::span<const telemetry::Sample> samples, bool patient) {
  for (const telemetry::Sample& sample : samples)
    ring_[(first_ + size_++) % samples_max] = {sample, patient};
  if (!samples.empty()) filled_.notify_one();
}

bool SampleQueue::push_wait(std::span<const telemetry::Sample> samples, std::stop_token stop) {
  while (!samples.empty()) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    const bool room = emptied_.wait(lock, stop, [&] { return !held_ && size_ < patient_max; });
    --waiting_;
    if (!room) return false;
    const std::size_t n = std::min(samples.size(), patient_max - size_);
    put(samples.first(n), true);
    samples = samples.subspan(n);
  }
  return !stop.stop_requested();
}

void SampleQueue::push_now(std::span<const telemetry::Sample> samples) {
  const std::lock_guard lock(mutex_);
  const std::size_t n = std::min(samples.size(), samples_max - size_);
  put(samples.first(n), false);
  for (const telemetry::Sample& lost : samples.subspan(n)) {
    const telemetry::Tier tier = assets_.kind_of(lost.asset)[lost.signal].tier;
    losses_[static_cast<std::size_t>(tier)].add(lost.time);
  }
  dropped_.add(samples.size() - n);
}

std::size_t SampleQueue::pop(std::span<QueuedSample> out) {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [&] { return size_ > 0 || closed_; });
  const std::size_t n = std::min(out.size(), size_);
  for (std::size_t i = 0; i < n; ++i) out[i] = ring_[(first_ + i) % samples_max];
  first_ = (first_ + n) % samples_max;
  size_ -= n;
  if (waiting_ > 0 && !held_ && size_ < patient_max) emptied_.notify_all();
  return n;
}

SampleLosses SampleQueue::take_losses() {
  const std::lock_guard lock(mutex_);
  return std::exchange(losses_, SampleLosses{});
}

void SampleQueue::hold_back(bool held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
  if (!held) emptied_.notify_all();
}

void SampleQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  filled_.notify_all();
}

std::size_t SampleQueue::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

}  // namespace wayside::node
