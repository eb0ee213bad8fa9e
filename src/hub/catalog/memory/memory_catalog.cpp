#include "hub/catalog/memory/memory_catalog.hpp"

namespace wayside::hub {

Status MemoryCatalog::put_node(const CatalogNode& node) {
  const std::scoped_lock lock(mutex_);
  nodes_[node.state.node] = node;
  return {};
}

Result<std::vector<CatalogNode>> MemoryCatalog::nodes() {
  const std::scoped_lock lock(mutex_);
  std::vector<CatalogNode> result;
  for (const auto& [name, node] : nodes_) result.push_back(node);
  return result;
}

Status MemoryCatalog::acknowledge(const std::string& event_id, const Acknowledgement& ack) {
  const std::scoped_lock lock(mutex_);
  const auto [entry, added] = acknowledgements_.try_emplace(event_id, ack);
  if (!added) return fail(Errc::conflict, "already acknowledged by {}", entry->second.by);
  return {};
}

Status MemoryCatalog::remove_acknowledgements(const std::set<std::string>& event_ids) {
  const std::scoped_lock lock(mutex_);
  for (const std::string& id : event_ids) acknowledgements_.erase(id);
  return {};
}

Result<std::map<std::string, Acknowledgement>> MemoryCatalog::acknowledgements(
    const std::set<std::string>& event_ids) {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, Acknowledgement> result;
  for (const std::string& id : event_ids)
    if (const auto found = acknowledgements_.find(id); found != acknowledgements_.end())
      result.insert(*found);
  return result;
}

}  // namespace wayside::hub
