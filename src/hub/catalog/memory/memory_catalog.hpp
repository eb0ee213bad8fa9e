#pragma once

#include <map>
#include <mutex>
#include <string>

#include "hub/catalog/catalog.hpp"

namespace wayside::hub {

/// The catalog's twin for tests and simulation.
class MemoryCatalog : public Catalog {
 public:
  [[nodiscard]] Status put_node(const CatalogNode& node) override;
  [[nodiscard]] Result<std::vector<CatalogNode>> nodes() override;
  [[nodiscard]] Status acknowledge(const std::string& event_id,
                                   const Acknowledgement& ack) override;
  [[nodiscard]] Result<std::map<std::string, Acknowledgement>> acknowledgements(
      const std::set<std::string>& event_ids) override;
  [[nodiscard]] Status remove_acknowledgements(const std::set<std::string>& event_ids) override;

 private:
  std::mutex mutex_;
  std::map<std::string, CatalogNode> nodes_;
  std::map<std::string, Acknowledgement> acknowledgements_;
};

}  // namespace wayside::hub
