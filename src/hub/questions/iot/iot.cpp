#include "hub/questions/iot/iot.hpp"

namespace wayside::hub::questions {
namespace {

constexpr std::array<std::string_view, iot_question_count> names{
    "last-loc",
    "single-last-loc",
    "low-fuel",
    "high-load",
    "stationary-trucks",
    "long-driving-sessions",
    "long-daily-sessions",
    "avg-vs-projected-fuel-consumption",
    "avg-daily-driving-duration",
    "avg-daily-driving-session",
    "avg-load",
    "daily-activity",
    "breakdown-frequency"};

/// How long the question's window is, and how many of its ten minutes must be driven.
struct Window {
  Duration length{0};
  int periods = 0;
};

Window window_of(IotQuestion question) {
  switch (question) {
    case IotQuestion::stationary_trucks:
      return {minutes(10), 0};
    case IotQuestion::long_driving_sessions:
      return {hours(4), 22};
    case IotQuestion::long_daily_sessions:
      return {hours(24), 60};
    default:
      return {};
  }
}

/// The number of a sample's ten minutes since the epoch.
std::string tens_of(Dialect dialect) {
  return dialect == Dialect::duckdb ? "epoch_ns(time) // 600000000000"
                                    : "intDiv(toInt64(time), 600000000000)";
}

}  // namespace

const std::array<IotQuestion, iot_question_count>& all_iot_questions() {
  static const auto all = [] {
    std::array<IotQuestion, iot_question_count> questions{};
    for (std::size_t i = 0; i < iot_question_count; ++i) questions[i] = static_cast<IotQuestion>(i);
    return questions;
  }();
  return all;
}

std::string_view to_string(IotQuestion question) {
  return names[static_cast<std::size_t>(question)];
}

std::string iot_sql(IotQuestion question, Dialect dialect, const IotParameters& parameters) {
  const Window window = window_of(question);
  const std::string_view text =
      dialect == Dialect::duckdb ? duckdb_iot_text(question) : clickhouse_iot_text(question);
  return fill(text, {{"fleet", quoted(dialect, parameters.fleet)},
                     {"trucks", quoted_list(dialect, parameters.trucks)},
                     {"from", time_literal(dialect, parameters.from)},
                     {"to", time_literal(dialect, parameters.from + window.length)},
                     {"ten", tens_of(dialect)},
                     {"periods", std::to_string(window.periods)}});
}

}  // namespace wayside::hub::questions
