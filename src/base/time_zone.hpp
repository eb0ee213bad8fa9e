#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace wayside {

/// Local time: how far it is ahead of UTC, moment by moment. Safe from any thread.
class TimeZone {
 public:
  virtual ~TimeZone() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Duration offset(Time moment) const = 0;
};

/// UTC, or so far ahead of it all year round.
class FixedZone final : public TimeZone {
 public:
  FixedZone() = default;
  FixedZone(std::string name, Duration offset) : name_(std::move(name)), offset_(offset) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Duration offset(Time) const override { return offset_; }

 private:
  std::string name_ = "UTC";
  Duration offset_{0};
};

}  // namespace wayside
