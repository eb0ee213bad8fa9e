#pragma once

#include "base/clock.hpp"

namespace wayside::os {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
  [[nodiscard]] Duration monotonic() const override;
};

}  // namespace wayside::os
