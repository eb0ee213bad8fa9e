#include "infer/digest.hpp"

#include "base/digest.hpp"

namespace wayside::infer {

std::string model_digest(std::string_view bytes) {
  constexpr std::size_t digits = 16;
  Sha256 hash;
  hash.add(bytes);
  return hash.hex().substr(0, digits);
}

}  // namespace wayside::infer
