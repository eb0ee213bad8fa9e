#include "telemetry/codec/entropy.hpp"

#include <zstd.h>
#include <memory>

#include "base/assert.hpp"

namespace wayside::telemetry::codec {
namespace {

// On byte planes of sensor data the levels up to 9 come out within 2 % of each other.
constexpr int level = 1;

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

bool compress(std::string_view plain, std::size_t size_max, std::string& out) {
  // Making a context costs more than compressing a small plane.
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  WAYSIDE_ASSERT(context != nullptr, "no memory for a zstd context");
  const std::size_t at = out.size();
  out.resize(at + size_max);
  const std::size_t size = ZSTD_compressCCtx(context.get(), out.data() + at, size_max, plain.data(),
                                             plain.size(), level);
  // The one error there is: it does not fit.
  const bool fits = ZSTD_isError(size) == 0 && size < size_max;
  out.resize(fits ? at + size : at);
  return fits;
}

bool decompress(std::string_view packed, std::span<char> out) {
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  WAYSIDE_ASSERT(context != nullptr, "no memory for a zstd context");
  return ZSTD_decompressDCtx(context.get(), out.data(), out.size(), packed.data(), packed.size()) ==
         out.size();
}

}  // namespace wayside::telemetry::codec
