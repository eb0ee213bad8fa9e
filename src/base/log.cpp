#include "base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <memory>
#include <string>

namespace wayside {

Log console_log(const std::string& program, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>(
      program, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %n: %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::debug);
  return Log(
      [logger](LogLevel line_level, std::string_view text) {
        switch (line_level) {
          case LogLevel::debug:
            logger->debug(text);
            break;
          case LogLevel::info:
            logger->info(text);
            break;
          case LogLevel::warn:
            logger->warn(text);
            break;
          case LogLevel::error:
            logger->error(text);
            break;
        }
      },
      level);
}

}  // namespace wayside
