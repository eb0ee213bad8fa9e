#pragma once

namespace wayside::features {

/// sum + low += x, the error of the first addition going to `low` (Knuth's two-sum). `Number` is
/// double or several side by side.
template <class Number>
inline void add_exactly(const Number& x, Number& sum, Number& low) {
  const Number total = sum + x;
  const Number back = total - sum;
  low += (sum - (total - back)) + (x - back);
  sum = total;
}

}  // namespace wayside::features
