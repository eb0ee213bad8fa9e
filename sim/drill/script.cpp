#include "sim/drill/script.hpp"

#include <algorithm>

namespace wayside::drill {

Duration Span::draw(Rng& rng) const {
  if (high <= low) return low;
  return low + Duration{static_cast<std::int64_t>(
                   rng.below(static_cast<std::uint64_t>(high.ns - low.ns) + 1))};
}

LinkConditions combine(const LinkConditions& a, const LinkConditions& b) {
  using Down = LinkConditions::Down;
  LinkConditions both;
  both.down = a.down == b.down || b.down == Down::no ? a.down
              : a.down == Down::no                   ? b.down
                                                     : Down::both;
  both.latency = a.latency + b.latency;
  both.jitter = a.jitter + b.jitter;
  const auto either = [](double p, double q) { return 1 - (1 - p) * (1 - q); };
  both.loss = either(a.loss, b.loss);
  both.duplicate = either(a.duplicate, b.duplicate);
  both.reorder = either(a.reorder, b.reorder);
  both.bytes_per_s = a.bytes_per_s == 0   ? b.bytes_per_s
                     : b.bytes_per_s == 0 ? a.bytes_per_s
                                          : std::min(a.bytes_per_s, b.bytes_per_s);
  return both;
}

bool is_machine_fault(const Action& action) {
  return std::holds_alternative<MachineAction>(action);
}

}  // namespace wayside::drill
