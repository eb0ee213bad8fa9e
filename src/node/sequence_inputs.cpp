#include "node/sequence_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/assert.hpp"

namespace wayside::node {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::optional<std::size_t> first_missing(std::span<const double> values, std::size_t inputs) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) first = std::min(first.value_or(inputs), i % inputs);
  return first;
}

}  // namespace

SequenceInputs::SequenceInputs(infer::Sequence sequence, std::size_t inputs, std::size_t assets,
                               Duration every)
    : sequence_(std::move(sequence)),
      inputs_(inputs),
      every_(every),
      rows_(assets * sequence_.history * inputs, nan),
      next_(assets, 0),
      newest_(assets, Time::min()) {
  WAYSIDE_ASSERT(bytes(sequence_, inputs, assets) <= bytes_max, "refused when the model is loaded");
}

std::size_t SequenceInputs::bytes(const infer::Sequence& sequence, std::size_t inputs,
                                  std::size_t assets) {
  return assets * sequence.history * inputs * sizeof(double);
}

std::span<double> SequenceInputs::append(std::size_t asset) {
  const std::size_t history = sequence_.history;
  std::uint32_t& next = next_[asset];
  const std::size_t at = (asset * history + next) * inputs_;
  next = next + 1 == history ? 0 : next + 1;
  return std::span(rows_).subspan(at, inputs_);
}

std::span<const double> SequenceInputs::row(std::size_t asset, std::size_t age) const {
  const std::size_t history = sequence_.history;
  const std::size_t slot = (next_[asset] + history - 1 - age) % history;
  return std::span(rows_).subspan((asset * history + slot) * inputs_, inputs_);
}

std::span<double> SequenceInputs::next_row(std::size_t asset, Time tick) {
  Time& newest = newest_[asset];
  if (sequence_.history > 1 && newest != Time::min()) {
    std::int64_t left_out = (tick - newest).ns / every_.ns - 1;
    left_out = std::min(left_out, static_cast<std::int64_t>(sequence_.history));
    for (; left_out > 0; --left_out) std::ranges::fill(append(asset), nan);
  }
  newest = tick;
  return append(asset);
}

std::optional<std::size_t> SequenceInputs::assemble(std::size_t asset, std::span<double> values,
                                                    std::span<double> mask) const {
  const std::size_t history = sequence_.history;
  for (std::size_t tick = 0; tick < history; ++tick)
    std::ranges::copy(row(asset, history - 1 - tick),
                      values.begin() + static_cast<std::ptrdiff_t>(tick * inputs_));
  if (sequence_.missing == infer::Missing::refuse) return first_missing(values, inputs_);
  const auto newest = values.last(inputs_);
  if (std::ranges::none_of(newest, [](double v) { return std::isfinite(v); })) return 0;
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = std::isfinite(values[i]) ? 1 : 0;
  if (sequence_.missing == infer::Missing::hold) return hold(values);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) values[i] = sequence_.fill_of(i % inputs_);
  return std::nullopt;
}

std::optional<std::size_t> SequenceInputs::hold(std::span<double> values) const {
  for (std::size_t input = 0; input < inputs_; ++input) {
    std::size_t first = input;
    while (first < values.size() && !std::isfinite(values[first])) first += inputs_;
    if (first >= values.size()) return input;
    double last = values[first];
    for (std::size_t at = input; at < values.size(); at += inputs_) {
      if (std::isfinite(values[at])) last = values[at];
      values[at] = last;
    }
  }
  return std::nullopt;
}

void SequenceInputs::take_over(const SequenceInputs& before,
                               std::span<const std::optional<std::size_t>> from) {
  WAYSIDE_ASSERT(before.next_.size() == next_.size() && before.every_ == every_,
                 "both belong to models of one kind");
  const std::size_t ticks = std::min(sequence_.history, before.sequence_.history);
  for (std::size_t asset = 0; asset < next_.size(); ++asset) {
    newest_[asset] = before.newest_[asset];
    for (std::size_t age = ticks; age-- > 0;) {
      const auto old = before.row(asset, age);
      const auto row = append(asset);
      for (std::size_t i = 0; i < inputs_; ++i) row[i] = from[i] ? old[*from[i]] : nan;
    }
  }
}

}  // namespace wayside::node
