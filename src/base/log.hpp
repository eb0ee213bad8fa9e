#pragma once

#include <fmt/core.h>
#include <functional>
#include <string_view>
#include <utility>

namespace wayside {

enum class LogLevel { debug, info, warn, error };

/// Where a component says what happened, handed to it by whoever builds it. Safe from any thread if
/// the sink is. Never on the pipeline's path in steady state: formatting allocates.
class Log {
 public:
  using Sink = std::function<void(LogLevel, std::string_view)>;

  /// Says nothing.
  Log() = default;
  explicit Log(Sink sink, LogLevel level = LogLevel::info)
      : sink_(std::move(sink)), level_(level) {}

  template <class... Args>
  void debug(fmt::format_string<Args...> f, Args&&... args) const {
    write(LogLevel::debug, f, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> f, Args&&... args) const {
    write(LogLevel::info, f, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> f, Args&&... args) const {
    write(LogLevel::warn, f, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> f, Args&&... args) const {
    write(LogLevel::error, f, std::forward<Args>(args)...);
  }

 private:
  template <class... Args>
  void write(LogLevel level, fmt::format_string<Args...> f, Args&&... args) const {
    if (sink_ && level >= level_) sink_(level, fmt::format(f, std::forward<Args>(args)...));
  }

  Sink sink_;
  LogLevel level_ = LogLevel::info;
};

/// One line an event on standard error, with the UTC time, the level and the program's name.
[[nodiscard]] Log console_log(const std::string& program, LogLevel level = LogLevel::info);

}  // namespace wayside
