#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/duckdb/handles.hpp"
#include "base/result.hpp"
#include "hub/store/duckdb/schema.hpp"
#include "telemetry/tier.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// The integers that rows carry instead of what they are of. Those of one name lie in runs of
/// `run_length`, and commits write in their order: so a question about one signal passes over most
/// row groups by their smallest and largest id.
class SeriesIds {
 public:
  static constexpr std::int32_t run_length = 4096;
  /// From here on ids are given one by one: there are more names than runs.
  static constexpr std::int32_t runs_end = 1 << 30;

  /// Takes over what the database holds.
  [[nodiscard]] Status load(Connection& connection);
  /// A new one where there is none; `write` stores it.
  [[nodiscard]] std::int32_t id_of(Dimension dimension, telemetry::Tier tier, std::string_view node,
                                   std::string_view asset, std::string_view name,
                                   std::uint32_t version);
  /// Writes the new ones, inside the connection's transaction.
  [[nodiscard]] Status write(Connection& connection);
  /// The asset's series have been removed.
  void forget(std::string_view asset);

 private:
  struct New {
    std::int32_t id;
    Dimension dimension;
    std::string node, asset, name;
    std::uint32_t version;
    telemetry::Tier tier;
  };
  struct Run {
    std::int32_t next = 0, end = 0;
  };
  [[nodiscard]] std::int32_t next_id(Dimension dimension, std::string_view name);

  std::unordered_map<std::string, std::int32_t> ids_;
  std::unordered_map<std::string, Run> runs_;  ///< the last one of each dimension and name
  std::int32_t next_run_ = 0;
  std::int32_t next_single_ = runs_end;
  std::vector<New> new_;
  std::string key_;  ///< reused
};

}  // namespace wayside::hub::duck
