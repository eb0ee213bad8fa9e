#include "support/data.hpp"

#include <cstdlib>
#include <filesystem>

namespace wayside::test {

std::string data_file(const std::string& name) {
  const char* configured = std::getenv("WAYSIDE_DATA");
  const std::string root =
      configured != nullptr ? configured : std::string(WAYSIDE_SOURCE_DIR) + "/../shared/data";
  const std::string path = root + "/" + name;
  return std::filesystem::exists(path) ? path : "";
}

}  // namespace wayside::test
