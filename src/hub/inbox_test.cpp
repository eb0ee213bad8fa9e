#include "hub/inbox.hpp"

#include <gtest/gtest.h>

namespace wayside::hub {
namespace {

constexpr const char* bulk = "wayside/v1/n1/up/bulk";
constexpr const char* critical = "wayside/v1/n1/up/critical";

TEST(Inbox, GivesCriticalFramesFirst) {
  Inbox inbox(10'000);
  EXPECT_TRUE(inbox.put_frame(bulk, "b1"));
  EXPECT_TRUE(inbox.put_frame(bulk, "b2"));
  EXPECT_TRUE(inbox.put_frame(critical, "c1"));
  EXPECT_TRUE(inbox.put_frame(critical, "c2"));
  std::string order;
  for (const auto& frame : inbox.take(10'000).frames) order += frame.payload + " ";
  EXPECT_EQ(order, "c1 c2 b1 b2 ");
  EXPECT_EQ(inbox.bytes(), 0u);
  EXPECT_TRUE(inbox.empty());
}

TEST(Inbox, RemembersWhatItRefusedUntilThereIsRoom) {
  Inbox inbox(1'000);
  const std::string large(300, 'x');
  EXPECT_TRUE(inbox.put_frame(bulk, large));
  EXPECT_TRUE(inbox.put_frame(bulk, large));
  EXPECT_FALSE(inbox.put_frame(bulk, large));
  EXPECT_FALSE(inbox.put_frame(critical, large));
  const auto first = inbox.take(1);
  EXPECT_EQ(first.frames.size(), 1u);
  EXPECT_EQ(first.refused, (std::set<std::string>{bulk, critical}));
  EXPECT_TRUE(inbox.take(1'000).refused.empty());
}

TEST(Inbox, WhatWasRefusedWaitsForRoom) {
  Inbox inbox(1'000);
  const std::string small(36, 'x');
  int taken = 0;
  while (inbox.put_frame(bulk, small)) ++taken;
  ASSERT_GT(taken, 6);
  EXPECT_TRUE(inbox.take(1).refused.empty());
  int rounds = 0;
  while (inbox.take(1).refused.empty() && rounds < taken) ++rounds;
  EXPECT_LE(inbox.bytes(), 500u);
  EXPECT_LT(rounds, taken);
}

}  // namespace
}  // namespace wayside::hub
