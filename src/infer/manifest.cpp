#include "infer/manifest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/assert.hpp"

namespace wayside::infer {
namespace {

using Json = nlohmann::json;

/// Raised only to a higher number by a change that older programs would misread.
constexpr int format_version = 2;
/// Of a model without history, which older programs read rightly.
constexpr int format_without_history = 1;

tl::unexpected<Error> wrong(const std::string& field, const std::string& expected,
                            const Json& found) {
  std::string text = found.dump(-1, ' ', false, Json::error_handler_t::replace);
  constexpr std::size_t shown_max = 60;
  if (text.size() > shown_max) text = text.substr(0, shown_max) + "…";
  return fail(Errc::invalid, "manifest: `{}` should be {}, found {}", field, expected, text);
}

Status read(const Json& object, const char* field, std::string& out) {
  const auto at = object.find(field);
  if (at == object.end()) return {};
  if (!at->is_string()) return wrong(field, "a text", *at);
  out = at->get<std::string>();
  return {};
}

/// A list of 1 to names_max different, non-empty names; it may not be left out.
Status read(const Json& object, const char* field, std::vector<std::string>& out) {
  const auto at = object.find(field);
  if (at == object.end()) return fail(Errc::invalid, "manifest: `{}` is missing", field);
  if (!at->is_array() || at->empty() || at->size() > Manifest::names_max) {
    return wrong(field, fmt::format("a list of 1 to {} names", Manifest::names_max), *at);
  }
  std::set<std::string> seen;
  for (const Json& item : *at) {
    if (!item.is_string() || item.get_ref<const std::string&>().empty()) {
      return wrong(field, "a list of names", item);
    }
    out.push_back(item.get<std::string>());
    if (!seen.insert(out.back()).second) return wrong(field, "without a repeated name", item);
  }
  return {};
}

Status read(const Json& object, const char* field, double& out) {
  const auto at = object.find(field);
  if (at == object.end()) return {};
  if (!at->is_number() || !std::isfinite(at->get<double>())) {
    return wrong(field, "a finite number", *at);
  }
  out = at->get<double>();
  return {};
}

Status read(const Json& object, const char* field, Manifest::Definition& out) {
  const Json& definition = object.at(field);
  if (!definition.is_object()) return wrong(field, "an object", definition);
  if (Status ok = read(definition, "expression", out.expression); !ok) return ok;
  return read(definition, "digest", out.digest);
}

template <class Value>
Status read(const Json& object, const char* field, std::map<std::string, Value>& out) {
  const auto at = object.find(field);
  if (at == object.end()) return {};
  if (!at->is_object() || at->size() > Manifest::names_max) {
    return wrong(field, fmt::format("an object of at most {} members", Manifest::names_max), *at);
  }
  for (const auto& [key, value] : at->items()) {
    if (Status ok = read(*at, key.c_str(), out[key]); !ok) {
      return fail_in(fmt::format("in `{}`", field), ok.error());
    }
  }
  return {};
}

Status check(const Manifest& m) {
  if (m.name.empty()) return fail(Errc::invalid, "manifest: `name` is missing or empty");
  if (m.outputs.front() != "score") {
    return fail(Errc::invalid, "manifest: the first of `outputs` should be score, found {}",
                m.outputs.front());
  }
  if (!m.contributions.empty() &&
      std::find(m.outputs.begin(), m.outputs.end(), m.contributions) != m.outputs.end()) {
    return fail(Errc::invalid, "manifest: `contributions` names {}, which is a scalar output",
                m.contributions);
  }
  if (m.false_alarm_rate < 0 || m.false_alarm_rate >= 1) {
    return fail(Errc::invalid, "manifest: `false_alarm_rate` should be in [0, 1), found {}",
                m.false_alarm_rate);
  }
  return {};
}

Status check_format(const Json& object) {
  const auto at = object.find("format");
  if (at == object.end()) return fail(Errc::invalid, "manifest: `format` is missing");
  if (!at->is_number_integer() || at->get<std::int64_t>() < 1 ||
      at->get<std::int64_t>() > format_version) {
    return wrong("format", fmt::format("1 to {}, which this program reads", format_version), *at);
  }
  return {};
}

Status read_missing(const Json& missing, Sequence& out) {
  if (!missing.is_object())
    return wrong("missing", "an object with `policy`, `fill` and `mask`", missing);
  std::string policy;
  if (Status ok = read(missing, "policy", policy); !ok) return ok;
  const std::array policies{Missing::refuse, Missing::hold, Missing::fill};
  const auto found = std::find_if(policies.begin(), policies.end(),
                                  [&](Missing m) { return to_string(m) == policy; });
  if (found == policies.end()) return wrong("policy", "refuse, hold or fill", missing["policy"]);
  out.missing = *found;
  if (const auto fill = missing.find("fill"); fill != missing.end()) {
    const Json list = fill->is_array() ? *fill : Json::array({*fill});
    for (const Json& value : list) {
      if (!value.is_number()) return wrong("fill", "a number, or a list of numbers", *fill);
      out.fill.push_back(value.get<double>());
    }
  }
  return read(missing, "mask", out.mask);
}

Status read_sequence(const Json& object, Manifest& m) {
  if (const auto history = object.find("history"); history != object.end()) {
    if (!history->is_number_unsigned()) return wrong("history", "a number of ticks", *history);
    m.sequence.history = history->get<std::size_t>();
  }
  if (const auto missing = object.find("missing"); missing != object.end())
    if (Status ok = read_missing(*missing, m.sequence); !ok)
      return fail_in("in `missing`", ok.error());
  if (Status ok = check(m.sequence, m.inputs.size()); !ok) return fail_in("manifest", ok.error());
  return {};
}

Json missing_of(const Sequence& sequence) {
  Json missing = {{"policy", to_string(sequence.missing)}};
  if (!sequence.fill.empty()) missing["fill"] = sequence.fill;
  if (!sequence.mask.empty()) missing["mask"] = sequence.mask;
  return missing;
}

/// Null unless `text` is JSON nested no deeper than a manifest: printing what was found recurses.
Json parse_shallow(std::string_view text) {
  constexpr int depth_max = 8;
  bool deep = false;
  const auto limit = [&deep](int depth, Json::parse_event_t, const Json&) {
    deep = deep || depth > depth_max;
    return !deep;
  };
  const Json value = Json::parse(text, limit, /*allow_exceptions=*/false);
  return deep || value.is_discarded() ? Json() : value;
}

}  // namespace

std::string to_json(const Manifest& m) {
  for (const auto& [name, value] : m.thresholds) {
    WAYSIDE_ASSERT(std::isfinite(value), "JSON has no form for a threshold that is not finite");
  }
  const bool has_history = m.sequence != Sequence{};
  Json object = {{"format", has_history ? format_version : format_without_history},
                 {"name", m.name},
                 {"kind", m.kind},
                 {"method", m.method},
                 {"inputs", m.inputs},
                 {"outputs", m.outputs},
                 {"contributions", m.contributions},
                 {"thresholds", m.thresholds},
                 {"false_alarm_rate", m.false_alarm_rate},
                 {"features_digest", m.features_digest},
                 {"provenance", m.provenance}};
  for (const auto& [name, definition] : m.features)
    object["features"][name] = {{"expression", definition.expression},
                                {"digest", definition.digest}};
  if (has_history) {
    object["history"] = m.sequence.history;
    object["missing"] = missing_of(m.sequence);
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Manifest> parse_manifest(std::string_view json) {
  if (json.size() > Manifest::json_bytes_max) {
    return fail(Errc::invalid, "manifest: {} bytes, at most {} are read", json.size(),
                Manifest::json_bytes_max);
  }
  const Json object = parse_shallow(json);
  if (!object.is_object()) return fail(Errc::invalid, "manifest: not a JSON object");

  Manifest m;
  Status ok = check_format(object);
  const auto then = [&](const char* field, auto& out) {
    if (ok) ok = read(object, field, out);
  };
  then("name", m.name);
  then("kind", m.kind);
  then("method", m.method);
  then("inputs", m.inputs);
  then("outputs", m.outputs);
  then("contributions", m.contributions);
  then("thresholds", m.thresholds);
  then("false_alarm_rate", m.false_alarm_rate);
  then("features_digest", m.features_digest);
  then("features", m.features);
  then("provenance", m.provenance);
  if (ok) ok = read_sequence(object, m);
  if (ok) ok = check(m);
  if (!ok) return tl::make_unexpected(ok.error());
  return m;
}

}  // namespace wayside::infer
