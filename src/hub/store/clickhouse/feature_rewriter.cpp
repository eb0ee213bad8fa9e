#include <fmt/format.h>

#include "hub/store/clickhouse/block_writer.hpp"
#include "hub/store/clickhouse/mutation.hpp"
#include "hub/store/clickhouse/writer.hpp"

namespace wayside::hub::click {
namespace {

constexpr Duration cut_timeout = minutes(10);

std::string condition_of(const std::string& node, const std::string& asset,
                         const std::string& names, Time since, Time until, std::uint32_t before) {
  return fmt::format(
      "node = {} AND asset = {} AND name IN ({}) AND time >= {} AND time <= {} AND commit < {}",
      quote(node), quote(asset), names, since.ns, until.ns, before);
}

EncodedRows encode_cuts(const FeatureReplacement& replacement, std::uint32_t commit) {
  const auto& names = replacement.block.names;
  BlockWriter out(6, names.size());
  out.column("node", "String");
  out.fill_text(names.size(), replacement.node);
  out.column("asset", "String");
  out.fill_text(names.size(), replacement.block.asset);
  out.column("name", "String");
  for (const std::string& name : names) out.put_text(name);
  out.column("since", "Int64");
  out.fill(names.size(), replacement.from.ns);
  out.column("until", "Int64");
  out.fill(names.size(), replacement.to.ns);
  out.column("commit", "UInt32");
  out.fill(names.size(), commit);
  return {"feature_cut_rows", "node, asset, name, since, until, commit", std::move(out).bytes(),
          names.size()};
}

}  // namespace

Result<Replaced> Writer::replace_features(
    const FeatureReplacement& replacement, const Snapshot& snapshot,
    const std::function<void(const std::string& hidden)>& on_commit) {
  const std::uint32_t number = committed_ + 1;
  std::string names;
  for (const std::string& name : replacement.block.names)
    names += (names.empty() ? "" : ", ") + quote(name);
  const std::string replaced = condition_of(replacement.node, replacement.block.asset, names,
                                            replacement.from, replacement.to, number);
  const auto before = database_->select(
      fmt::format("SELECT count() FROM {} WHERE {} AND {}", database_->layout().of("feature_rows"),
                  snapshot.where("feature_rows"), replaced),
      cut_timeout);
  if (!before) return tl::make_unexpected(before.error());
  Replaced done{before->blocks.empty() ? 0 : before->blocks[0].at<std::uint64_t>(0, 0),
                replacement.block.values.size()};
  if (done.removed == 0 && done.written == 0) return done;
  Batch batch;
  batch.features.push_back({replacement.node, replacement.block});
  const std::vector<NewSeries> series = find_new_series(batch);
  for (const EncodedRows& rows : encode_others(batch, number, {}, series))
    if (const Status inserted = insert(rows); !inserted)
      return tl::make_unexpected(inserted.error());
  if (done.removed > 0)
    if (const Status cut = insert(encode_cuts(replacement, number)); !cut)
      return tl::make_unexpected(cut.error());
  if (const Status finished = finish({}); !finished) return tl::make_unexpected(finished.error());
  series_.insert(series.begin(), series.end());
  on_commit(done.removed > 0 ? replaced : "");
  if (done.removed == 0) return done;
  Status removed = remove_cut(replaced);
  if (removed) removed = forget_cuts();
  if (!removed) return tl::make_unexpected(removed.error());
  return done;
}

Status Writer::remove_cut(const std::string& condition) {
  for (Client* server : database_->servers())
    if (const auto removed =
            remove_rows(*server, database_->layout(), "feature_rows", condition, cut_timeout);
        !removed)
      return tl::make_unexpected(removed.error());
  return {};
}

/// Once the rows they replace are gone.
Status Writer::forget_cuts() {
  const Layout& layout = database_->layout();
  const auto told = remove_rows(database_->first(), layout, "feature_cut_rows",
                                fmt::format("commit <= {}", committed_), cut_timeout);
  return told ? Status{} : Status{tl::make_unexpected(told.error())};
}

/// Replacements that were committed and cut off before the old rows had been removed.
Status Writer::end_cuts() {
  const auto rows = database_->select(
      fmt::format("SELECT node, asset, name, since, until, commit FROM {} WHERE commit <= {}",
                  database_->layout().of("feature_cut_rows"), committed_),
      cut_timeout);
  if (!rows) return tl::make_unexpected(rows.error());
  Status done;
  rows->each([&](const Block& block, std::size_t i) {
    if (done)
      done = remove_cut(condition_of(block.text(0, i), block.text(1, i), quote(block.text(2, i)),
                                     {block.at<std::int64_t>(3, i)}, {block.at<std::int64_t>(4, i)},
                                     block.at<std::uint32_t>(5, i)));
  });
  return done ? forget_cuts() : done;
}

void Writer::forget_series(const std::string& asset) {
  std::erase_if(series_, [&](const NewSeries& series) { return series.asset == asset; });
}

}  // namespace wayside::hub::click
