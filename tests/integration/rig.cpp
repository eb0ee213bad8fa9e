#include "rig.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "base/http/client.hpp"

namespace wayside::test {

bool at_length() {
  return std::getenv("WAYSIDE_LONG") != nullptr;
}

std::uint64_t failure_seed() {
  if (const char* seed = std::getenv("WAYSIDE_SEED")) return std::strtoull(seed, nullptr, 10);
  return std::random_device{}();
}

Rig::Rig() : Rig(Options{}) {}

Rig::Rig(Options options)
    : fleet(options.store, options.proxied),
      feed(node, options.samples_per_s),
      options_(std::move(options)),
      agent_port_(free_port()) {
  fleet.start_broker();
  if (options_.hub_at_start) fleet.start_hub();
  start_agent();
}

std::string Rig::state() const {
  return options_.state.empty() ? fleet.file(node) : options_.state;
}

void Rig::start_agent() {
  const int input = feed.begin();
  agent.emplace(fleet.start_agent(
      node,
      fmt::format("node: {}\nhub: {{broker: \"@BROKER@\"}}\nstate: {}\nlisten: 127.0.0.1:{}\n"
                  "tiers: {{{}}}\n",
                  node, state(), agent_port_, options_.tiers) +
          feed.yaml(),
      {}, input));
  feed.handed_over();
}

void Rig::kill_agent() {
  agent->kill();
  feed.end();
  held_.push_back(held_in_spool(state()));
}

void Rig::lose_agent() {
  agent->kill();
  feed.end();
  held_.emplace_back();
  std::filesystem::remove_all(state());
}

void Rig::restart_broker() {
  fleet.broker->kill();
  fleet.start_broker();
}

void Rig::restart_hub(bool wait) {
  fleet.hub->kill();
  fleet.spawn_hub();
  if (wait) {
    EXPECT_TRUE(eventually([&] { return fleet.get("/api/v1/status").is_object(); }))
        << fleet.log("hub");
  }
}

std::string Rig::agent_url() const {
  return fmt::format("http://127.0.0.1:{}", agent_port_);
}

std::map<std::string, Line> Rig::agent_ledger() const {
  const auto reply = http::get(agent_url() + "/api/v1/ledger", seconds(5));
  if (!reply || reply->status != 200) return {};
  return ledger_of(nlohmann::json::parse(reply->body, nullptr, false), node);
}

std::map<std::string, Line> Rig::hub_ledger() const {
  return ledger_of(fleet.get("/api/v1/ledger"), node);
}

void Rig::expect_balanced() const {
  static_cast<void>(agent_ledger());
  static_cast<void>(hub_ledger());
}

/// Node and hub say the same, and nothing is on its way.
bool Rig::settled() const {
  const auto here = agent_ledger();
  const auto there = hub_ledger();
  if (here.empty()) return false;
  for (const auto& [tier, line] : here) {
    if (line.queued > 0) return false;
    if (line.produced == 0) continue;  // the hub has never heard of it
    const auto other = there.find(tier);
    if (other == there.end()) return false;
    if (other->second.produced != line.produced || other->second.queued > 0) return false;
    // A record may be evicted while its acknowledgement is on the way: the hub has it all the same.
    if (line.dropped == 0 && !(other->second == line)) return false;
  }
  return true;
}

std::uint64_t Rig::samples_dropped(const std::string& tier) const {
  const double samples = fleet.number(
      fmt::format("select coalesce(sum(samples), 0)::double from gaps where node = '{}' and tier = "
                  "'{}'",
                  node, tier));
  return static_cast<std::uint64_t>(samples);
}

void Rig::expect_accounted(const Stored& stored) const {
  EXPECT_EQ(stored.repeated, 0);
  constexpr std::array<const char*, Feed::signal_count> tiers{"critical", "diagnostic", "bulk"};
  const Feed::Counts& offered = feed.runs().back().end;
  for (std::size_t s = 0; s < Feed::signal_count; ++s)
    EXPECT_EQ(stored.count(s) + samples_dropped(tiers[s]), offered[s]) << tiers[s];
}

void Rig::expect_whole(std::chrono::seconds limit, bool dropped) {
  feed.finish();
  // What the agent still reads is in its ledger once it is in the spool.
  EXPECT_TRUE(eventually(
      [&] { return agent->output().find("read to its end") != std::string::npos; }, limit))
      << agent->output();
  Stored stored;
  const bool whole = eventually(
      [&] {
        if (!settled()) return false;
        stored = stored_samples(fleet, node);
        const Feed::Run& last = feed.runs().back();
        for (std::size_t n = 0; n < Feed::signal_count; ++n)
          if (last.end[n] > last.first[n] && !stored.has(n, last.end[n] - 1)) return false;
        return true;
      },
      limit);
  EXPECT_TRUE(whole) << fleet.get("/api/v1/ledger").dump(1) << agent->output() << fleet.log("hub");
  if (dropped)
    expect_accounted(stored);
  else
    expect_accepted_stored_once(feed.runs(), held_, stored);
  EXPECT_EQ(
      fleet.number(fmt::format("select count(distinct epoch) from ledger where node = '{}'", node)),
      1);
  const Outcome ledger = fleet.ask({"ledger"});
  EXPECT_EQ(ledger.status, 0) << ledger.output;
  EXPECT_EQ(agent->terminate(), 0) << agent->output();
  EXPECT_EQ(fleet.hub->terminate(), 0) << fleet.log("hub");
}

}  // namespace wayside::test
