#include "infer/digest.hpp"

#include <fmt/core.h>
#include <openssl/evp.h>
#include <array>

#include "base/assert.hpp"

namespace wayside::infer {

std::string model_digest(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  const int ok = EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, EVP_sha256(), nullptr);
  WAYSIDE_ASSERT(ok == 1 && size == 32, "SHA-256 of a buffer does not fail");
  constexpr std::size_t digest_bytes = 8;
  std::string hex;
  for (std::size_t i = 0; i < digest_bytes; ++i) hex += fmt::format("{:02x}", hash[i]);
  return hex;
}

}  // namespace wayside::infer
