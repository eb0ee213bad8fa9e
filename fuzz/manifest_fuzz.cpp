// A model file's manifest: any text is answered, and what is read is written back the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "infer/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wayside::infer;
  const auto manifest = parse_manifest({reinterpret_cast<const char*>(data), size});
  if (manifest) {
    WAYSIDE_ASSERT(parse_manifest(to_json(*manifest)).value() == *manifest,
                   "a manifest round-trips");
  }
  return 0;
}
