#include "sim/drill/alerts.hpp"

#include <algorithm>

namespace wayside::drill {
namespace {

bool same_place(const Alert& a, const Alert& b) {
  return a.rule == b.rule && a.node == b.node && a.asset == b.asset;
}

bool belong_together(const Alert& a, const Alert& b, Duration end) {
  if (!same_place(a, b)) return false;
  const Duration apart = a.raised < b.raised ? b.raised - a.raised : a.raised - b.raised;
  if (apart <= alerts_match_within) return true;
  return a.raised <= b.cleared.value_or(end) && b.raised <= a.cleared.value_or(end);
}

/// The first of `alerts`, in the order in which they were raised, that belongs to `alert`.
const Alert* partner(const Alert& alert, const std::vector<Alert>& alerts, Duration end) {
  const auto found = std::ranges::find_if(
      alerts, [&](const Alert& other) { return belong_together(alert, other, end); });
  return found == alerts.end() ? nullptr : &*found;
}

void keep_larger(std::optional<Duration>& worst, Duration value) {
  if (!worst || value > *worst) worst = value;
}

void compare_with_clean(const std::string& rule, const std::vector<Alert>& clean,
                        const std::vector<Alert>& here, Duration end, RuleComparison& out) {
  for (const Alert& alert : clean) {
    if (alert.rule != rule) continue;
    ++out.clean;
    const Alert* found = partner(alert, here, end);
    if (found == nullptr) {
      ++out.missed;
      continue;
    }
    keep_larger(out.delay_worst, found->raised - alert.raised);
    if (found->known) keep_larger(out.known_worst, *found->known - alert.raised);
  }
  for (const Alert& alert : here) {
    if (alert.rule != rule) continue;
    ++out.here;
    if (partner(alert, clean, end) == nullptr) ++out.added;
  }
}

bool within(const Alert& alert, const Label& label) {
  return alert.node == label.node && alert.asset == label.asset && alert.raised >= label.from &&
         alert.raised <= label.to;
}

struct AgainstLabels {
  std::uint64_t seen = 0, outside = 0;
  std::optional<Duration> after_worst;
};

AgainstLabels against_labels(const std::string& rule, const std::vector<Alert>& alerts,
                             const std::vector<Label>& labels) {
  AgainstLabels out;
  for (const Label& label : labels) {
    const auto first = std::ranges::find_if(
        alerts, [&](const Alert& a) { return a.rule == rule && within(a, label); });
    if (first == alerts.end()) continue;
    ++out.seen;
    keep_larger(out.after_worst, first->raised - label.from);
  }
  for (const Alert& alert : alerts)
    if (alert.rule == rule &&
        std::ranges::none_of(labels, [&](const Label& label) { return within(alert, label); }))
      ++out.outside;
  return out;
}

std::vector<Alert> in_order(std::vector<Alert> alerts) {
  std::ranges::stable_sort(alerts, {}, &Alert::raised);
  return alerts;
}

}  // namespace

std::vector<RuleComparison> compare_alerts(const std::vector<std::string>& rules,
                                           const std::vector<Alert>& clean,
                                           const std::vector<Alert>& here,
                                           const std::vector<Label>& labels, Duration end) {
  const std::vector<Alert> before = in_order(clean);
  const std::vector<Alert> after = in_order(here);
  std::vector<RuleComparison> out;
  for (const std::string& rule : rules) {
    RuleComparison line;
    line.rule = rule;
    compare_with_clean(rule, before, after, end, line);
    line.labels = labels.size();
    const AgainstLabels was = against_labels(rule, before, labels);
    const AgainstLabels is = against_labels(rule, after, labels);
    line.clean_seen = was.seen;
    line.here_seen = is.seen;
    line.clean_after_worst = was.after_worst;
    line.here_after_worst = is.after_worst;
    line.clean_outside = was.outside;
    line.here_outside = is.outside;
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace wayside::drill
