// Bits a value and speed of the block codec beside Gorilla, Chimp and zstd, on one core.
//
//   codec_bench FOLDER [REPETITIONS]
//
// FOLDER holds what bench/codec/data.py made of the public data sets. Every result is compared bit
// for bit with what went in; speeds are medians, in doubles of 8 bytes, by the thread's own time.
#include <fmt/core.h>
#include <zstd.h>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/rng.hpp"
#include "codec/baselines.hpp"
#include "codec/measure.hpp"
#include "codec/series.hpp"
#include "codec/wire.hpp"
#include "telemetry/codec/block.hpp"
#include "telemetry/codec/columns.hpp"

namespace {

using namespace wayside;
using telemetry::Quality;
using telemetry::codec::Level;

/// A node's largest block. zstd gets each series whole, which is the best it can do.
constexpr std::size_t block_samples = 8192;
constexpr std::size_t whole = ~std::size_t{0};

struct Codec {
  std::string name;
  std::size_t piece = block_samples;
  std::function<void(std::span<const double>, std::string&)> encode;
  std::function<void(std::string_view, std::span<double>)> decode;
  int repetitions_max = 1000;
};

Codec ours(const std::string& name, Level level) {
  return {name, block_samples,
          [level](std::span<const double> values, std::string& out) {
            telemetry::codec::write_values(values, level, out);
          },
          [](std::string_view in, std::span<double> values) {
            ByteReader reader(in);
            const bool read = telemetry::codec::read_values(reader, values);
            WAYSIDE_ASSERT(read, "what was encoded is decoded");
          }};
}

Codec zstd(int level) {
  return {fmt::format("zstd {}", level), whole,
          [level](std::span<const double> values, std::string& out) {
            out.resize(ZSTD_compressBound(values.size_bytes()));
            out.resize(
                ZSTD_compress(out.data(), out.size(), values.data(), values.size_bytes(), level));
          },
          [](std::string_view in, std::span<double> values) {
            const std::size_t size =
                ZSTD_decompress(values.data(), values.size_bytes(), in.data(), in.size());
            WAYSIDE_ASSERT(size == values.size_bytes(), "what was encoded is decoded");
          },
          level > 10 ? 3 : 1000};
}

const std::vector<Codec>& codecs() {
  static const std::vector<Codec> all{
      ours("fast", Level::fast),
      ours("small", Level::small),
      {"Gorilla", block_samples, bench::gorilla_encode, bench::gorilla_decode},
      {"Chimp", block_samples, bench::chimp_encode, bench::chimp_decode},
      {"Chimp128", block_samples, bench::chimp128_encode, bench::chimp128_decode},
      zstd(3),
      zstd(19),
  };
  return all;
}

struct Piece {
  std::span<const Time> times;
  std::span<const double> values;
};

std::vector<Piece> cut(const std::vector<bench::Series>& set, std::size_t size) {
  std::vector<Piece> pieces;
  for (const bench::Series& series : set)
    for (std::size_t at = 0; at < series.values.size();) {
      const std::size_t count = std::min(size, series.values.size() - at);
      pieces.push_back({std::span(series.times).subspan(at, count),
                        std::span(series.values).subspan(at, count)});
      at += count;
    }
  return pieces;
}

struct Outcome {
  double bits = 0;    ///< a value
  double encode = 0;  ///< GB/s
  double decode = 0;
};

std::size_t count_values(const std::vector<Piece>& pieces) {
  std::size_t count = 0;
  for (const Piece& piece : pieces) count += piece.values.size();
  return count;
}

/// `encode(piece, out)` and `decode(bytes, piece)`, which throws away what it decoded.
template <class Encode, class Decode>
Outcome measure(const std::vector<Piece>& pieces, int repetitions, Encode encode, Decode decode) {
  std::vector<std::string> encoded(pieces.size());
  const double encoding = bench::median_seconds(repetitions, [&] {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      encoded[i].clear();
      encode(pieces[i], encoded[i]);
    }
  });
  const double decoding = bench::median_seconds(repetitions, [&] {
    for (std::size_t i = 0; i < pieces.size(); ++i) decode(encoded[i], pieces[i]);
  });
  std::size_t bytes = 0;
  for (const std::string& one : encoded) bytes += one.size();
  const auto count = static_cast<double>(count_values(pieces));
  return {8 * static_cast<double>(bytes) / count, 8e-9 * count / encoding, 8e-9 * count / decoding};
}

std::size_t longest(const std::vector<Piece>& pieces) {
  std::size_t count = 0;
  for (const Piece& piece : pieces) count = std::max(count, piece.values.size());
  return count;
}

void check_same(const void* a, const void* b, std::size_t bytes, const std::string& codec) {
  if (std::memcmp(a, b, bytes) == 0) return;
  fmt::print(stderr, "{}: what came back is not what went in\n", codec);
  std::exit(1);
}

Outcome measure_values(const Codec& codec, const std::vector<bench::Series>& set, int repetitions) {
  const auto pieces = cut(set, codec.piece);
  std::vector<double> back(longest(pieces));
  for (const Piece& piece : pieces) {
    std::string bytes;
    codec.encode(piece.values, bytes);
    codec.decode(bytes, std::span(back).first(piece.values.size()));
    check_same(back.data(), piece.values.data(), piece.values.size_bytes(), codec.name);
  }
  return measure(
      pieces, std::min(repetitions, codec.repetitions_max),
      [&](const Piece& piece, std::string& out) { codec.encode(piece.values, out); },
      [&](const std::string& bytes, const Piece& piece) {
        codec.decode(bytes, std::span(back).first(piece.values.size()));
      });
}

Outcome measure_blocks(Level level, const std::vector<bench::Series>& set, int repetitions) {
  const auto pieces = cut(set, block_samples);
  const std::vector<Quality> good(block_samples, Quality::good);
  std::vector<Time> times(block_samples);
  std::vector<double> values(block_samples);
  std::vector<Quality> qualities(block_samples);
  const auto encode = [&](const Piece& piece, std::string& out) {
    const std::span all(good);
    telemetry::codec::encode_block(piece.times, piece.values, all.first(piece.values.size()), out,
                                   level);
  };
  const auto decode = [&](const std::string& bytes, const Piece& piece) {
    const std::size_t count = piece.values.size();
    const Status decoded = telemetry::codec::decode_block(bytes, std::span(times).first(count),
                                                          std::span(values).first(count),
                                                          std::span(qualities).first(count));
    WAYSIDE_ASSERT(decoded.has_value(), "what was encoded is decoded");
  };
  for (const Piece& piece : pieces) {
    std::string bytes;
    encode(piece, bytes);
    decode(bytes, piece);
    check_same(times.data(), piece.times.data(), piece.times.size_bytes(), "times");
    check_same(values.data(), piece.values.data(), piece.values.size_bytes(), "values");
  }
  return measure(pieces, repetitions, encode, decode);
}

Outcome measure_times(std::span<const Time> all, int repetitions) {
  std::vector<Piece> pieces;
  const std::vector<double> none(block_samples);
  for (std::size_t at = 0; at < all.size(); at += block_samples) {
    const auto times = all.subspan(at, std::min(block_samples, all.size() - at));
    pieces.push_back({times, std::span(none).first(times.size())});
  }
  std::vector<Time> back(block_samples);
  return measure(
      pieces, repetitions,
      [](const Piece& piece, std::string& out) {
        telemetry::codec::write_times(piece.times, Level::fast, out);
      },
      [&](const std::string& bytes, const Piece& piece) {
        ByteReader reader(bytes);
        const bool read =
            telemetry::codec::read_times(reader, std::span(back).first(piece.times.size()));
        WAYSIDE_ASSERT(read, "what was encoded is decoded");
      });
}

void print(const std::string& name, const Outcome& outcome) {
  fmt::print("  {:<34} {:>8.2f} {:>9.3f} {:>9.3f}\n", name, outcome.bits, outcome.encode,
             outcome.decode);
  std::fflush(stdout);
}

void compare_times(int repetitions) {
  Rng rng(1);
  const auto grid = [&](std::int64_t step_ns, std::uint64_t jitter, std::int64_t jitter_ns) {
    std::vector<Time> times;
    for (std::int64_t i = 0; i < 1'000'000; ++i)
      times.push_back({1'767'225'600'000'000'000 + i * step_ns +
                       static_cast<std::int64_t>(rng.below(jitter)) * jitter_ns});
    return times;
  };
  fmt::print("\n{:<36} {:>8} {:>9} {:>9}\n", "times (fast)", "bits", "enc GB/s", "dec GB/s");
  print("every 100 ms", measure_times(grid(100'000'000, 1, 1), repetitions));
  print("every 100 ms, up to 2 ms late in us",
        measure_times(grid(100'000'000, 2000, 1000), repetitions));
  print("every 1 ms, up to 50 us late in ns",
        measure_times(grid(1'000'000, 50'000, 1), repetitions));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    fmt::print(stderr, "usage: codec_bench FOLDER [REPETITIONS]\n");
    return 2;
  }
  const std::string folder = argv[1];
  const int repetitions = std::max(1, argc > 2 ? std::atoi(argv[2]) : 9);
  for (const std::string name : {"nab", "cmapss", "hydraulic", "gearbox"}) {
    const auto set = bench::read_series(folder + "/" + name);
    std::size_t count = 0;
    for (const auto& series : set) count += series.values.size();
    fmt::print("\n{:<36} {:>8} {:>9} {:>9}\n",
               fmt::format("{}: {} values in {} series", name, count, set.size()), "bits",
               "enc GB/s", "dec GB/s");
    for (const Codec& codec : codecs()) print(codec.name, measure_values(codec, set, repetitions));
    print("fast, block with its times", measure_blocks(Level::fast, set, repetitions));
    print("small, block with its times", measure_blocks(Level::small, set, repetitions));
  }
  compare_times(repetitions);
  bench::measure_wire(bench::read_series(folder + "/hydraulic"), repetitions);
  return 0;
}
