#include "node/open_alerts.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace wayside::node {
namespace {

using Json = nlohmann::json;

constexpr int format_known = 1;

Json to_json(const OpenAlert& alert) {
  return {{"tier", telemetry::to_string(alert.tier)},
          {"seq", alert.seq},
          {"asset", alert.event.asset},
          {"time", alert.event.time.ns},
          {"severity", static_cast<int>(alert.event.severity)},
          {"text", alert.event.text},
          {"data", alert.event.data_json}};
}

template <class T>
bool read(const Json& json, const char* key, T& out) {
  const auto found = json.find(key);
  if (found == json.end()) return false;
  if constexpr (std::is_same_v<T, std::string>) {
    if (!found->is_string()) return false;
  } else if (!found->is_number_integer()) {
    return false;
  }
  out = found->template get<T>();
  return true;
}

std::optional<OpenAlert> from_json(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  OpenAlert alert;
  std::string tier;
  int severity = 0;
  const bool whole = read(json, "tier", tier) && read(json, "seq", alert.seq) &&
                     read(json, "asset", alert.event.asset) &&
                     read(json, "time", alert.event.time.ns) && read(json, "severity", severity) &&
                     read(json, "text", alert.event.text) &&
                     read(json, "data", alert.event.data_json);
  const auto known_tier = telemetry::parse_tier(tier);
  if (!whole || !known_tier || severity < 0 ||
      severity > static_cast<int>(telemetry::Severity::alarm) || rule_of(alert.event).empty())
    return std::nullopt;
  alert.tier = *known_tier;
  alert.event.severity = static_cast<telemetry::Severity>(severity);
  alert.event.kind = "alert_raised";
  return alert;
}

/// A file or folder open for as long as it takes to write and sync it.
struct Opened {
  Opened(const std::string& path, int flags) : fd(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Opened() {
    if (fd >= 0) ::close(fd);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  int fd;
};

Status write_synced(const std::string& path, std::string_view text) {
  const auto failed = [&](const char* doing) {
    return fail(errno == ENOSPC || errno == EDQUOT ? Errc::full : Errc::io, "{} {}: {}", doing,
                path, std::strerror(errno));
  };
  const Opened file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.fd < 0) return failed("opening");
  while (!text.empty()) {
    const ssize_t n = ::write(file.fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("writing");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file.fd) != 0) return failed("writing");
  return {};
}

}  // namespace

std::string rule_of(const telemetry::Event& event) {
  const auto data = Json::parse(event.data_json, nullptr, false);
  if (!data.is_object() || !data.contains("rule") || !data["rule"].is_string()) return {};
  return data["rule"].get<std::string>();
}

Status OpenAlerts::load() {
  open_.clear();
  std::error_code error;
  if (path_.empty() || !std::filesystem::exists(path_, error)) return {};
  std::ifstream in(path_, std::ios::binary);
  if (!in) return fail(Errc::io, "{} cannot be read", path_);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto json = Json::parse(text, nullptr, false);
  int format = 0;
  if (!json.is_object() || !read(json, "format", format) || format != format_known ||
      !json.contains("open") || !json["open"].is_array() || json["open"].size() > alerts_max)
    return fail(Errc::corrupt, "{} holds no list of open alerts", path_);
  std::map<Key, OpenAlert> open;
  for (const Json& item : json["open"]) {
    auto alert = from_json(item);
    if (!alert) return fail(Errc::corrupt, "{} holds something that is no alert", path_);
    Key key{alert->event.asset, rule_of(alert->event)};
    open.emplace(std::move(key), std::move(*alert));
  }
  open_ = std::move(open);
  return {};
}

void OpenAlerts::note(telemetry::Tier tier, std::uint64_t seq, const telemetry::Event& event) {
  const bool raised = event.kind == "alert_raised";
  if (!raised && event.kind != "alert_cleared") return;
  const Key key{event.asset, rule_of(event)};
  if (!raised) {
    changed_ = open_.erase(key) > 0 || changed_;
  } else if (open_.size() < alerts_max || open_.contains(key)) {
    open_.insert_or_assign(key, OpenAlert{tier, seq, event});
    changed_ = true;
  }
}

Status OpenAlerts::save() {
  Json list = Json::array();
  for (const auto& [key, alert] : open_) list.push_back(to_json(alert));
  const Json json{{"format", format_known}, {"open", std::move(list)}};
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const std::string beside = path_ + ".new";
  if (auto written = write_synced(beside, text); !written) return written;
  if (std::rename(beside.c_str(), path_.c_str()) != 0)
    return fail(Errc::io, "replacing {}: {}", path_, std::strerror(errno));
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  const Opened opened(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  if (opened.fd < 0 || ::fsync(opened.fd) != 0)
    return fail(Errc::io, "writing the folder of {}: {}", path_, std::strerror(errno));
  changed_ = false;
  return {};
}

}  // namespace wayside::node
