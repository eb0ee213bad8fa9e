// Who is killed or frozen, and when, is up to chance: nothing that was accepted is lost or doubled.
#include <gtest/gtest.h>
#include <csignal>
#include <thread>

#include "rig.hpp"

namespace wayside::test {
namespace {

using std::chrono::milliseconds;

void wait_a_while(Rng& rng, int at_most_ms) {
  std::this_thread::sleep_for(milliseconds(rng.below(static_cast<std::uint64_t>(at_most_ms))));
}

/// Kills one of the three, or two of them within a moment, and starts them again after a moment.
void kill_somebody(Rig& rig, Rng& rng) {
  const bool both = rng.below(4) == 0;
  const std::uint64_t victim = rng.below(3);
  const auto is_victim = [&](std::uint64_t who) {
    return victim == who || (both && (victim + 1) % 3 == who);
  };
  const bool agent = is_victim(0);
  const bool broker = is_victim(1);
  const bool hub = is_victim(2);
  if (agent) rig.kill_agent();
  if (broker) rig.fleet.broker->kill();
  if (hub) rig.fleet.hub->kill();
  wait_a_while(rng, 300);
  if (broker) rig.fleet.start_broker();
  // Not waited for: the next kill may come while it starts.
  if (hub) rig.fleet.spawn_hub();
  if (agent) rig.start_agent();
}

TEST(Chaos, NothingIsLostOrDoubledWhoeverIsKilled) {
  const std::uint64_t seed = failure_seed();
  SCOPED_TRACE("WAYSIDE_SEED=" + std::to_string(seed));
  Rng rng(seed);
  Rig rig;
  const int kills = at_length() ? 400 : 24;
  for (int k = 0; k < kills; ++k) {
    wait_a_while(rng, 900);
    kill_somebody(rig, rng);
    rig.expect_balanced();
    ASSERT_FALSE(HasFailure()) << "kill " << k;
  }
  rig.expect_whole();
}

enum class Who { agent, broker, hub };

class Frozen : public testing::TestWithParam<Who> {};

/// Connections stand, and nothing moves in them: long enough at length for the broker and the link
/// to give them up, which take 22 s to do so.
TEST_P(Frozen, GoesOnWhereItStopped) {
  Rig rig;
  ASSERT_TRUE(eventually([&] { return rig.fleet.number("select count(*) from samples") > 2'000; }));
  Process* frozen = GetParam() == Who::agent    ? &*rig.agent
                    : GetParam() == Who::broker ? rig.fleet.broker.get()
                                                : rig.fleet.hub.get();
  frozen->signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::seconds(at_length() ? 60 : 8));
  frozen->signal(SIGCONT);
  ASSERT_TRUE(eventually([&] { return !rig.hub_ledger().empty() && !rig.agent_ledger().empty(); }));
  rig.expect_whole();
}

INSTANTIATE_TEST_SUITE_P(Chaos, Frozen, testing::Values(Who::agent, Who::broker, Who::hub),
                         [](const auto& who) {
                           if (who.param == Who::agent) return "Agent";
                           return who.param == Who::broker ? "Broker" : "Hub";
                         });

/// Of the ways between agent, hub and broker.
void disturb(Rig& rig, Rng& rng) {
  TcpProxy& way = rng.below(2) == 0 ? *rig.fleet.agent_way : *rig.fleet.hub_way;
  TcpProxy::Way is;
  switch (rng.below(5)) {
    case 0:
      is.delay = milliseconds(20 + rng.below(300));
      break;
    case 1:
      is.bytes_per_s = 20'000 + rng.below(80'000);
      break;
    case 2:  // half-open: neither end hears of it, and it ends with a reset
      is.passes = false;
      way.set(is);
      wait_a_while(rng, 1'500);
      way.cut();
      is.passes = true;
      break;
    case 3:
      way.cut();
      break;
    default:
      is.accepts = false;
      way.set(is);
      way.cut();
      wait_a_while(rng, 1'500);
      is.accepts = true;
  }
  way.set(is);
}

TEST(Chaos, NothingIsLostOrDoubledWhateverTheWayIsLike) {
  const std::uint64_t seed = failure_seed();
  SCOPED_TRACE("WAYSIDE_SEED=" + std::to_string(seed));
  Rng rng(seed);
  Rig::Options options;
  options.proxied = true;
  Rig rig(options);
  const int disturbances = at_length() ? 200 : 16;
  for (int d = 0; d < disturbances; ++d) {
    disturb(rig, rng);
    wait_a_while(rng, 1'000);
    rig.expect_balanced();
    ASSERT_FALSE(HasFailure()) << "disturbance " << d;
  }
  rig.fleet.agent_way->set({});
  rig.fleet.hub_way->set({});
  rig.expect_whole();
}

/// A connection of which neither end hears anything more, and that nobody resets.
TEST(Chaos, AHalfOpenConnectionIsGivenUpAndMadeAnew) {
  if (!at_length()) GTEST_SKIP() << "takes 40 s: ./dev test --long";
  Rig::Options options;
  options.proxied = true;
  Rig rig(options);
  ASSERT_TRUE(eventually([&] { return rig.fleet.number("select count(*) from samples") > 2'000; }));
  TcpProxy::Way dead;
  dead.passes = false;
  rig.fleet.agent_way->set(dead);
  ASSERT_TRUE(
      eventually([&] { return rig.agent->output().find("lost the broker") != std::string::npos; },
                 std::chrono::seconds(40)))
      << rig.agent->output();
  rig.fleet.agent_way->set({});
  rig.expect_whole();
}

}  // namespace
}  // namespace wayside::test
