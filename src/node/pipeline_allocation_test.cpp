// Replaces operator new for the whole test program, to count what the pipeline's thread allocates.
#include <gtest/gtest.h>
#include <cstdlib>
#include <new>

#include "node/node_fixture.hpp"
#include "node/pipeline.hpp"
#include "node/record_writer.hpp"

namespace {

thread_local bool counting = false;
thread_local std::size_t allocations = 0;

}  // namespace

// Not inlined, so that the compiler does not mistake malloc and delete for a pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (counting) ++allocations;
  void* p = std::malloc(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

namespace wayside::node {
namespace {

const SignalId temp{0};
const SignalId flow{1};

TEST(PipelineAllocation, TheSteadyStateAllocatesNothing) {
  const AgentConfig config =
      parse_good(pump_yaml("      worn: {when: wear.score > 0.9, for: 2s}\n"
                           "      dry: {when: flow < 1, on: sample}\n"));
  Metrics metrics;
  RecordRing ring(1u << 20);
  RecordWriter writer(config, ring, metrics);
  const ManualClock clock(at_second(0));
  Pipeline pipeline(config, writer, clock, metrics);
  FakeLoader loader;
  std::int64_t runs = 0;
  loader.files["wear.onnx"] = pump_model([&](auto, auto outputs, auto) -> Status {
    outputs[0] = ++runs % 20 < 10 ? 0.95 : 0.1;
    return {};
  });
  ModelInfos infos;
  auto model = load_model(config.kinds[0].models[0], config.kinds[0], pipeline.assets_of_kind(0),
                          loader, infos);
  ASSERT_TRUE(model);
  pipeline.slot(0, 0).offer(std::move(*model));

  const auto second = [&](std::int64_t s) {
    for (std::uint32_t asset = 0; asset < 2; ++asset) {
      for (int i = 0; i < 5; ++i)
        pipeline.push({AssetId{asset}, temp, at_second(s) + milliseconds(i * 100), 50.0 + i});
      pipeline.push({AssetId{asset}, flow, at_second(s), s % 7 == 0 ? 0.5 : 3.0});
    }
    while (!ring.front().empty()) ring.pop();
  };
  for (std::int64_t s = 0; s < 120; ++s) second(s);
  const double raised =
      metrics.counter("wayside_alerts_total", "", {{"transition", "raised"}}).value();
  counting = true;
  for (std::int64_t s = 120; s < 600; ++s) second(s);
  counting = false;
  EXPECT_EQ(allocations, 0u);
  EXPECT_GT(metrics.counter("wayside_alerts_total", "", {{"transition", "raised"}}).value(),
            raised);
  EXPECT_GT(runs, 900);
}

}  // namespace
}  // namespace wayside::node
