// Whatever arrives over the link: frames with their records, acknowledgements, node and hub states.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "link/frame.hpp"
#include "link/node_state.hpp"
#include "telemetry/record.hpp"
#include "telemetry/record_head.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void frame(std::string_view payload) {
  const auto in = wayside::link::decode_frame(payload);
  if (!in) return;
  for (const auto& bytes : in->records) {
    const auto record = wayside::telemetry::decode(bytes);
    const auto head = wayside::telemetry::peek(bytes);
    if (record) check(head.has_value());
    if (record) check(wayside::telemetry::decode(wayside::telemetry::encode(*record)).has_value());
  }
  const auto again = wayside::link::decode_frame(wayside::link::encode_frame(*in));
  check(again && again->records == in->records && again->first_seq == in->first_seq);
}

void ack(std::string_view payload) {
  const auto in = wayside::link::decode_ack(payload);
  if (!in || in->streams.size() > wayside::link::ack_streams_max) return;
  const auto again = wayside::link::decode_ack(wayside::link::encode_ack(in->streams, in->window));
  check(again && again->window == in->window && again->streams.size() == in->streams.size());
}

void states(std::string_view payload) {
  const auto in = wayside::link::decode_node_state(payload);
  if (in)
    check(wayside::link::decode_node_state(wayside::link::encode_node_state(*in)).has_value());
  static_cast<void>(wayside::link::decode_hub_state(payload));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte chooses the decoder.
  const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      frame(payload);
      break;
    case 1:
      ack(payload);
      break;
    case 2:
      states(payload);
      break;
    default:
      static_cast<void>(wayside::telemetry::decode(payload));
  }
  return 0;
}
