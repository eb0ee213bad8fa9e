#include "sim/drill/script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/drill/plan.hpp"
#include "sim/drill/script_fixture.hpp"
#include "sim/drill/values.hpp"

namespace wayside::drill {
namespace {

using ::testing::HasSubstr;

const std::string head = "drill: a test\nfor: 8h\n";

Script script(const std::string& rest) {
  return read(head + rest)->script;
}

std::string mistakes_in(const std::string& rest) {
  return mistakes(head + rest);
}

TEST(Script, HasDefaultsForAllButItsTitleAndLength) {
  const Script s = script("");
  EXPECT_EQ(s.title, "a test");
  EXPECT_EQ(s.length, hours(8));
  EXPECT_EQ(s.nodes, 1u);
  EXPECT_TRUE(s.timeline.empty());
  EXPECT_FALSE(s.expect.drain);
  EXPECT_THAT(mistakes("nodes: 2"), HasSubstr("needs 'drill'"));
  EXPECT_THAT(mistakes("nodes: 2"), HasSubstr("needs 'for'"));
}

TEST(Script, ReadsConditionsOfALink) {
  const Script s = script(
      "timeline:\n"
      "  - {at: 1h, for: 10s..2min, every: 5min, until: 7h, link: {latency: 80ms, jitter: 20ms,"
      " loss: 2%, duplicate: 0.01, reorder: 5%, bandwidth: 64 kbit/s, down: up}}\n"
      "  - {at: 2h, for: 1h, hub_link: down}\n");
  const TimelineEntry& entry = s.timeline.at(0);
  EXPECT_EQ(entry.at.low, hours(1));
  EXPECT_EQ(entry.lasts->low, seconds(10));
  EXPECT_EQ(entry.lasts->high, minutes(2));
  EXPECT_EQ(*entry.until, hours(7));
  const auto& link = std::get<LinkAction>(entry.action);
  EXPECT_FALSE(link.hub);
  EXPECT_EQ(link.conditions.down, LinkConditions::Down::up);
  EXPECT_EQ(link.conditions.latency, milliseconds(80));
  EXPECT_DOUBLE_EQ(link.conditions.loss, 0.02);
  EXPECT_DOUBLE_EQ(link.conditions.bytes_per_s, 8000);
  EXPECT_TRUE(std::get<LinkAction>(s.timeline.at(1).action).hub);
}

TEST(Script, ReadsEveryOtherFault) {
  const Script s = script(R"(
nodes: 3
timeline:
  - {at: 1h, broker: restart}
  - {at: 1h, hub: store_full, for: 1h}
  - {at: 1h, node: any, agent: power_cut, times: 20}
  - {at: 1h, node: 3, disk: {slow: 50ms}}
  - {at: 1h, disk: {corrupt: 16}}
  - {at: 1h, clock: {step: -90s, drift: 40ppm}}
  - {at: 1h, clock: {set: 1970-01-01T00:00:00Z}}
  - {at: 1h, sensor: {signal: [pressure, flow], noise: 0.1, dropout: 5%, quantum: 0.5}}
  - {at: 1h, machine: {fault: coolant_leak, over: 20min, severity: 0.5}}
)");
  EXPECT_EQ(std::get<BrokerAction>(s.timeline[0].action), BrokerAction::restart);
  EXPECT_EQ(std::get<HubAction>(s.timeline[1].action), HubAction::store_full);
  EXPECT_EQ(s.timeline[2].targets.pick, Targets::Pick::any);
  EXPECT_EQ(s.timeline[3].targets.index, 2u);
  EXPECT_EQ(std::get<DiskAction>(s.timeline[3].action).delay, milliseconds(50));
  EXPECT_EQ(std::get<DiskAction>(s.timeline[4].action).bytes, 16u);
  EXPECT_EQ(std::get<ClockAction>(s.timeline[5].action).step, seconds(-90));
  EXPECT_DOUBLE_EQ(std::get<ClockAction>(s.timeline[5].action).drift_ppm, 40);
  EXPECT_EQ(std::get<ClockAction>(s.timeline[6].action).set, Time{0});
  EXPECT_EQ(std::get<SensorAction>(s.timeline[7].action).signals.size(), 2u);
  EXPECT_EQ(std::get<MachineAction>(s.timeline[8].action).over, minutes(20));
}

TEST(Script, ReadsWhatIsExpected) {
  const Expectations e = script(R"(
expect:
  loss: {critical: none, bulk: 5%}
  recovery_point: {diagnostic: 200ms}
  drain: 20min
  critical_latency: {worst: 10s, p99: 2s}
  wire_per_day: 10MiB
  disk: 64MiB
  alerts: {missed: 0, false: 1, delay: 30s}
)")
                             .expect;
  EXPECT_EQ(e.loss[0]->share, 0);
  EXPECT_FALSE(e.loss[1]);
  EXPECT_DOUBLE_EQ(e.loss[2]->share, 0.05);
  EXPECT_EQ(e.recovery_point[1], milliseconds(200));
  EXPECT_EQ(e.drain, minutes(20));
  EXPECT_EQ(e.critical_worst, seconds(10));
  EXPECT_EQ(e.wire_bytes_per_day, 10u << 20);
  EXPECT_EQ(e.alerts_false, 1u);
  const Expectations all = script("expect: {loss: none}\n").expect;
  for (const auto& limit : all.loss) EXPECT_EQ(limit->share, 0);
}

TEST(Script, SaysAllMistakesWithTheirPlaces) {
  const std::string said = mistakes(
      "drill: wrong\n"
      "for: -1h\n"
      "nodes: 100\n"
      "signal: {every: 1s}\n"
      "timeline:\n"
      "  - {at: 2min..1min, link: down}\n"
      "  - {at: 1h, link: dwon}\n"
      "  - {at: 1h, link: {latncy: 1s}}\n"
      "  - {at: 1h, sensor: {signal: presure, noise: 1}}\n"
      "  - {at: 1h, machine: {fault: coolant_leek}}\n"
      "  - {at: 1h, hub: kill, agent: kill}\n"
      "  - {at: 1h}\n"
      "  - {at: 1h, for: 1h, disk: corrupt}\n"
      "expect: {drain: soon, loss: 200%}\n");
  for (const char* expected :
       {"drill.yaml:2:6", "drill.yaml:3:8", "has no 'signal' (did you mean 'signals'?)",
        "drill.yaml:6:10", "found 'dwon' (did you mean 'down'?)", "(did you mean 'latency'?)",
        "no signal 'presure'", "did you mean coolant_leak",
        "drill.yaml:11:5: error: a fault of the "
        "timeline does one thing",
        "drill.yaml:12:5", "what is corrupt stays so", "found 'soon'", "found '200%'"})
    EXPECT_THAT(said, HasSubstr(expected == std::string_view("no signal 'presure'")
                                    ? "a signal 'presure' (did you mean 'pressure'?)"
                                    : expected));
}

TEST(Script, RefusesValuesOfTheWrongForm) {
  EXPECT_THAT(mistakes_in("timeline: [{at: 1h, link: {bandwidth: fast}}]"), HasSubstr("bandwidth"));
  EXPECT_THAT(mistakes_in("timeline: [{at: 1h, link: {}}]"), HasSubstr("are empty"));
  EXPECT_THAT(mistakes_in("timeline: [{at: 1h, clock: {drift: fast}}]"), HasSubstr("40ppm"));
  EXPECT_THAT(mistakes_in("timeline: [{at: 1h, every: 1ms, agent: kill}]"),
              HasSubstr("at least 1s"));
  EXPECT_THAT(mistakes_in("timeline: [{at: 1h, until: 2h, agent: kill}]"),
              HasSubstr("needs 'every'"));
  EXPECT_THAT(mistakes_in("timeline: [{at: 1h, node: 2, agent: kill}]"), HasSubstr("from 1 to 1"));
  EXPECT_THAT(mistakes_in("signals: {set: {presure: {shape: sine}}}"), HasSubstr("pressure"));
  EXPECT_THAT(mistakes_in("signals: {plant: locomotiv}"), HasSubstr("locomotive"));
  EXPECT_THAT(mistakes_in("timeline: 5"), HasSubstr("as a list"));
}

TEST(Script, AFileOfSamplesIsReadAsTheAgentsCsvSourceDoes) {
  EXPECT_THAT(mistakes_in("signals: {csv: {path: not-there.csv, time: t, asset: pump, "
                          "columns: {p: pressure}}}"),
              HasSubstr("no file"));
  EXPECT_THAT(mistakes_in("signals: {csv: {path: x.csv, time: t, asset: pmp, columns: {p: flow}}}"),
              HasSubstr("pump"));
}

TEST(LinkConditions, CombineInAnyOrder) {
  using Down = LinkConditions::Down;
  LinkConditions a{Down::up, milliseconds(10), {}, 0.5, 0, 0, 1000};
  LinkConditions b{Down::down, milliseconds(20), milliseconds(5), 0.5, 0, 0, 0};
  const LinkConditions both = combine(a, b);
  EXPECT_EQ(both, combine(b, a));
  EXPECT_EQ(both.down, Down::both);
  EXPECT_EQ(both.latency, milliseconds(30));
  EXPECT_DOUBLE_EQ(both.loss, 0.75);
  EXPECT_DOUBLE_EQ(both.bytes_per_s, 1000);
  EXPECT_EQ(combine(a, {}), a);
}

TEST(Plan, IsDrawnFromTheSeedAlone) {
  const auto drill = read(head + R"(
nodes: 4
timeline:
  - {at: 10min..7h, times: 20, node: any, agent: kill, for: 5s..50s}
  - {at: 1h, every: 10min..30min, until: 6h, for: 1min, link: down}
)");
  const auto a = plan_faults(drill->script, 7);
  const auto b = plan_faults(drill->script, 7);
  const auto c = plan_faults(drill->script, 8);
  ASSERT_EQ(a.size(), b.size());
  bool differs = a.size() != c.size();
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].from, b[i].from);
    EXPECT_EQ(a[i].nodes, b[i].nodes);
    if (!differs && a[i].from != c[i].from) differs = true;
  }
  EXPECT_TRUE(differs) << "another seed is another run";
  const auto kills = std::ranges::count(a, 0u, &PlannedFault::entry);
  EXPECT_EQ(kills, 20);
}

RC_GTEST_PROP(Plan, KeepsToWhatTheScriptAllows, ()) {
  static const auto drill = read(head + R"(
nodes: 3
timeline:
  - {at: 10min..7h, times: 5, node: any, agent: kill, for: 5s..50s}
  - {at: 1h, every: 10min..30min, until: 6h, for: 1min, link: down}
  - {at: 2h, clock: {step: 1h}}
)");
  const auto plan = plan_faults(drill->script, *rc::gen::arbitrary<std::uint64_t>());
  Duration before;
  for (const PlannedFault& fault : plan) {
    RC_ASSERT(fault.from >= before);
    before = fault.from;
    if (fault.entry == 0) {
      RC_ASSERT(fault.from >= minutes(10) && fault.from <= hours(7));
      RC_ASSERT(*fault.to - fault.from >= seconds(5) && *fault.to - fault.from <= seconds(50));
      RC_ASSERT(fault.nodes.size() == 1u && fault.nodes[0] < 3u);
    }
    if (fault.entry == 1) {
      RC_ASSERT(fault.from >= hours(1) && fault.from < hours(6));
      RC_ASSERT(fault.nodes.size() == 3u);
    }
    if (fault.entry == 2) RC_ASSERT(!fault.to);
  }
}

TEST(Plan, OneMoreEntryDoesNotMoveTheOthers) {
  const std::string first = "  - {at: 10min..7h, times: 5, agent: kill}\n";
  const auto alone = plan_faults(read(head + "timeline:\n" + first)->script, 3);
  const auto both = plan_faults(
      read(head + "timeline:\n" + first + "  - {at: 0s..8h, link: down, for: 1s}\n")->script, 3);
  std::vector<Duration> a, b;
  for (const PlannedFault& fault : alone) a.push_back(fault.from);
  for (const PlannedFault& fault : both)
    if (fault.entry == 0) b.push_back(fault.from);
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace wayside::drill
