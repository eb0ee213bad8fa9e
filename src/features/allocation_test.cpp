// Counts what is taken from the heap, by replacing the global operators of this test program.
#include <gtest/gtest.h>
#include <malloc.h>
#include <atomic>
#include <cstdlib>
#include <new>

#include "base/rng.hpp"
#include "features/expression.hpp"
#include "features/testing.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> allocated_bytes{0};
}  // namespace

// Not inlined, or the compiler sees malloc's memory freed by delete and warns. All forms that are
// used, so that a sanitizer's own do not mix with them.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  allocated_bytes += size;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  allocated_bytes += size;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void* operator new[](std::size_t size) {
  return operator new(size);
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  allocated_bytes += size;
  const auto step = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(step, (size + step - 1) / step * step)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace wayside::features {
namespace {

using namespace testing;
using telemetry::Quality;

std::shared_ptr<const Plan> busy_plan(const PlanOptions& options) {
  return plan_of({"mean(a, 1min)", "std(a, 1min)", "slope(a, 10min)", "kurtosis(b, 1500ms)",
                  "lag(b, 7s)", "rms(a, 10s) / peak(a, 10s)", "max(f0, f1) - f2", "sum(b, 1h)"},
                 options);
}

/// With what takes room for the worst case.
std::shared_ptr<const Plan> roomy_plan(const PlanOptions& options) {
  telemetry::Kind kind = three_signals();
  kind.signals[c.index()].waveform = telemetry::Waveform{100, 16};
  return plan_of({"median(a, 1min)", "quantile(b, 0.9, 10min)", "ewma(a, 1min)", "corr(a, b, 1min)",
                  "band(c, 0Hz, 50Hz, 20s) / envelope_rms(c, 10Hz, 20Hz, 20s)"},
                 options, kind);
}

/// What the heap gave and did not take back, pages that are mapped alone too.
std::size_t heap_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(Allocation, TheCounterCounts) {
  const std::size_t before = allocations;
  const std::string beyond_the_small_buffer(100, 'x');
  EXPECT_EQ(allocations, before + 1) << beyond_the_small_buffer;
}

TEST(Allocation, AnAssetStaysWithinWhatThePlanSays) {
  for (const PlanOptions& options :
       {PlanOptions{}, PlanOptions{.every = milliseconds(100), .lateness = seconds(30)}}) {
    const auto plan = busy_plan(options);
    const std::size_t before = allocated_bytes;
    const AssetEngine engine(plan);
    EXPECT_LE(allocated_bytes - before, plan->asset_bytes());
    EXPECT_GE(2 * (allocated_bytes - before), plan->asset_bytes());
  }
}

TEST(Allocation, RoomForTheWorstCaseIsWhatThePlanSays) {
  const auto plan = roomy_plan({});
  const std::size_t before = heap_bytes();
  if (before == 0) GTEST_SKIP() << "a sanitizer's heap says nothing";
  const AssetEngine engine(plan);
  const std::size_t found = heap_bytes() - before;
  constexpr std::size_t rounding = 256 << 10;  // blocks to 16 bytes, mapped ones to pages
  EXPECT_LE(found, plan->asset_bytes() + rounding);
  EXPECT_GE(found + found / 10 + rounding, plan->asset_bytes());
}

class AllocationOf : public ::testing::TestWithParam<decltype(&busy_plan)> {};
INSTANTIATE_TEST_SUITE_P(Plans, AllocationOf, ::testing::Values(&busy_plan, &roomy_plan));

TEST_P(AllocationOf, NothingIsAllocatedAfterConstruction) {
  const auto plan =
      GetParam()({.every = seconds(1), .lateness = seconds(2), .reorder_samples_max = 64});
  AssetEngine engine(plan);
  std::vector<double> values(plan->names().size());
  Rng rng(7);
  const std::size_t before = allocations;
  std::size_t ticks = 0;
  std::int64_t now = 0;
  for (int i = 0; i < 100'000; ++i) {
    now += static_cast<std::int64_t>(rng.below(100'000'000));
    if (i % 5'000 == 0) now += minutes(90).ns;
    // In bursts more than the buffer holds, out of order, and at times too late.
    const auto behind = static_cast<std::int64_t>(rng.below(3'000'000'000));
    const double value = rng.normal();
    engine.push(rng.below(2) == 0 ? a : b, {now - behind}, value, Quality::good);
    while (engine.next_tick(values)) ++ticks;
    if (i % 20 == 0) engine.push(b, {now - behind}, value, Quality::good);
    // A run of the waveform, if one is used.
    for (int k = 0; k < 20 && i % 50 == 0; ++k) {
      while (engine.next_tick(values)) ++ticks;
      engine.push(c, {now + k * 10'000'000}, value, Quality::good);
    }
    while (engine.next_tick(values)) ++ticks;
  }
  EXPECT_EQ(allocations, before);
  EXPECT_GT(ticks, 100'000u);
  EXPECT_GT(engine.counters().late, 0u);
}

TEST(Allocation, RulesDoNotAllocate) {
  config::Diagnostics diagnostics;
  const auto expression = ScalarExpression::compile(
      "if(x > 1 and not x > 5, clamp(x, 0, 2), min(x, 3, 4))", {},
      [](std::string_view) { return std::optional<std::size_t>(0); }, {}, diagnostics);
  const double x = 3;
  const std::size_t before = allocations;
  EXPECT_EQ(expression->evaluate({&x, 1}), 2);
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace wayside::features
