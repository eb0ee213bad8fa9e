#include "hub/record_check.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "hub/ingest.hpp"
#include "telemetry/utf8.hpp"

namespace wayside::hub {
namespace {

// What parse_time accepts: 1678-01-01 to 2261-12-31, so that no later arithmetic overflows.
constexpr Time time_min{-9'214'560'000'000'000'000};
constexpr Time time_max{9'214'646'399'999'999'999};

bool good_time(Time time) {
  return time >= time_min && time <= time_max;
}
bool good_times(const std::vector<Time>& times) {
  return std::all_of(times.begin(), times.end(), good_time);
}
// Decoding has made sure of it for what protobuf calls a string; the store relies on it.
bool valid_utf8(std::string_view text) {
  return telemetry::well_formed_utf8(text) == text;
}
bool good_name(std::string_view name) {
  return name.size() <= Ingest::name_bytes_max && valid_utf8(name);
}
bool good_names(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), good_name);
}
bool good_text(std::string_view text) {
  return text.size() <= Ingest::text_bytes_max && valid_utf8(text);
}

constexpr const char* bad_name = "a name is too long or not UTF-8";
constexpr const char* bad_text = "a text is too long or not UTF-8";
constexpr const char* bad_time = "a time is outside the years 1678 to 2261";
constexpr const char* bad_shape = "its columns differ in length";

struct Check {
  std::string operator()(const telemetry::SampleBlock& r) const {
    if (!good_name(r.asset) || !good_name(r.signal)) return bad_name;
    if (r.values.size() != r.times.size() || r.qualities.size() != r.times.size()) return bad_shape;
    return good_times(r.times) ? "" : bad_time;
  }
  std::string operator()(const telemetry::FeatureBlock& r) const {
    if (!good_name(r.asset) || !good_names(r.names)) return bad_name;
    if (r.values.size() != r.times.size() * r.names.size()) return bad_shape;
    return good_times(r.times) ? "" : bad_time;
  }
  std::string operator()(const telemetry::Decision& r) const {
    if (!good_name(r.asset) || !good_name(r.model) || !good_name(r.release) ||
        !good_name(r.label) || !good_name(r.action))
      return bad_name;
    if (!good_text(r.inputs_json)) return bad_text;
    return good_time(r.time) ? "" : bad_time;
  }
  std::string operator()(const telemetry::Event& r) const {
    if (!good_name(r.asset) || !good_name(r.kind)) return bad_name;
    if (!good_text(r.text) || !good_text(r.data_json)) return bad_text;
    return good_time(r.time) ? "" : bad_time;
  }
  std::string operator()(const telemetry::Health& r) const {
    if (!good_names(r.metrics)) return bad_name;
    if (r.values.size() != r.metrics.size()) return bad_shape;
    return good_time(r.time) ? "" : bad_time;
  }
  std::string operator()(const telemetry::Gap& r) const {
    if (!good_name(r.reason)) return bad_name;
    return r.records > 0 ? "" : "a gap stands for no record";
  }
};

char tier_letter(telemetry::Tier tier) {
  return telemetry::to_string(tier).front();
}

}  // namespace

std::string check_record(const telemetry::Record& record) {
  return std::visit(Check{}, record);
}

EventRow make_event_row(const StreamKey& stream, std::uint64_t seq, telemetry::Event&& event) {
  EventRow row;
  row.id = fmt::format("{}.{:016x}.{}{}", stream.node, stream.epoch, tier_letter(stream.tier), seq);
  row.node = stream.node;
  row.tier = stream.tier;
  const auto data = nlohmann::json::parse(event.data_json, nullptr, false);
  if (data.is_object()) {
    if (const auto rule = data.find("rule"); rule != data.end() && rule->is_string())
      row.rule = rule->get<std::string>();
    if (const auto raised = data.find("raised");
        raised != data.end() && raised->is_number_integer())
      row.raised = Time{raised->get<std::int64_t>()};
  }
  row.event = std::move(event);
  return row;
}

}  // namespace wayside::hub
