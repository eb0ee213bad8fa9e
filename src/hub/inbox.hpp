#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace wayside::hub {

/// What came over the link and waits for the ingest thread: frames in order, as many bytes as fit,
/// and the latest state of each node. A frame that does not fit is refused; its node sends it
/// again.
class Inbox {
 public:
  static constexpr std::size_t states_max = 100'000;
  struct Frame {
    std::string topic, payload;
  };
  struct Taken {
    std::vector<Frame> frames;
    std::map<std::string, std::string> states;  ///< payload by topic
    bool stopping = false;
  };

  explicit Inbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  /// False where it was refused.
  bool put_frame(std::string_view topic, std::string_view payload);
  bool put_state(std::string_view topic, std::string_view payload);
  /// Waits at most `timeout` for something; takes about `bytes` of frames.
  [[nodiscard]] Taken take(Duration timeout, std::size_t bytes);
  void stop();
  [[nodiscard]] std::size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Frame> frames_;
  std::map<std::string, std::string> states_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  bool stopping_ = false;
};

}  // namespace wayside::hub
