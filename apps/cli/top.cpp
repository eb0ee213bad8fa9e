#include "top.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <ctime>
#include <iostream>

#include "base/os/system_clock.hpp"
#include "table.hpp"

namespace wayside::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t alerts_shown_max = 8;
constexpr Duration refresh = seconds(1);
constexpr Duration refresh_elsewhere = seconds(10);  // where lines cannot be redrawn

struct Screen {
  bool terminal = false;
  std::size_t lines = 24;
  std::size_t columns = 100;
};

Screen measure() {
  Screen screen;
  winsize size{};
  screen.terminal = ::isatty(STDOUT_FILENO) == 1;
  if (screen.terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) {
    screen.lines = size.ws_row;
    screen.columns = size.ws_col;
  }
  return screen;
}

/// Rows per second between two looks.
class Rate {
 public:
  [[nodiscard]] std::optional<double> of(const Json& status) {
    double rows = 0;
    for (const auto& [table, count] : status.at("rows").items()) rows += count.get<double>();
    const double time_s = status.at("time").get<double>() * 1e-3;
    std::optional<double> rate;
    if (last_time_s_ && time_s > *last_time_s_)
      rate = std::max(0.0, (rows - last_rows_) / (time_s - *last_time_s_));
    last_time_s_ = time_s;
    last_rows_ = rows;
    return rate;
  }

 private:
  std::optional<double> last_time_s_;
  double last_rows_ = 0;
};

std::string head_line(const HubClient& hub, const Json& status, std::optional<double> rate,
                      std::size_t alerts) {
  double rows = 0;
  for (const auto& [table, count] : status.at("rows").items()) rows += count.get<double>();
  std::string line = fmt::format("{}  {} rows", hub.url(), short_count(rows));
  if (rate) line += fmt::format(", {}/s", short_count(*rate));
  line += fmt::format("  {} open alert{}", alerts, alerts == 1 ? "" : "s");
  if (const auto problems = status.find("problems"); problems != status.end())
    for (const Json& problem : *problems) line += "\nPROBLEM: " + plain(problem);
  return line + "\n\n";
}

std::string node_table(const Json& nodes, std::size_t rows_max) {
  Table table({"node", "site", "link", "data age", "critical", "diagnostic", "bulk", "alerts"});
  std::size_t shown = 0;
  for (const Json& node : nodes) {
    if (shown++ == rows_max) break;
    const Json& age = node.at("data_age_s");
    const Json& backlog = node.at("backlog");
    table.add({plain(node.at("node")), plain(node.at("site")),
               node.at("online").get<bool>() ? "up" : "DOWN",
               age.is_number() ? short_age(age.get<double>()) : "no data",
               short_count(backlog.at("critical").get<double>()),
               short_count(backlog.at("diagnostic").get<double>()),
               short_count(backlog.at("bulk").get<double>()), plain(node.at("open_alerts"))});
  }
  std::string text = table.text();
  if (nodes.size() > rows_max)
    text += fmt::format("… and {} more nodes\n", nodes.size() - rows_max);
  return text;
}

std::string alert_lines(const Json& events) {
  std::string text;
  std::size_t shown = 0;
  for (const Json& event : events) {
    if (shown++ == alerts_shown_max) break;
    const Time time{static_cast<std::int64_t>(event.at("time").get<double>() * 1e6)};
    text +=
        fmt::format("{}  {:7}  {}: {}\n", format_time(floor_to(time, seconds(1))),
                    plain(event.at("severity")), plain(event.at("asset")), plain(event.at("text")));
  }
  return text.empty() ? text : "\n" + text;
}

/// Nullopt where the hub does not answer just now.
std::optional<std::string> summary(const HubClient& hub, Rate& rate, const Screen& screen) {
  const auto status = hub.try_get("/api/v1/status");
  const auto nodes = hub.try_get("/api/v1/nodes");
  const auto events = hub.try_get("/api/v1/events?open=true&limit=1000");
  if (!status || !nodes || !events) return std::nullopt;
  const Json& open = events->at("events");
  // What is not the table of nodes: two lines of head and of table head, the alerts, a last line.
  const std::size_t other = 7 + std::min(open.size(), alerts_shown_max);
  const std::size_t nodes_max =
      screen.terminal ? std::max<std::size_t>(screen.lines, other + 3) - other : 1'000;
  return head_line(hub, *status, rate.of(*status), open.size()) +
         node_table(nodes->at("nodes"), nodes_max) + alert_lines(open);
}

/// Clears to the end of each line and of the screen while drawing over what was there, so that
/// nothing flickers. Lines are cut at the screen's width: a wrapped one would break the count.
std::string in_place(const std::string& text, const Screen& screen) {
  std::string out = "\x1b[H";
  std::size_t column = 0;
  for (const char c : text) {
    if (c == '\n') {
      out += "\x1b[K\n";
      column = 0;
      continue;
    }
    const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins) ++column;
    if (column <= screen.columns) out += c;
  }
  return out + "\x1b[J";
}

/// Waits, or returns true at once when the program is asked to end.
bool asked_to_end(const sigset_t& signals, Duration pause) {
  const timespec wait{pause.ns / 1'000'000'000, pause.ns % 1'000'000'000};
  return ::sigtimedwait(&signals, nullptr, &wait) > 0;
}

void watch(const HubClient& hub, const TopOptions& options, const sigset_t& signals) {
  const os::SystemClock clock;
  const Duration start = clock.monotonic();
  Rate rate;
  bool drawn = false;
  for (;;) {
    const Screen screen = measure();
    const auto text = summary(hub, rate, screen);
    if (!text && !drawn) (void)hub.get("/api/v1/status");  // says why, and ends
    const std::string shown = text.value_or(hub.url() + " does not answer just now\n");
    if (screen.terminal && !options.once) {
      if (!drawn) std::cout << "\x1b[2J";
      std::cout << in_place(shown, screen) << std::flush;
    } else {
      std::cout << shown << '\n' << std::flush;
    }
    drawn = true;
    if (options.once) return;
    Duration pause = screen.terminal ? refresh : refresh_elsewhere;
    if (options.duration) {
      const Duration left = *options.duration - (clock.monotonic() - start);
      if (left <= Duration{0}) return;
      pause = std::min(pause, left);
    }
    if (asked_to_end(signals, pause)) return;
  }
}

}  // namespace

void run_top(const TopOptions& options) {
  sigset_t signals, before;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, &before);
  watch(HubClient(options.hub), options, signals);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace wayside::cli
