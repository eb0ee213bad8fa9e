#include "hub/store/duckdb/series_ids.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/duckdb/chunk_writer.hpp"

namespace wayside::hub::duck {
namespace {

/// Parts are prefixed with their length, so that no two keys are alike by accident.
void append_part(std::string& key, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key.append(part);
}

void make_key(std::string& key, Dimension dimension, telemetry::Tier tier, std::string_view node,
              std::string_view asset, std::string_view name, std::uint32_t version) {
  key.clear();
  key += static_cast<char>(dimension);
  key += static_cast<char>(tier);
  key.append(reinterpret_cast<const char*>(&version), sizeof version);
  append_part(key, node);
  append_part(key, asset);
  append_part(key, name);
}

/// The asset of a key.
std::string_view asset_in(std::string_view key) {
  key.remove_prefix(2 + sizeof(std::uint32_t));
  const auto part = [&] {
    std::uint32_t size = 0;
    std::memcpy(&size, key.data(), sizeof size);
    const std::string_view text = key.substr(sizeof size, size);
    key.remove_prefix(sizeof size + size);
    return text;
  };
  (void)part();  // the node
  return part();
}

std::string run_key(Dimension dimension, std::string_view name) {
  std::string key(1, static_cast<char>(dimension));
  key += name;
  return key;
}

/// Who has ids of a run. In a database of an earlier program many names may share one.
struct Tenant {
  std::string key;
  std::int32_t last = 0;
  bool alone = true;
};

}  // namespace

Status SeriesIds::load(Connection& connection) {
  auto result =
      connection.rows("SELECT id, dimension, node, asset, name, version, tier FROM series");
  if (!result) return tl::make_unexpected(result.error());
  std::map<std::int32_t, Tenant> tenants;
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    const auto dimension = static_cast<Dimension>(rows.value<std::uint8_t>(1, i));
    const std::string name = rows.text(4, i);
    make_key(key_, dimension, static_cast<telemetry::Tier>(rows.value<std::uint8_t>(6, i)),
             rows.text(2, i), rows.text(3, i), name, rows.value<std::uint32_t>(5, i));
    const auto id = rows.value<std::int32_t>(0, i);
    ids_[key_] = id;
    if (id >= runs_end) {
      next_single_ = std::max(next_single_, id + 1);
      return;
    }
    const std::string key = run_key(dimension, name);
    Tenant& tenant = tenants.try_emplace(id / run_length, Tenant{key, id, true}).first->second;
    tenant.alone = tenant.alone && tenant.key == key;
    tenant.last = std::max(tenant.last, id);
  });
  if (!read) return read;
  for (const auto& [number, tenant] : tenants) {
    next_run_ = (number + 1) * run_length;
    if (tenant.alone) runs_[tenant.key] = {tenant.last + 1, next_run_};
  }
  return {};
}

std::int32_t SeriesIds::id_of(Dimension dimension, telemetry::Tier tier, std::string_view node,
                              std::string_view asset, std::string_view name,
                              std::uint32_t version) {
  make_key(key_, dimension, tier, node, asset, name, version);
  const auto found = ids_.find(key_);
  if (found != ids_.end()) return found->second;
  const std::int32_t id = next_id(dimension, name);
  ids_.emplace(key_, id);
  new_.push_back(
      {id, dimension, std::string(node), std::string(asset), std::string(name), version, tier});
  return id;
}

std::int32_t SeriesIds::next_id(Dimension dimension, std::string_view name) {
  Run& run = runs_[run_key(dimension, name)];
  if (run.next == run.end) {
    if (next_run_ == runs_end) return next_single_++;
    run = {next_run_, next_run_ + run_length};
    next_run_ = run.end;
  }
  return run.next++;
}

Status SeriesIds::write(Connection& connection) {
  if (new_.empty()) return {};
  auto out = ChunkWriter::to_table(connection, "series");
  if (!out) return tl::make_unexpected(out.error());
  for (const New& series : new_) {
    out->set(0, series.id);
    out->set(1, static_cast<std::uint8_t>(series.dimension));
    out->set_text(2, series.node);
    out->set_text(3, series.asset);
    out->set_text(4, series.name);
    out->set(5, series.version);
    out->set(6, static_cast<std::uint8_t>(series.tier));
    if (const Status ended = out->end_row(); !ended) return ended;
  }
  new_.clear();
  return out->finish();
}

void SeriesIds::forget(std::string_view asset) {
  std::erase_if(ids_, [&](const auto& entry) { return asset_in(entry.first) == asset; });
}

}  // namespace wayside::hub::duck
