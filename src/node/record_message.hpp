#pragma once

#include <cstdint>

#include "node/record_sink.hpp"

namespace wayside::node {

/// How rows travel through the RecordRing: this header, the row, then `inputs + outputs +
/// contributions` doubles. A feature row has its values as `inputs`.
struct MessageHeader {
  enum class Type : std::uint32_t { sample, features, decision, alert, model_change };
  Type type = Type::sample;
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  std::uint32_t contributions = 0;
};

struct FeatureRow {
  AssetId asset;
  Time time;
};

}  // namespace wayside::node
