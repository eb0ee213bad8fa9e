#include "node/budget_keeper.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <sstream>

namespace wayside::node {
namespace {

constexpr std::uint64_t writes_a_day = 100;

}  // namespace

std::optional<link::SpentBudget> BudgetKeeper::restore() {
  if (!text_ || bytes_a_day_ == 0) return std::nullopt;
  const auto kept = text_->read();
  if (!kept) log_.warn("cannot read what is spent of the day's budget: {}", kept.error().message);
  if (!kept || !*kept) return std::nullopt;
  link::SpentBudget spent;
  std::istringstream in(**kept);
  if (!(in >> spent.day >> spent.bytes)) {
    log_.warn("{} is no account of the day's budget; it begins anew", text_->name());
    return std::nullopt;
  }
  return written_ = spent;
}

void BudgetKeeper::keep(const link::SpentBudget& spent) {
  if (!text_ || bytes_a_day_ == 0) return;
  if (spent.day != written_.day ||
      spent.bytes >= written_.bytes + std::max<std::uint64_t>(bytes_a_day_ / writes_a_day, 1))
    write(spent);
}

void BudgetKeeper::finish(const link::SpentBudget& spent) {
  if (text_ && bytes_a_day_ > 0 && spent != written_) write(spent);
}

void BudgetKeeper::write(const link::SpentBudget& spent) {
  const Status done = text_->replace(fmt::format("{} {}\n", spent.day, spent.bytes));
  if (!done && !failed_)
    log_.warn("cannot keep what is spent of the day's budget: {}", done.error().message);
  failed_ = !done;
  written_ = spent;
}

}  // namespace wayside::node
