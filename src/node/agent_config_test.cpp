#include "node/agent_config.hpp"

#include <gmock/gmock.h>

#include "node/delivery_config.hpp"
#include "node/node_fixture.hpp"

namespace wayside::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(AgentConfig, ReadsTheWholeOfIt) {
  const AgentConfig config = parse_good(R"yaml(node: loco-4501
site: enola
hub: {broker: "mqtt://127.0.0.1:1883"}
state: state
listen: 127.0.0.1:0
kinds:
  locomotive:
    signals:
      coolant_temp: {unit: degC, range: [-40, 150], version: 2}
      axle_vib: {unit: g, waveform: {rate: 2 kHz, length: 1024}, tier: bulk}
    features:
      every: 2s
      lateness: 500ms
      idle: 30s
      define:
        coolant_mean: mean(coolant_temp, 60s)
        coolant_max: "max(coolant_temp, 60s)"
    models:
      cooling: {file: models/cooling.onnx, inputs: [coolant_mean], budget: 5ms, on_failure: alarm}
    rules:
      hot: {when: cooling.score > 0.95 and coolant_mean > 95, clear: cooling.t2 < 1, for: 10s,
            tier: diagnostic, severity: warning, do: [alert]}
      trip: {when: coolant_temp > 140, on: sample}
assets:
  - {name: loco-4501, kind: locomotive, tags: {model: sd40, tons: 120}}
sources: []
tiers:
  critical: {send: now, keep: 90d}
  diagnostic: {send: every 5s, keep: 7d, when_full: oldest}
  bulk: {when_full: thin 10}
spool: {limit: 64MiB, reserve: 8MiB}
)yaml");
  EXPECT_EQ(config.node, "loco-4501");
  EXPECT_EQ(config.broker, "mqtt://127.0.0.1:1883");
  EXPECT_EQ(config.state, "state");
  EXPECT_EQ(config.spool_bytes_max, 64u << 20);
  EXPECT_EQ(config.spool_reserve_bytes, 8u << 20);
  EXPECT_EQ(config.tiers[1].thin, 0u);
  EXPECT_EQ(config.tiers[2].thin, 10u);
  EXPECT_EQ(config.table.assets[0].tags,
            (std::map<std::string, std::string>{{"model", "sd40"}, {"tons", "120"}}));
  EXPECT_EQ(config.tiers[1].every, seconds(5));
  EXPECT_EQ(config.tiers[1].keep, days(7));
  EXPECT_EQ(config.tiers[2].keep, days(14));
  ASSERT_EQ(config.kinds.size(), 1u);
  const telemetry::Kind& kind = config.table.kinds[0];
  EXPECT_EQ(kind.signals[0].version, 2u);
  EXPECT_EQ(kind.signals[0].max, 150);
  EXPECT_EQ(kind.signals[1].waveform->rate_hz, 2000);
  EXPECT_EQ(kind.signals[1].tier, telemetry::Tier::bulk);
  const KindConfig& computed = config.kinds[0];
  EXPECT_EQ(computed.plan->options().every, seconds(2));
  EXPECT_EQ(computed.plan->options().idle, seconds(30));
  EXPECT_THAT(computed.slot_names, ElementsAre("coolant_temp", "axle_vib", "coolant_mean",
                                               "coolant_max", "cooling.score", "cooling.t2"));
  EXPECT_EQ(computed.models[0].on_failure, OnFailure::alarm);
  EXPECT_EQ(computed.models[0].file, "models/cooling.onnx");
  ASSERT_EQ(computed.rules.size(), 2u);
  EXPECT_THAT(computed.rules[0].slots, ElementsAre(2, 4, 5));
  EXPECT_THAT(computed.rules[0].models, ElementsAre(0));
  EXPECT_EQ(computed.rules[0].hold_for, seconds(10));
  EXPECT_TRUE(computed.rules[1].on_sample);
  EXPECT_EQ(computed.rules[1].tier, telemetry::Tier::critical);
}

TEST(AgentConfig, AModelMayReadThePast) {
  const auto sequence = [](const std::string& options) {
    return *parse_good(pump_yaml("", ", " + options)).kinds[0].models[0].sequence;
  };
  EXPECT_FALSE(parse_good(pump_yaml("")).kinds[0].models[0].sequence);
  EXPECT_EQ(sequence("history: 60"), infer::Sequence{.history = 60});
  EXPECT_EQ(sequence("history: 9, missing: hold"),
            (infer::Sequence{.history = 9, .missing = infer::Missing::hold}));
  EXPECT_EQ(sequence("history: 9, missing: fill"),
            (infer::Sequence{.history = 9, .missing = infer::Missing::fill, .fill = {0}}));
  EXPECT_EQ(
      sequence("history: 9, missing: {policy: fill, fill: [20, 3.5], mask: there}"),
      (infer::Sequence{
          .history = 9, .missing = infer::Missing::fill, .fill = {20, 3.5}, .mask = "there"}));
}

TEST(AgentConfig, ReadsWhenAndHowFastRecordsGo) {
  const AgentConfig config = parse_good(R"yaml(node: n
state: state
timezone: Europe/Berlin
hub: {broker: "mqtt://h", budget: 500MiB/day, catch_up: 64KiB/s}
assets: [{name: a, kind: computer}]
sources: []
tiers:
  diagnostic: {send: every 5s, rate: 1kB/s}
  bulk: {send: "22:00-05:00", when: not link.kind == cellular, rate: 1MiB/s}
)yaml");
  const link::UplinkOptions options = uplink_options(config);
  EXPECT_EQ(options.gate.zone->name(), "Europe/Berlin");
  EXPECT_EQ(options.gate.day_budget_bytes, 500u << 20);
  EXPECT_EQ(options.catch_up_rate, 64u << 10);
  EXPECT_EQ(options.gate.tiers[1].every, seconds(5));
  EXPECT_EQ(options.gate.tiers[1].rate, 1'000u);
  EXPECT_FALSE(options.gate.tiers[1].window);
  ASSERT_TRUE(options.gate.tiers[2].window);
  EXPECT_EQ(options.gate.tiers[2].window->from, hours(22));
  ASSERT_TRUE(options.gate.tiers[2].when);
  EXPECT_TRUE(options.gate.tiers[2].when->holds({LinkKind::wifi}));
  EXPECT_FALSE(options.gate.tiers[2].when->holds({LinkKind::cellular}));
  EXPECT_EQ(options.gate.tiers[0].rate, 0u);
}

TEST(AgentConfig, AConditionsMistakeIsShownWhereItIs) {
  std::string errors;
  EXPECT_FALSE(
      parse_text("node: n\nstate: s\nassets: [{name: a, kind: computer}]\nsources: []\n"
                 "tiers: {bulk: {when: link.kind == wifi or link.kind = local}}\n",
                 errors));
  EXPECT_THAT(errors, HasSubstr(":5:53: error: expected '==' or '!=', found '='"));
}

TEST(AgentConfig, AHistoryThatDoesNotFitIsAMistake) {
  const auto mistake = [](const std::string& options) {
    std::string errors;
    return parse_text(pump_yaml("", ", " + options), errors) ? "none" : errors;
  };
  EXPECT_THAT(mistake("history: 0"), HasSubstr("from 1 to 10000"));
  EXPECT_THAT(mistake("missing: hold"), HasSubstr("expected 'history'"));
  EXPECT_THAT(mistake("history: 9, missing: guess"), HasSubstr("expected refuse, hold or fill"));
  EXPECT_THAT(mistake("history: 9, missing: {policy: fill, fill: [1, 2, 3]}"),
              HasSubstr("one number or 2, one for each input, found 3"));
  EXPECT_THAT(mistake("history: 9, missing: {mask: there}"), HasSubstr("would always be 1"));
  EXPECT_THAT(mistake("history: 9, missing: {with: 1}"), HasSubstr("policy"));
}

TEST(AgentConfig, PathsAreRelativeToTheFile) {
  config::Diagnostics diagnostics;
  const auto root = config::parse_yaml(
      "node: n\nstate: ../state\nassets: []\nsources: []\n", "/etc/wayside/site/agent.yaml",
      [](const std::string&) { return std::nullopt; }, diagnostics);
  const auto config = parse_agent_config(root, test_units(), diagnostics);
  ASSERT_TRUE(config) << diagnostics.format();
  EXPECT_EQ(config->state, "/etc/wayside/state");
}

TEST(AgentConfig, AKindWithoutSignalsTakesTheBuiltInOnes) {
  const AgentConfig config = parse_good(R"(node: n
state: s
kinds:
  computer:
    features: {define: {load: "1 + 1"}}
assets:
  - {name: here, kind: computer}
sources: []
)");
  EXPECT_GT(config.table.kinds[0].signals.size(), 3u);
  EXPECT_EQ(config.kinds[0].signal_count, config.table.kinds[0].signals.size());
}

TEST(AgentConfig, AnAssetMayBeOfABuiltInKindAlone) {
  const AgentConfig config =
      parse_good("node: n\nstate: s\nassets:\n  - {name: here, kind: computer}\nsources: []\n");
  ASSERT_EQ(config.kinds.size(), 1u);
  EXPECT_EQ(config.kinds[0].plan, nullptr);
  EXPECT_FALSE(builtin_kind("no such kind"));
}

/// A mistake and the line that tells of it.
struct Mistake {
  std::string name;
  std::string yaml;
  std::string expected;
};

std::string agent(const std::string& kind_body, const std::string& rest = "") {
  return "node: n\nstate: s\nkinds:\n  pump:\n" + kind_body +
         "assets:\n  - {name: p1, kind: pump}\nsources: []\n" + rest;
}
const std::string signals = "    signals:\n      temp: {unit: degC}\n";
const std::string features = "    features: {define: {hot: \"max(temp, 5s)\"}}\n";

struct AgentConfigMistake : testing::TestWithParam<Mistake> {};

TEST_P(AgentConfigMistake, IsLocatedAndSaysWhatWasExpected) {
  std::string errors;
  EXPECT_FALSE(parse_text(GetParam().yaml, errors));
  EXPECT_THAT(errors, HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    All, AgentConfigMistake,
    testing::Values(
        Mistake{"not_a_map", "[1, 2]", "agent.yaml:1:1: error: expected the agent's configuration"},
        Mistake{"node_missing", "state: s\nassets: []\nsources: []\n", "needs 'node'"},
        Mistake{"node_name", "node: a/b\nstate: s\nassets: []\nsources: []\n",
                "agent.yaml:1:7: error: 'a/b' cannot name a node"},
        Mistake{"state_empty", "node: n\nstate: ''\nassets: []\nsources: []\n",
                "agent.yaml:2:8: error: expected a path"},
        Mistake{"key", "node: n\nstate: s\nasets: []\nsources: []\n",
                "agent.yaml:3:1: error: the agent's configuration has no 'asets' (did you mean "
                "'assets'?)"},
        Mistake{"broker", "node: n\nstate: s\nhub: {broker: tcp:/x}\nassets: []\nsources: []\n",
                "agent.yaml:3:15: error: "},
        Mistake{"listen", "node: n\nstate: s\nlisten: nowhere\nassets: []\nsources: []\n",
                "agent.yaml:3:9: error: 'nowhere' is no address to listen on"},
        Mistake{"unit", agent("    signals:\n      temp: {unit: degCx}\n"),
                "agent.yaml:6:20: error: unknown unit 'degCx' (did you mean degC?)"},
        Mistake{"signal_name", agent("    signals:\n      a-b: {unit: degC}\n"),
                "agent.yaml:6:7: error: 'a-b' cannot name a signal"},
        Mistake{"range", agent("    signals:\n      temp: {unit: degC, range: [9, 1]}\n"),
                "agent.yaml:6:33: error: the range [9, 1] is empty"},
        Mistake{"waveform", agent("    signals:\n      temp: {unit: g, waveform: {rate: 2 kHz}}\n"),
                "agent.yaml:6:33: error: a waveform needs 'length'"},
        Mistake{"tier", agent("    signals:\n      temp: {unit: g, tier: bulky}\n"),
                "agent.yaml:6:29: error: expected one of critical, diagnostic, bulk"},
        Mistake{"no_signals", agent("    features: {define: {}}\n"),
                "the kind 'pump' needs 'signals'"},
        Mistake{"feature", agent(signals + "    features: {define: {hot: \"max(tmp, 5s)\"}}\n"),
                "agent.yaml:7:35: error: "},
        Mistake{"feature_name", agent(signals + "    features: {define: {temp: \"1\"}}\n"),
                "agent.yaml:7:25: error: 'temp' is a signal already"},
        Mistake{"every", agent(signals + "    features: {every: 0s, define: {h: \"1\"}}\n"),
                "agent.yaml:7:23: error: 'every' must be longer than 0"},
        Mistake{"input",
                agent(signals + features + "    models:\n      m: {file: f, inputs: [hott]}\n"),
                "agent.yaml:9:29: error: unknown feature 'hott' (did you mean 'hot'?)"},
        Mistake{"model_file", agent(signals + features + "    models:\n      m: {inputs: [hot]}\n"),
                "agent.yaml:9:10: error: a model needs 'file'"},
        Mistake{"on_failure",
                agent(signals + features + "    models:\n      m: {file: f, on_failure: panic}\n"),
                "expected one of hold, alarm, ignore, found 'panic'"},
        Mistake{"rule_name", agent(signals + features + "    rules:\n      r: {when: hott > 1}\n"),
                "agent.yaml:9:17: error: "},
        Mistake{"rule_near", agent(signals + features + "    rules:\n      r: {when: hott > 1}\n"),
                "did you mean"},
        Mistake{
            "rule_signal", agent(signals + features + "    rules:\n      r: {when: temp > 1}\n"),
            "agent.yaml:9:17: error: rule 'r' is evaluated at ticks and reads the signal 'temp' "
            "itself"},
        Mistake{"rule_sample",
                agent(signals + features + "    rules:\n      r: {when: hot > 1, on: sample}\n"),
                "rule 'r' is evaluated on samples but reads no signal"},
        Mistake{"rule_of_nothing",
                agent(signals + features + "    rules:\n      r: {when: 2 > 1}\n"),
                "agent.yaml:9:17: error: rule 'r' reads nothing: name a feature"},
        Mistake{"rule_without_features",
                agent(signals + "    rules:\n      r: {when: \"2 > 1\"}\n"),
                "agent.yaml:8:17: error: rule 'r' reads nothing: name a feature"},
        Mistake{"action",
                agent(signals + features + "    rules:\n      r: {when: hot > 1, do: [stop]}\n"),
                "unknown action 'stop': expected alert"},
        Mistake{"kind",
                "node: n\nstate: s\nkinds:\n  pump:\n" + signals +
                    "assets:\n  - {name: p1, kind: pumb}\nsources: []\n",
                "agent.yaml:8:22: error: unknown kind 'pumb' (did you mean 'pump'?)"},
        Mistake{"asset_twice",
                "node: n\nstate: s\nkinds:\n  pump:\n" + signals +
                    "assets:\n  - {name: a, kind: pump}\n  - {name: a, kind: pump}\nsources: []\n",
                "agent.yaml:9:12: error: there is an asset 'a' already"},
        Mistake{"send", agent(signals, "tiers: {bulk: {send: 22:00}}\n"),
                "expected 'now', 'every' with a duration such as 'every 5s', or a part of the day "
                "such as \"22:00-05:00\", found '22:00'"},
        Mistake{"send_every", agent(signals, "tiers: {bulk: {send: every night}}\n"),
                "expected 'every' with a duration such as 'every 5s', found 'every night'"},
        Mistake{"rate", agent(signals, "tiers: {bulk: {rate: 1MiB}}\n"),
                "expected a size a second such as 1MiB/s, found '1MiB'"},
        Mistake{"budget", agent(signals, "hub: {broker: \"mqtt://h\", budget: 0MiB/day}\n"),
                "expected a size a day such as 500MiB/day, found '0MiB/day'"},
        Mistake{"timezone", agent(signals, "timezone: Europe/Atlantis\n"),
                "expected a time zone such as Europe/Berlin or UTC, found 'Europe/Atlantis'"},
        Mistake{"when", agent(signals, "tiers: {bulk: {when: link.kind == wlan}}\n"),
                "expected ethernet, wifi, cellular, local or unknown, found 'wlan'"},
        Mistake{"when_full", agent(signals, "tiers: {bulk: {when_full: thin 1}}\n"),
                "expected 'oldest' or 'thin' with a number from 2 to 1000 such as 'thin 10', found "
                "'thin 1'"},
        Mistake{"when_full_critical", agent(signals, "tiers: {critical: {when_full: thin 10}}\n"),
                "critical records are not thinned"},
        Mistake{"reserve", agent(signals, "spool: {limit: 64MiB, reserve: 33MiB}\n"),
                "the reserve for critical records must be at most half of the spool's limit of "
                "67108864 bytes, found '33MiB'"},
        Mistake{"spool", agent(signals, "spool: {limit: 1kB}\n"), "at least 1MiB"}),
    [](const auto& instance) { return instance.param.name; });

TEST(AgentConfig, ReportsAllMistakesTogether) {
  std::string errors;
  EXPECT_FALSE(parse_text(agent("    signals:\n      a: {unit: degCx}\n      b: {unit: kPaa}\n",
                                "spool: {limit: 1kB}\nbogus: 1\n"),
                          errors));
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 4) << errors;
}

}  // namespace
}  // namespace wayside::node
