#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/replay.hpp"

namespace wayside::hub {

/// What waits for the ingest thread. From the link: frames in order, as many bytes as fit, and the
/// latest state of each node, critical frames before the others; a frame that does not fit is
/// refused, and once there is room its node is asked to send it again. From the API: feature rows
/// to replace, each with who waits for it.
class Inbox {
 public:
  static constexpr std::size_t states_max = 100'000;
  struct Frame {
    std::string topic, payload;
  };
  static constexpr std::size_t rewrites_max = 8;
  struct Rewrite {
    FeatureReplacement replacement;
    std::promise<Result<Replaced>> done;
  };
  static constexpr std::size_t oversize_max = 100;
  struct Oversize {
    std::string topic;
    std::size_t bytes = 0;
  };
  static constexpr std::size_t refused_max = 10'000;
  struct Taken {
    std::vector<Frame> frames;
    std::map<std::string, std::string> states;  ///< payload by topic
    std::vector<Rewrite> rewrites;
    std::vector<Oversize> oversize;
    std::set<std::string> refused;  ///< topics of frames that did not fit; now there is room
  };

  explicit Inbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  /// False where it was refused.
  bool put_frame(std::string_view topic, std::string_view payload);
  /// A message was too large for the link.
  void put_oversize(std::string_view topic, std::size_t bytes);
  bool put_state(std::string_view topic, std::string_view payload);
  /// What is taken is answered in any case.
  bool put_rewrite(Rewrite&& rewrite);
  /// Takes what is there, of frames about `bytes`.
  [[nodiscard]] Taken take(std::size_t bytes);
  /// Waits at most `timeout` for something to take. False: `stop` was called and all is taken.
  [[nodiscard]] bool wait(Duration timeout);
  void stop();
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] bool empty() const;

 private:
  [[nodiscard]] bool empty_locked() const {
    return urgent_.empty() && frames_.empty() && states_.empty() && rewrites_.empty() &&
           oversize_.empty() && (refused_.empty() || bytes_ > bytes_max_ / 2);
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  void take_from(std::deque<Frame>& frames, std::size_t bytes, Taken& taken);

  std::deque<Frame> urgent_;  ///< of critical streams
  std::deque<Frame> frames_;
  std::vector<Oversize> oversize_;
  std::set<std::string> refused_;
  std::map<std::string, std::string> states_;
  std::vector<Rewrite> rewrites_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  bool stopping_ = false;
};

}  // namespace wayside::hub
