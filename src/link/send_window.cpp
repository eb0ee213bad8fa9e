#include "link/send_window.hpp"

#include <algorithm>

namespace wayside::link {

void SendWindow::reset(std::uint64_t watermark, std::uint64_t sent_before) {
  *this = SendWindow();
  next_ = watermark + 1;
  sent_max_ = sent_before;
}

void SendWindow::sent(std::uint64_t last, Size size, Duration now) {
  if (frames_.empty()) progress_ = now;
  frames_.push_back({last, size, now});
  size_.records += size.records;
  size_.wire += size.wire;
  next_ = last + 1;
  sent_max_ = std::max(sent_max_, last);
}

std::optional<SendWindow::Covered> SendWindow::acknowledged(std::uint64_t watermark, Duration now) {
  std::optional<Covered> covered;
  while (!frames_.empty() && frames_.front().last <= watermark) {
    const Sent& frame = frames_.front();
    covered = Covered{now - frame.at, (covered ? covered->wire : 0) + frame.size.wire};
    size_.records -= frame.size.records;
    size_.wire -= frame.size.wire;
    frames_.pop_front();
    progress_ = now;
  }
  // The hub may know more than this run has sent.
  next_ = std::max(next_, watermark + 1);
  return covered;
}

void SendWindow::rewind(std::uint64_t watermark, Duration now) {
  next_ = watermark + 1;
  if (frames_.empty()) return;
  frames_.clear();
  size_ = {};
  rewound_ = true;
  rewound_to_ = watermark;
  rewound_at_ = now;
}

bool SendWindow::rewind_is_due(std::uint64_t watermark, Duration now) const {
  if (next_ <= watermark + 1) return false;
  return !rewound_ || rewound_to_ != watermark || now - rewound_at_ >= same_rewind_pause;
}

}  // namespace wayside::link
