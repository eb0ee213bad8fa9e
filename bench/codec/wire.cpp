#include "codec/wire.hpp"

#include <fmt/core.h>
#include <cstdlib>
#include <span>
#include <string>

#include "base/assert.hpp"
#include "codec/measure.hpp"
#include "link/frame.hpp"
#include "telemetry/record.hpp"

namespace wayside::bench {
namespace {

using telemetry::codec::Level;

constexpr std::size_t frame_bytes = 256u << 10;  // the uplink's limit before compression
constexpr std::size_t samples_max = 400'000;

/// Blocks of all signals in turn, as a node's flush makes them.
std::vector<telemetry::Record> make_blocks(const std::vector<Series>& signals, std::size_t length) {
  std::vector<telemetry::Record> blocks;
  const std::size_t each = samples_max / signals.size();
  for (std::size_t at = 0; at + length <= each; at += length)
    for (const Series& series : signals) {
      if (at + length > series.values.size()) continue;
      const auto from = static_cast<std::ptrdiff_t>(at);
      const auto to = static_cast<std::ptrdiff_t>(at + length);
      telemetry::SampleBlock block;
      block.asset = "test-rig";
      block.signal = series.name;
      block.times.assign(series.times.begin() + from, series.times.begin() + to);
      block.values.assign(series.values.begin() + from, series.values.begin() + to);
      block.qualities.assign(length, telemetry::Quality::good);
      blocks.emplace_back(std::move(block));
    }
  return blocks;
}

std::vector<std::string> make_frames(const std::vector<telemetry::Record>& blocks, Level level) {
  std::vector<std::string> payloads;
  link::Frame frame;
  frame.node = "node-1";
  frame.first_seq = 1;
  std::size_t size = 0;
  const auto flush = [&] {
    if (frame.records.empty()) return;
    payloads.push_back(link::encode_frame(frame));
    frame.first_seq += frame.records.size();
    frame.records.clear();
    size = 0;
  };
  for (const telemetry::Record& block : blocks) {
    frame.records.push_back(telemetry::encode(block, level));
    size += frame.records.back().size();
    if (size > frame_bytes) flush();
  }
  flush();
  return payloads;
}

std::size_t open_frames(const std::vector<std::string>& payloads) {
  std::size_t samples = 0;
  for (const std::string& payload : payloads) {
    const auto frame = link::decode_frame(payload);
    WAYSIDE_ASSERT(frame.has_value(), "what was encoded is decoded");
    for (const std::string& bytes : frame->records) {
      const auto record = telemetry::decode(bytes);
      WAYSIDE_ASSERT(record.has_value(), "what was encoded is decoded");
      samples += telemetry::row_count(*record);
    }
  }
  return samples;
}

}  // namespace

void measure_wire(const std::vector<Series>& signals, int repetitions) {
  fmt::print("\non the wire: hydraulic, {} signals, blocks in frames of up to 256 KiB\n",
             signals.size());
  fmt::print("{:>8} {:>7} {:>16} {:>14} {:>14}\n", "samples", "level", "bytes a sample",
             "node, ns each", "hub, ns each");
  for (const std::size_t length : {5u, 50u, 500u, 5000u}) {
    const auto blocks = make_blocks(signals, length);
    for (const Level level : {Level::fast, Level::small}) {
      std::vector<std::string> payloads;
      const double sealing =
          median_seconds(repetitions, [&] { payloads = make_frames(blocks, level); });
      std::size_t samples = 0;
      const double opening = median_seconds(repetitions, [&] { samples = open_frames(payloads); });
      std::size_t bytes = 0;
      for (const std::string& payload : payloads) bytes += payload.size();
      const auto each = static_cast<double>(samples);
      fmt::print("{:>8} {:>7} {:>16.3f} {:>14.1f} {:>14.1f}\n", length,
                 level == Level::fast ? "fast" : "small", static_cast<double>(bytes) / each,
                 1e9 * sealing / each, 1e9 * opening / each);
    }
  }
}

}  // namespace wayside::bench
