#include <dlfcn.h>
#include <execinfo.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>

#include "infer/onnx/onnx_loader.hpp"
#include "infer/onnx/tiny_model.hpp"

namespace {

/// Counts what the test's thread allocates while it is set, here and in ONNX Runtime.
thread_local bool counting = false;
thread_local int ours = 0;
thread_local int runtimes = 0;

/// Whether a frame of ONNX Runtime stands between the allocation and the test.
bool inside_runtime() {
  constexpr int frames_max = 64;
  std::array<void*, frames_max> frames{};
  const int n = backtrace(frames.data(), frames_max);
  for (int i = 0; i < n; ++i) {
    Dl_info info{};
    if (dladdr(frames[static_cast<std::size_t>(i)], &info) != 0 && info.dli_fname != nullptr &&
        std::strstr(info.dli_fname, "libonnxruntime") != nullptr) {
      return true;
    }
  }
  return false;
}

}  // namespace

// All forms that reach one delete are replaced, so that who allocates and who frees match; not
// inlined, so that the compiler does not take malloc and delete for a pair.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (counting) {
    counting = false;
    ++(inside_runtime() ? runtimes : ours);
    counting = true;
  }
  return std::malloc(size);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* p = operator new(size, std::nothrow);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
[[gnu::noinline]] void* operator new[](std::size_t size) {
  return operator new(size);
}
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size, std::nothrow);
}
[[gnu::noinline]] void operator delete[](void* p) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete[](void* p, std::size_t) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

namespace wayside::infer {
namespace {

TEST(OnnxAllocation, ARunAllocatesNothingOfOurs) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("onnx_allocation_test." + std::to_string(getpid()) + ".onnx");
  const testing::TinyModel model{.nodes = {{"ReduceMean", {"x"}, "y", "keepdims", 0}},
                                 .outputs = {"y"}};
  std::ofstream(path, std::ios::binary) << model.bytes();
  auto runner = make_onnx_loader()->load(path, {"a", "b", "c"}, std::nullopt);
  std::filesystem::remove(path);
  ASSERT_TRUE(runner) << runner.error().message;

  const std::array<double, 3> x = {1, 2, 6};
  std::array<double, 1> score{};
  const auto run = [&] { return (*runner)->run(x, score, {}).has_value(); };
  bool ok = run() && inside_runtime() == false;  // both warm: unwinding allocates once

  counting = true;
  for (int i = 0; i < 100; ++i) ok = run() && ok;
  counting = false;
  EXPECT_TRUE(ok);
  EXPECT_EQ(score[0], 3);
  EXPECT_EQ(ours, 0);
  RecordProperty("allocations_in_onnxruntime_per_run", runtimes / 100);

  // The counter does count: a refused run builds its message.
  counting = true;
  const bool refused = !(*runner)->run(x, {}, {}).has_value();
  counting = false;
  EXPECT_TRUE(refused);
  EXPECT_GT(ours, 0);
}

}  // namespace
}  // namespace wayside::infer
