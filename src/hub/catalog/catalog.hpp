#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "link/node_state.hpp"

namespace wayside::hub {

/// A node as it last described itself. The schema of its assets stays when it goes offline.
struct CatalogNode {
  link::NodeState state;
  Time since;  ///< of the present online or offline
};

struct Acknowledgement {
  std::string by;
  Time time;
  std::string note;

  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

/// What the hub knows of its fleet beside telemetry: small, changed seldom, kept for good. Safe
/// from any thread. Errors: `io`, `full`, `corrupt`.
class Catalog {
 public:
  virtual ~Catalog() = default;
  [[nodiscard]] virtual Status put_node(const CatalogNode& node) = 0;
  [[nodiscard]] virtual Result<std::vector<CatalogNode>> nodes() = 0;
  /// A second acknowledgement of the same event is a `conflict`: the first one counts.
  [[nodiscard]] virtual Status acknowledge(const std::string& event_id,
                                           const Acknowledgement& ack) = 0;
  /// Of those events among `event_ids` that have one.
  [[nodiscard]] virtual Result<std::map<std::string, Acknowledgement>> acknowledgements(
      const std::set<std::string>& event_ids) = 0;
  /// Those of these events, where there are any: their asset's data was deleted.
  [[nodiscard]] virtual Status remove_acknowledgements(const std::set<std::string>& event_ids) = 0;
};

}  // namespace wayside::hub
