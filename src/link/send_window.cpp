#include "link/send_window.hpp"

#include <algorithm>

namespace wayside::link {

void SendWindow::reset(std::uint64_t watermark, std::uint64_t sent_before) {
  *this = SendWindow();
  next_ = watermark + 1;
  sent_max_ = sent_before;
}

void SendWindow::sent(std::uint64_t last, std::size_t bytes, Duration now) {
  if (frames_.empty()) progress_ = now;
  frames_.push_back({last, bytes});
  bytes_ += bytes;
  next_ = last + 1;
  sent_max_ = std::max(sent_max_, last);
}

void SendWindow::acknowledged(std::uint64_t watermark, Duration now) {
  while (!frames_.empty() && frames_.front().last <= watermark) {
    bytes_ -= frames_.front().bytes;
    frames_.pop_front();
    progress_ = now;
  }
  // The hub may know more than this run has sent.
  next_ = std::max(next_, watermark + 1);
}

void SendWindow::rewind(std::uint64_t watermark, Duration now) {
  next_ = watermark + 1;
  if (frames_.empty()) return;
  frames_.clear();
  bytes_ = 0;
  rewound_ = true;
  rewound_to_ = watermark;
  rewound_at_ = now;
}

bool SendWindow::rewind_is_due(std::uint64_t watermark, Duration now) const {
  if (next_ <= watermark + 1) return false;
  return !rewound_ || rewound_to_ != watermark || now - rewound_at_ >= same_rewind_pause;
}

}  // namespace wayside::link
