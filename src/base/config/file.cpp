#include "base/config/file.hpp"

#include <fmt/format.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace wayside::config {
namespace {

constexpr std::uintmax_t file_bytes_max = 4u << 20;

}  // namespace

Node load_yaml(const std::string& path, const Environment& environment, Diagnostics& diagnostics) {
  const Location whole{path, 0, 0};
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    diagnostics.error(whole, "expected a file, found a folder");
    return {};
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    diagnostics.error(whole, fmt::format("cannot be read: {}", std::strerror(errno)));
    return {};
  }
  if (const auto bytes = std::filesystem::file_size(path, error);
      !error && bytes > file_bytes_max) {
    diagnostics.error(whole, "is too large to be a configuration");
    return {};
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return parse_yaml(text, path, environment, diagnostics);
}

}  // namespace wayside::config
