#include "node/budget_keeper.hpp"

#include <gtest/gtest.h>

namespace wayside::node {
namespace {

/// A text in memory, and how often it was written.
struct Paper {
  std::string text;
  int writes = 0;
};

class PaperText final : public KeptText {
 public:
  explicit PaperText(Paper& paper) : paper_(paper) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Result<std::optional<std::string>> read() override {
    return paper_.text.empty() ? std::nullopt : std::optional(paper_.text);
  }
  [[nodiscard]] Status replace(std::string_view text) override {
    paper_.text = text;
    ++paper_.writes;
    return {};
  }

 private:
  Paper& paper_;
  std::string name_ = "paper";
};

TEST(BudgetKeeper, KeepsItToAHundredth) {
  Paper paper;
  const auto keeper = [&] {
    return BudgetKeeper(std::make_unique<PaperText>(paper), 1'000, Log());
  };
  BudgetKeeper first = keeper();
  EXPECT_FALSE(first.restore());
  for (std::uint64_t bytes = 0; bytes <= 505; ++bytes) first.keep({20'000, bytes});
  EXPECT_LE(paper.writes, 52);
  EXPECT_EQ(keeper().restore(), (link::SpentBudget{20'000, 500}));
  first.finish({20'000, 505});
  EXPECT_EQ(keeper().restore(), (link::SpentBudget{20'000, 505}));
  first.keep({20'001, 0});
  EXPECT_EQ(keeper().restore(), (link::SpentBudget{20'001, 0}));
  paper.text = "torn";
  EXPECT_FALSE(keeper().restore());
}

TEST(BudgetKeeper, WithoutABudgetNothingIsKept) {
  Paper paper;
  BudgetKeeper keeper(std::make_unique<PaperText>(paper), 0, Log());
  keeper.keep({1, 1});
  keeper.finish({1, 1});
  EXPECT_EQ(paper.writes, 0);
  BudgetKeeper nowhere(nullptr, 1'000, Log());
  nowhere.finish({1, 1});
  EXPECT_FALSE(nowhere.restore());
}

}  // namespace
}  // namespace wayside::node
