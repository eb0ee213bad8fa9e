#include "infer/sequence.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::infer {

std::string_view to_string(Missing missing) {
  switch (missing) {
    case Missing::refuse:
      return "refuse";
    case Missing::hold:
      return "hold";
    case Missing::fill:
      break;
  }
  return "fill";
}

Status check(const Sequence& s, std::size_t inputs) {
  if (s.history < 1 || s.history > Sequence::history_max)
    return fail(Errc::invalid, "`history` should be 1 to {}, found {}", Sequence::history_max,
                s.history);
  if (s.history * inputs > Sequence::values_max)
    return fail(Errc::invalid, "a `history` of {} ticks of {} inputs is more than {} values",
                s.history, inputs, Sequence::values_max);
  if (s.history == 1 && (s.missing != Missing::refuse || !s.mask.empty()))
    return fail(Errc::invalid, "`missing` needs a `history` of at least 2 ticks");
  if (s.missing == Missing::refuse && !s.mask.empty())
    return fail(Errc::invalid,
                "`missing` refuses what is not whole, so the mask '{}' would always be 1", s.mask);
  if (s.missing == Missing::fill && s.fill.size() != 1 && s.fill.size() != inputs)
    return fail(Errc::invalid, "`fill` should be one number or {}, one for each input, found {}",
                inputs, s.fill.size());
  if (s.missing != Missing::fill && !s.fill.empty())
    return fail(Errc::invalid, "`fill` stands beside the policy '{}'", to_string(s.missing));
  if (!std::all_of(s.fill.begin(), s.fill.end(), [](double v) { return std::isfinite(v); }))
    return fail(Errc::invalid, "`fill` should be finite");
  return {};
}

}  // namespace wayside::infer
