// Samples per second that the hub commits: frames as nodes send them, made in memory, through
// ingest into a DuckDB file, decoding and group commits included. One thread ingests, as in the
// hub.
//
//   ingest_bench [SAMPLES [FOLDER]]
#include <fmt/core.h>
#include <unistd.h>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "base/os/system_clock.hpp"
#include "hub/ingest.hpp"
#include "hub/store/duckdb/duckdb_store.hpp"
#include "link/frame.hpp"
#include "link/topics.hpp"
#include "telemetry/record.hpp"

namespace {

using namespace wayside;

constexpr std::size_t nodes = 20;
constexpr std::size_t signals = 15;
constexpr std::size_t frame_bytes = 256u << 10;  // the uplink's limit before compression
constexpr std::uint64_t batch_rows_max = 500'000;
constexpr Duration batch_age_max = milliseconds(250);

struct Payload {
  std::string topic, bytes;
};

/// A signal to one decimal, as most sensors give it.
telemetry::SampleBlock make_block(std::size_t node, std::size_t signal, std::size_t at,
                                  std::size_t length) {
  telemetry::SampleBlock block;
  block.asset = fmt::format("loco-{}", node);
  block.signal = fmt::format("signal_{}", signal);
  for (std::size_t i = 0; i < length; ++i) {
    const double t = static_cast<double>(at + i);
    block.times.push_back(
        {1'767'225'600'000'000'000 + static_cast<std::int64_t>(at + i) * 100'000'000});
    block.values.push_back(std::round(10 * (60 + 20 * std::sin(t * 1e-3) +
                                            3 * std::sin(t * 7.3 + static_cast<double>(signal)))) /
                           10);
    block.qualities.push_back(telemetry::Quality::good);
  }
  return block;
}

class FrameMaker {
 public:
  explicit FrameMaker(std::size_t block_length) : block_length_(block_length) {}

  std::vector<Payload> make(std::size_t samples) {
    std::vector<Payload> payloads;
    std::size_t made = 0;
    for (std::size_t at = 0; made < samples; at += block_length_) {
      for (std::size_t node = 0; node < nodes; ++node) {
        for (std::size_t signal = 0; signal < signals; ++signal) {
          add(node, telemetry::encode(make_block(node, signal, at, block_length_)), payloads);
          made += block_length_;
        }
      }
    }
    for (std::size_t node = 0; node < nodes; ++node) close(node, payloads);
    return payloads;
  }

 private:
  struct Open {
    link::Frame frame;
    std::size_t bytes = 0;
  };
  void add(std::size_t node, std::string record, std::vector<Payload>& payloads) {
    Open& open = open_[node];
    open.bytes += record.size();
    open.frame.records.push_back(std::move(record));
    ++open.frame.produced;
    if (open.bytes >= frame_bytes || open.frame.records.size() >= 4'000) close(node, payloads);
  }
  void close(std::size_t node, std::vector<Payload>& payloads) {
    Open& open = open_[node];
    if (open.frame.records.empty()) return;
    open.frame.node = fmt::format("node-{}", node);
    open.frame.epoch = 1;
    open.frame.first_seq = open.frame.produced - open.frame.records.size() + 1;
    payloads.push_back(
        {link::up_topic(open.frame.node, open.frame.tier), link::encode_frame(open.frame)});
    open.frame.records.clear();
    open.bytes = 0;
  }

  std::size_t block_length_;
  Open open_[nodes];
};

void run(const std::string& folder, std::size_t samples, std::size_t block_length) {
  const auto payloads = FrameMaker(block_length).make(samples);
  std::size_t wire_bytes = 0;
  for (const Payload& payload : payloads) wire_bytes += payload.bytes.size();
  const std::string path = folder + "/ingest.duckdb";
  for (const char* suffix : {"", ".wal"}) std::filesystem::remove(path + suffix);
  auto store = hub::open_duckdb_store({path, 1ull << 30, 2}, Log());
  if (!store) throw std::runtime_error(store.error().message);
  const os::SystemClock clock;
  Metrics metrics;
  hub::Ingest ingest(**store, clock, metrics, Log());
  if (const auto loaded = ingest.load(); !loaded) throw std::runtime_error(loaded.error().message);
  for (std::size_t node = 0; node < nodes; ++node) ingest.know(fmt::format("node-{}", node), 1);
  std::uint64_t committed = 0, commits = 0;
  double slowest_s = 0;
  const Duration start = clock.monotonic();
  Duration batch_start = start;
  const auto commit = [&] {
    const Duration before = clock.monotonic();
    const auto done = ingest.commit();
    if (!done) throw std::runtime_error(done.error().message);
    slowest_s = std::max(slowest_s, (clock.monotonic() - before).seconds());
    committed += done->rows.samples;
    ++commits;
    batch_start = clock.monotonic();
  };
  for (const Payload& payload : payloads) {
    ingest.take(payload.topic, payload.bytes);
    if (ingest.pending_rows() >= batch_rows_max || clock.monotonic() - batch_start > batch_age_max)
      commit();
  }
  commit();
  const double took_s = (clock.monotonic() - start).seconds();
  store->reset();
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  fmt::print(
      "blocks of {:5} samples: {:>9.0f} samples/s  ({} samples in {:.2f} s, {} commits, slowest "
      "{:.0f} ms; {:.2f} bytes a sample on the wire, {:.2f} in the store)\n",
      block_length, static_cast<double>(committed) / took_s, committed, took_s, commits,
      slowest_s * 1e3, static_cast<double>(wire_bytes) / static_cast<double>(committed),
      bytes / static_cast<double>(committed));
  std::filesystem::remove(path);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t samples = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000'000;
  const std::filesystem::path folder = argc > 2 ? std::filesystem::path(argv[2])
                                                : std::filesystem::temp_directory_path() /
                                                      fmt::format("wayside-bench-{}", ::getpid());
  std::filesystem::create_directories(folder);
  // 5 s of 1 Hz, 5 s of 10 Hz, a waveform.
  for (const std::size_t block_length : {5, 50, 1'024})
    run(folder.string(), block_length < 50 ? samples / 4 : samples, block_length);
  if (argc <= 2) std::filesystem::remove_all(folder);
  return 0;
}
