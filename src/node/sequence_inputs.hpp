#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "infer/sequence.hpp"

namespace wayside::node {

/// The last ticks of one model's inputs, for every asset of its kind. A function of those ticks
/// alone, so that it comes back with them after a restart. Allocates only when it is made.
class SequenceInputs {
 public:
  static constexpr std::size_t bytes_max = 256u << 20;

  SequenceInputs() = default;
  /// `every`: from tick to tick. `bytes` of it must be at most bytes_max.
  SequenceInputs(infer::Sequence sequence, std::size_t inputs, std::size_t assets, Duration every);
  [[nodiscard]] static std::size_t bytes(const infer::Sequence& sequence, std::size_t inputs,
                                         std::size_t assets);

  /// The row of a tick younger than those before, to be filled in, NaN for what has no value. Ticks
  /// between the last one and this have no values.
  [[nodiscard]] std::span<double> next_row(std::size_t asset, Time tick);

  /// Writes the model's input, [history × inputs] with the oldest tick first, and into `mask`,
  /// where that is not empty, 1 for each value that was there and 0 for each other. Instead of that
  /// gives the first input that is missing: of `refuse` one without a value at any tick, of `hold`
  /// one without a value at all ticks, and of both `hold` and `fill` any where the newest tick has
  /// no value at all.
  [[nodiscard]] std::optional<std::size_t> assemble(std::size_t asset, std::span<double> values,
                                                    std::span<double> mask) const;

  /// Goes on with the ticks of `before`, whose input `from[i]` is input i here, where it has one.
  void take_over(const SequenceInputs& before, std::span<const std::optional<std::size_t>> from);

  [[nodiscard]] std::size_t history() const { return sequence_.history; }
  [[nodiscard]] std::size_t inputs() const { return inputs_; }

 private:
  /// `age` 0 is the newest.
  [[nodiscard]] std::span<const double> row(std::size_t asset, std::size_t age) const;
  [[nodiscard]] std::span<double> append(std::size_t asset);
  [[nodiscard]] std::optional<std::size_t> hold(std::span<double> values) const;

  infer::Sequence sequence_;
  std::size_t inputs_ = 0;
  Duration every_;
  std::vector<double> rows_;         ///< a ring for each asset, [assets × history × inputs]
  std::vector<std::uint32_t> next_;  ///< of each asset's ring
  std::vector<Time> newest_;         ///< of each asset; Time::min() before the first
};

}  // namespace wayside::node
