#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace wayside::test {

/// Samples that can be told apart: each signal counts 0, 1, 2, … in its values, over all runs of
/// the agent that reads them on its standard input. Times are the clock's.
class Feed {
 public:
  static constexpr std::size_t signal_count = 3;
  static constexpr std::array<const char*, signal_count> signals{"critical_n", "diagnostic_n",
                                                                 "bulk_n"};
  using Counts = std::array<std::uint64_t, signal_count>;
  /// What one run of the agent was offered: [first, end) of each signal. Of a run that was killed
  /// not all of it need have reached the agent.
  struct Run {
    Counts first{};
    Counts end{};
  };

  Feed(std::string asset, double samples_per_s)
      : asset_(std::move(asset)), samples_per_s_(samples_per_s) {}
  ~Feed() { end(); }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Begins a run; returns what the agent is to read, which stays ours and is closed with
  /// `handed_over`.
  [[nodiscard]] int begin();
  /// The agent has been started with it.
  void handed_over();
  /// Nothing more is offered: the agent reads what is under way, and then the end of its input.
  void finish();
  /// The same for an agent that is gone, or reads no more: what is under way is lost.
  void end();

  /// The present run's end is known after `finish` or `end`.
  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
  /// `kinds`, `assets` and `sources` of an agent that reads this feed.
  [[nodiscard]] std::string yaml() const;

 private:
  void run();
  void append_line(std::string& text);
  [[nodiscard]] bool send_all(const std::string& text) const;

  std::string asset_;
  double samples_per_s_;
  std::vector<Run> runs_;
  Counts next_{};
  std::int64_t last_ns_ = 0;
  std::uint64_t lines_ = 0;
  int ours_ = -1;
  int theirs_ = -1;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace wayside::test
