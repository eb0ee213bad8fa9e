#include "delivery/load.hpp"

#include <chrono>
#include <exception>

namespace wayside::bench {
namespace {

constexpr std::int64_t probe_every_ns = 200'000'000;

}  // namespace

Load::Load(System& system, const Records& records, double samples_per_s) : system_(system) {
  thread_ = std::thread([this, &records, samples_per_s] {
    try {
      run(records, samples_per_s);
    } catch (...) {
      failure_ = std::current_exception();
    }
  });
}

Load::~Load() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Load::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

void Load::run(const Records& records, double samples_per_s) {
  const std::size_t series = records.series().size();
  const auto period_ns =
      static_cast<std::int64_t>(1e9 * static_cast<double>(series) / samples_per_s);
  const std::int64_t start = now_ns() / 1'000'000 * 1'000'000;
  std::int64_t next_probe = start;
  std::uint64_t probes = 0;
  std::string lines, probe;
  for (std::uint64_t k = 0; !stopping_; ++k) {
    const std::int64_t due = start + static_cast<std::int64_t>(k) * period_ns;
    std::int64_t now = now_ns();
    if (now < due) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(due - now));
      now = now_ns();
    }
    lines.clear();
    for (std::size_t s = 0; s < series; ++s) records.append(lines, s, k, due);
    system_.offer(lines, false);
    offered_ += series;
    if ((now = now_ns()) < next_probe) continue;
    next_probe += probe_every_ns * (1 + (now - next_probe) / probe_every_ns);
    probe.clear();
    Records::append_probe(probe, probes++, now);
    system_.offer(probe, true);
    ++offered_;
  }
}

}  // namespace wayside::bench
