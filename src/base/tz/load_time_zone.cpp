#include "base/tz/load_time_zone.hpp"

#include <date/tz.h>
#include <chrono>
#include <stdexcept>

namespace wayside {
namespace {

class IanaZone final : public TimeZone {
 public:
  explicit IanaZone(const date::time_zone& zone) : zone_(zone) {}
  [[nodiscard]] std::string_view name() const override { return zone_.name(); }
  [[nodiscard]] Duration offset(Time moment) const override {
    const auto second = floor_to(moment, seconds(1)).ns / seconds(1).ns;
    const auto info = zone_.get_info(date::sys_seconds(std::chrono::seconds(second)));
    return seconds(info.offset.count());
  }

 private:
  const date::time_zone& zone_;  ///< of the database, which lives as long as the program
};

}  // namespace

Result<std::shared_ptr<const TimeZone>> load_time_zone(const std::string& name) {
  try {
    return std::make_shared<IanaZone>(name.empty() ? *date::current_zone()
                                                   : *date::locate_zone(name));
  } catch (const std::runtime_error& error) {
    if (name.empty()) return std::make_shared<FixedZone>();
    return fail(Errc::not_found, "the time zone '{}' is not known: {}", name, error.what());
  }
}

}  // namespace wayside
