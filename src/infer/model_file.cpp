#include "infer/model_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace wayside::infer {

namespace fs = std::filesystem;

Result<std::string> read_model_file(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    return fail(Errc::not_found, "model {}: no such file", path);
  }
  if (error) return fail(Errc::io, "model {}: {}", path, error.message());
  if (!fs::is_regular_file(status)) return fail(Errc::invalid, "model {}: not a file", path);
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return fail(Errc::io, "model {}: {}", path, error.message());
  if (size == 0) return fail(Errc::invalid, "model {}: the file is empty", path);
  if (size > model_bytes_max) {
    return fail(Errc::invalid, "model {}: {} bytes, at most {} are read", path, size,
                model_bytes_max);
  }
  std::string bytes(size, '\0');
  std::ifstream in(path, std::ios::binary);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) {
    return fail(Errc::io, "model {}: cannot be read: {}", path, std::strerror(errno));
  }
  return bytes;
}

}  // namespace wayside::infer
