#include <fmt/format.h>

#include "hub/store/duckdb/writer.hpp"

namespace wayside::hub::duck {

Result<Replaced> Writer::replace_features(const FeatureReplacement& replacement) {
  if (const Status begun = connection_.run("BEGIN"); !begun)
    return tl::make_unexpected(begun.error());
  auto replaced = rewrite(replacement);
  if (replaced) {
    if (const Status committed = connection_.run("COMMIT"); !committed)
      return tl::make_unexpected(committed.error());
    return replaced;
  }
  // Its own error says nothing that the first does not.
  (void)connection_.run("ROLLBACK");
  return replaced;
}

Result<Replaced> Writer::rewrite(const FeatureReplacement& replacement) {
  Replaced done;
  for (const std::string& name : replacement.block.names) {
    auto result = connection_.rows(
        fmt::format("DELETE FROM feature_rows WHERE time >= ? AND time <= ? AND series IN (SELECT "
                    "id FROM series WHERE dimension = {} AND node = ? AND asset = ? AND name = ?)",
                    static_cast<int>(Dimension::feature)),
        {Parameter::of(replacement.from), Parameter::of(replacement.to),
         Parameter::of(replacement.node), Parameter::of(replacement.block.asset),
         Parameter::of(name)});
    if (!result) return tl::make_unexpected(result.error());
    const Status counted = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
      done.removed += static_cast<std::uint64_t>(rows.value<std::int64_t>(0, i));
    });
    if (!counted) return tl::make_unexpected(counted.error());
  }
  Batch batch;
  batch.features.push_back({replacement.node, replacement.block, telemetry::Tier::diagnostic});
  Status written = write_features(batch);
  if (written) written = series_.write(connection_);
  if (!written) return tl::make_unexpected(written.error());
  done.written = replacement.block.values.size();
  return done;
}

}  // namespace wayside::hub::duck
