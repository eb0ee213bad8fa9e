#include "base/config/file.hpp"

#include <fmt/format.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace wayside::config {
namespace {

/// Up to `bytes_max` of what is there; what is no regular file may have no end.
std::string read_up_to(std::istream& in, std::size_t bytes_max) {
  std::string text(bytes_max, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

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
  // One byte more than may be, for parse_yaml to refuse.
  return parse_yaml(read_up_to(in, yaml_bytes_max + 1), path, environment, diagnostics);
}

}  // namespace wayside::config
