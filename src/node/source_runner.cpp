#include "node/source_runner.hpp"

#include <algorithm>

namespace wayside::node {

SourceRunner::SourceRunner(SampleQueue& queue, Log log) : queue_(queue), log_(std::move(log)) {}

SourceRunner::~SourceRunner() {
  request_stop();
  join();
}

Status SourceRunner::create(const AgentConfig& config, const SourceContext& context) {
  std::vector<SourceStatus> failed;
  for (const auto& spec : config.sources) {
    auto source = spec->create(context);
    if (!source) {
      log_.error("a source cannot start: {}", source.error().message);
      failed.push_back({"", false, SourceStatus::State::failed, source.error().message});
      continue;
    }
    statuses_.push_back({(*source)->name(), (*source)->finite(), SourceStatus::State::running, ""});
    sources_.push_back(std::move(*source));
  }
  if (sources_.empty() && !failed.empty())
    return fail(Errc::unavailable, "no source can start: {}", failed.front().text);
  statuses_.insert(statuses_.end(), failed.begin(), failed.end());
  running_ = sources_.size();
  finite_running_ = static_cast<std::size_t>(
      std::count_if(sources_.begin(), sources_.end(), [](const auto& s) { return s->finite(); }));
  return {};
}

void SourceRunner::start(bool until_eof) {
  until_eof_ = until_eof;
  if (sources_.empty()) queue_.close();
  for (std::size_t i = 0; i < sources_.size(); ++i) threads_.emplace_back([this, i] { run(i); });
}

void SourceRunner::run(std::size_t index) {
  Source& source = *sources_[index];
  source.run(stop_.get_token());
  const Status outcome = source.outcome();
  if (outcome)
    log_.info("source {} has ended", source.name());
  else
    log_.error("a source ended before its input did: {}", outcome.error().message);
  bool stop_others = false;
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    statuses_[index].state = outcome ? SourceStatus::State::ended : SourceStatus::State::failed;
    if (!outcome) statuses_[index].text = outcome.error().message;
    last = --running_ == 0;
    if (source.finite()) stop_others = --finite_running_ == 0 && until_eof_;
  }
  if (stop_others) stop_.request_stop();
  if (last) queue_.close();
}

void SourceRunner::request_stop() {
  stop_.request_stop();
}

void SourceRunner::join() {
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

bool SourceRunner::any_finite() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const auto& s) { return s->finite(); });
}

std::vector<SourceStatus> SourceRunner::statuses() const {
  const std::lock_guard lock(mutex_);
  return statuses_;
}

}  // namespace wayside::node
