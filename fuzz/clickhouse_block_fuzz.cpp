// Any bytes as a reply of ClickHouse's: broken, or rows that can be written as JSON.
#include <cstdint>
#include <string>
#include <string_view>

#include "hub/store/clickhouse/block_reader.hpp"
#include "hub/store/clickhouse/json_rows.hpp"

using namespace wayside::hub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto blocks = click::read_blocks({reinterpret_cast<const char*>(data), size});
  if (!blocks) return 0;
  std::string json;
  for (const click::Block& block : *blocks)
    for (std::size_t row = 0; row < block.rows && row < 100; ++row) {
      json.clear();
      static_cast<void>(click::append_row(block, row, json, 1u << 16));
    }
  return 0;
}
