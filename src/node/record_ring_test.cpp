#include "node/record_ring.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <cstring>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace wayside::node {
namespace {

bool put(RecordRing& ring, const std::string& text, std::size_t keep_free = 0) {
  std::byte* room = ring.reserve(text.size(), keep_free);
  if (room == nullptr) return false;
  std::memcpy(room, text.data(), text.size());
  ring.commit();
  return true;
}

std::string text_of(std::span<const std::byte> message) {
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

TEST(RecordRing, KeepsRoomForTheUrgent) {
  RecordRing ring(256);
  while (put(ring, std::string(16, 'a'), 64)) {
  }
  EXPECT_GE(ring.capacity() - ring.used(), 64u);
  EXPECT_TRUE(put(ring, std::string(16, 'b')));
}

RC_GTEST_PROP(RecordRing, IsAQueue, ()) {
  RecordRing ring(256);
  std::deque<std::string> model;
  const auto lengths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-1, 65));
  char letter = 'a';
  for (const int length : lengths) {
    if (length >= 0) {
      const std::string text(static_cast<std::size_t>(length), letter++);
      if (put(ring, text)) model.push_back(text);
    } else if (!model.empty()) {
      // A message of no bytes is a message; `front` of an empty ring is not.
      RC_ASSERT(ring.used() > 0u);
      RC_ASSERT(text_of(ring.front()) == model.front());
      ring.pop();
      model.pop_front();
    }
    RC_ASSERT((ring.used() == 0) == model.empty());
  }
}

TEST(RecordRing, OneThreadWritesWhileAnotherReads) {
  RecordRing ring(4096);
  constexpr std::uint64_t count = 200'000;
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t bytes = 8 + (i * 7) % 200;
      std::byte* room = nullptr;
      while ((room = ring.reserve(bytes)) == nullptr) std::this_thread::yield();
      std::memset(room, static_cast<int>(i & 0xff), bytes);
      std::memcpy(room, &i, sizeof i);
      ring.commit();
    }
  });
  for (std::uint64_t i = 0; i < count; ++i) {
    std::span<const std::byte> message;
    while ((message = ring.front()).empty()) std::this_thread::yield();
    std::uint64_t value = 0;
    std::memcpy(&value, message.data(), sizeof value);
    ASSERT_EQ(value, i);
    ASSERT_EQ(message.size(), 8 + (i * 7) % 200);
    if (message.size() > 8) {
      ASSERT_EQ(message.back(), static_cast<std::byte>(i & 0xff));
    }
    ring.pop();
  }
  producer.join();
}

}  // namespace
}  // namespace wayside::node
