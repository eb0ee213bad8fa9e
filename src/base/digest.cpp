#include "base/digest.hpp"

#include <openssl/evp.h>
#include <array>
#include <fstream>
#include <vector>

#include "base/assert.hpp"

namespace wayside {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  const bool begun =
      state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1;
  WAYSIDE_ASSERT(begun, "SHA-256 is always there");
}
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  const int ok = EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
  WAYSIDE_ASSERT(ok == 1, "SHA-256 of a buffer does not fail");
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  const int ok = EVP_DigestFinal_ex(state_->context, hash.data(), &size);
  WAYSIDE_ASSERT(ok == 1 && size == 32, "SHA-256 of a buffer does not fail");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", hash[i]);
  return text;
}

Result<std::string> file_sha256(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::not_found, "cannot read {}", path);
  Sha256 digest;
  std::vector<char> piece(1u << 20);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    digest.add({piece.data(), static_cast<std::size_t>(in.gcount())});
  if (in.bad()) return fail(Errc::io, "reading {} failed", path);
  return digest.hex();
}

}  // namespace wayside
