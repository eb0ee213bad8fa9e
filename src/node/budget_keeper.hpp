#pragma once

#include <memory>
#include <optional>

#include "base/log.hpp"
#include "link/day_budget.hpp"
#include "node/kept_text.hpp"

namespace wayside::node {

/// Keeps what of the day's budget is spent from run to run, to a hundredth of it, so that not every
/// frame costs a write; a run that is killed gives at most so much out again.
class BudgetKeeper {
 public:
  /// `text` may be null: nothing is kept.
  BudgetKeeper(std::unique_ptr<KeptText> text, std::uint64_t bytes_a_day, Log log)
      : text_(std::move(text)), bytes_a_day_(bytes_a_day), log_(std::move(log)) {}

  /// What an earlier run has spent; nullopt where nothing is kept, or it cannot be read.
  [[nodiscard]] std::optional<link::SpentBudget> restore();
  void keep(const link::SpentBudget& spent);
  /// To the byte, at the end of a run.
  void finish(const link::SpentBudget& spent);

 private:
  void write(const link::SpentBudget& spent);

  std::unique_ptr<KeptText> text_;
  std::uint64_t bytes_a_day_;
  Log log_;
  link::SpentBudget written_;
  bool failed_ = false;
};

}  // namespace wayside::node
