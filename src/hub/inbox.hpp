#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/replay.hpp"

namespace wayside::hub {

/// What waits for the ingest thread. From the link: frames in order, as many bytes as fit, and the
/// latest state of each node; a frame that does not fit is refused, its node sends it again. From
/// the API: feature rows to replace, each with who waits for it.
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
  struct Taken {
    std::vector<Frame> frames;
    std::map<std::string, std::string> states;  ///< payload by topic
    std::vector<Rewrite> rewrites;
  };

  explicit Inbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  /// False where it was refused.
  bool put_frame(std::string_view topic, std::string_view payload);
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
    return frames_.empty() && states_.empty() && rewrites_.empty();
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Frame> frames_;
  std::map<std::string, std::string> states_;
  std::vector<Rewrite> rewrites_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  bool stopping_ = false;
};

}  // namespace wayside::hub
