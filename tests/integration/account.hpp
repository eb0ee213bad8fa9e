#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "feed.hpp"
#include "fleet.hpp"

namespace wayside::test {

/// For each signal of a feed: the newest number that the spool in a state folder holds and the hub
/// has not acknowledged. For an agent that has died: what it had accepted.
using Held = std::array<std::optional<std::uint64_t>, Feed::signal_count>;
[[nodiscard]] Held held_in_spool(const std::string& state_folder);

/// What the hub's `samples` say of a feed: runs of numbers without a hole, [first, end), in order.
struct Stored {
  std::array<std::vector<std::pair<std::uint64_t, std::uint64_t>>, Feed::signal_count> ranges;
  double repeated = 0;  ///< samples that are there more than once

  [[nodiscard]] std::uint64_t count(std::size_t signal) const;
  [[nodiscard]] bool has(std::size_t signal, std::uint64_t number) const;
};
[[nodiscard]] Stored stored_samples(const Fleet& fleet, const std::string& asset);

/// One line of a ledger, of a hub or of an agent.
struct Line {
  std::uint64_t produced = 0, delivered = 0, dropped = 0, queued = 0;
  friend bool operator==(const Line&, const Line&) = default;
};
/// By tier; the lines of one node in its newest epoch. Every line given is checked to balance, as a
/// test's expectation. Empty where nobody answers.
[[nodiscard]] std::map<std::string, Line> ledger_of(const nlohmann::json& ledger,
                                                    const std::string& node);

/// `stored` holds of every run that the feed offered a beginning without a hole, as far as `held`
/// says where that is known, and of the last run everything. Expectations name what is not so.
void expect_accepted_stored_once(const std::vector<Feed::Run>& runs, const std::vector<Held>& held,
                                 const Stored& stored);

}  // namespace wayside::test
