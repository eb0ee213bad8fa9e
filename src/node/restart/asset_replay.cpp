#include "node/restart/asset_replay.hpp"

#include <algorithm>
#include <bit>

namespace wayside::node {

using telemetry::Quality;

void AssetReplay::remember(SignalId signal, const RememberedValue& value) {
  newest_good_[signal.index()] = value.time;
  remembered_.push_back({value.time, value.value, signal, value.version, Quality::good, true});
}

void AssetReplay::take(const telemetry::SampleBlock& block, SignalId signal, Pipeline& pipeline) {
  Time& newest_good = newest_good_[signal.index()];
  for (std::size_t i = 0; i < block.times.size(); ++i) {
    const Time time = block.times[i];
    Quality quality = block.qualities[i];
    // What it was before it was late was not stored, and follows from the value.
    if (quality == Quality::late) quality = (*kind_)[signal].judge(block.values[i]);
    const bool newest = quality == Quality::good && time >= newest_good;
    if (newest) newest_good = time;
    waiting_.push_back({time, block.values[i], signal, block.version, block.qualities[i], newest});
    oldest_ = std::min(oldest_, time);
    newest_ = std::max(newest_, time);
  }
  samples_ += block.times.size();
  if (waiting_.size() < waiting_max) return;
  std::ranges::stable_sort(waiting_, {}, &Waiting::time);
  release(waiting_[waiting_.size() / 2].time, pipeline);
}

/// Before the first sample goes on: what is remembered of the time before.
void AssetReplay::insert_remembered(Time until) {
  const Time first = waiting_.front().time;
  std::vector<Waiting> later;
  for (Waiting value : remembered_) {
    if (value.time > until) {
      later.push_back(value);
      continue;
    }
    const bool stored = std::ranges::any_of(waiting_, [&](const Waiting& w) {
      return w.signal == value.signal && w.time == value.time &&
             std::bit_cast<std::uint64_t>(w.value) == std::bit_cast<std::uint64_t>(value.value);
    });
    if (stored) continue;
    if (!begun_) value.time = std::max(value.time, first - nanoseconds(1));
    waiting_.push_back(value);
  }
  remembered_ = std::move(later);
}

void AssetReplay::release(Time until, Pipeline& pipeline) {
  std::ranges::stable_sort(waiting_, {}, &Waiting::time);
  if (waiting_.empty() || waiting_.front().time > until) return;
  if (!remembered_.empty()) {
    insert_remembered(until);
    std::ranges::stable_sort(waiting_, {}, &Waiting::time);
  }
  begun_ = true;
  const auto end = std::ranges::upper_bound(waiting_, until, {}, &Waiting::time);
  for (auto at = waiting_.begin(); at != end; ++at)
    pipeline.replay({{id_, at->signal, at->time, at->value, at->quality}, at->version, at->newest});
  waiting_.erase(waiting_.begin(), end);
}

void AssetReplay::finish(Pipeline& pipeline) {
  release(Time::max(), pipeline);
}

}  // namespace wayside::node
