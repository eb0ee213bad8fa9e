#include "codec/series.hpp"

#include <fmt/core.h>
#include <cstdint>
#include <cstdlib>
#include <fstream>

namespace wayside::bench {
namespace {

template <class T>
void read(std::ifstream& in, T* to, std::size_t count) {
  in.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(count * sizeof(T)));
}

}  // namespace

std::vector<Series> read_series(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<Series> all;
  std::uint32_t name_size = 0;
  for (read(in, &name_size, 1); in; read(in, &name_size, 1)) {
    Series series;
    series.name.resize(name_size);
    read(in, series.name.data(), name_size);
    std::uint64_t count = 0;
    read(in, &count, 1);
    series.times.resize(count);
    series.values.resize(count);
    read(in, series.times.data(), count);
    read(in, series.values.data(), count);
    if (in) all.push_back(std::move(series));
  }
  if (all.empty() || !in.eof()) {
    fmt::print(stderr, "{}: not a file that bench/codec/data.py wrote\n", path);
    std::exit(1);
  }
  return all;
}

}  // namespace wayside::bench
