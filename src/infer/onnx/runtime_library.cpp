#include "infer/onnx/runtime_library.hpp"

#include <dlfcn.h>
#include <cstdlib>
#include <filesystem>
#include <mutex>

namespace wayside::infer {
namespace {

constexpr const char* library_name = "libonnxruntime.so";

/// The table of functions is a prefix of every later version's, so the oldest version that has all
/// functions used here is asked for: an older library of the user's own will do.
constexpr std::uint32_t api_version = 17;

Result<const OrtApi*> api_of(void* library, const std::string& path) {
  using GetBase = const OrtApiBase* (*)();
  const auto get_base = reinterpret_cast<GetBase>(dlsym(library, "OrtGetApiBase"));
  if (get_base == nullptr) {
    return fail(Errc::unavailable, "{} is not ONNX Runtime: it has no OrtGetApiBase", path);
  }
  const OrtApiBase* base = get_base();
  const OrtApi* api = base->GetApi(api_version);
  if (api == nullptr) {
    return fail(Errc::unavailable, "ONNX Runtime {} at {} is too old: 1.{} or newer is needed",
                base->GetVersionString(), path, api_version);
  }
  return api;
}

}  // namespace

Result<const OrtApi*> open_runtime(const std::vector<std::string>& candidates) {
  static std::mutex mutex;
  static const OrtApi* opened = nullptr;
  const std::lock_guard lock(mutex);
  std::string tried;
  for (const std::string& path : candidates) {
    // Never closed: ONNX Runtime leaves thread-local and static state that outlives its sessions.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps the text per thread.
      const char* why = dlerror();
      tried += fmt::format("\n  {}", why == nullptr ? path : why);
      continue;
    }
    if (opened == nullptr) {
      Result<const OrtApi*> api = api_of(library, path);
      if (!api) return api;
      opened = *api;
      Ort::InitApi(opened);
    }
    return opened;
  }
  return fail(Errc::unavailable,
              "ONNX Runtime is needed to run models and was not found; set ONNXRUNTIME_ROOT to the "
              "folder that has lib/{}. Tried:{}",
              library_name, tried);
}

std::vector<std::string> default_candidates() {
  std::vector<std::string> paths;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here writes the environment.
  if (const char* root = std::getenv("ONNXRUNTIME_ROOT"); root != nullptr && *root != '\0') {
    paths.push_back(std::string(root) + "/lib/" + library_name);
  }
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) paths.push_back(program.parent_path().parent_path() / "lib" / library_name);
  if (*WAYSIDE_ONNXRUNTIME_LIBRARY != '\0') paths.emplace_back(WAYSIDE_ONNXRUNTIME_LIBRARY);
  return paths;
}

}  // namespace wayside::infer
