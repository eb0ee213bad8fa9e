#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <numeric>

#include "features/digest.hpp"
#include "features/lexer.hpp"
#include "features/program.hpp"
#include "features/unit_rules.hpp"

namespace wayside::features {
namespace {

using config::Diagnostics;

bool is_identifier(std::string_view name) {
  const auto tokens = tokenize(name);
  return tokens && tokens->size() == 2 && tokens->front().kind == TokenKind::name &&
         tokens->front().text == name && name.find('.') == std::string_view::npos;
}

/// Where `owner`'s rows stand in a table sorted by owner.
template <class Row>
Range range_of(const std::vector<Row>& rows, std::size_t Row::*owner, std::size_t of) {
  const auto first = std::partition_point(rows.begin(), rows.end(),
                                          [&](const Row& row) { return row.*owner < of; });
  const auto last =
      std::partition_point(first, rows.end(), [&](const Row& row) { return row.*owner == of; });
  return {static_cast<std::size_t>(first - rows.begin()),
          static_cast<std::size_t>(last - rows.begin())};
}

/// A tree while its windows are still being found.
struct DraftTree {
  std::size_t source = 0;
  Duration pane;
  std::int64_t keep = 1;
  Components components = 0;
  config::Location widest_at;  ///< of the longest window, for messages
};

class Compiler final : public Leaves {
 public:
  Compiler(const telemetry::Kind& kind, const std::vector<Definition>& definitions,
           const PlanOptions& options, const telemetry::Units* units, Diagnostics& diagnostics)
      : kind_(kind), definitions_(definitions), units_(units), diagnostics_(diagnostics) {
    program_->options = options;
    program_->idle = options.idle.value_or(std::max(options.every * 5, seconds(5)));
    program_->source_of.resize(kind.signals.size());
    program_->slots = definitions.size();
  }

  std::unique_ptr<Plan::Program> run();

  std::optional<std::uint32_t> name(const Node& node, Reporter& reporter) override;
  std::optional<std::uint32_t> window(const Ast& ast, const Node& call,
                                      Reporter& reporter) override;
  std::vector<std::string> functions() const override { return function_names(); }

 private:
  bool check_options();
  bool check_name(std::size_t index);
  void compile(std::size_t index);
  std::vector<std::string> nameable() const;
  std::optional<SignalId> signal_argument(const Node& call, const Node& arg, Reporter& reporter);
  std::optional<Duration> width_argument(const Node& call, const Node& arg, Reporter& reporter);
  std::optional<std::size_t> tree(std::size_t source, const WindowFunction& function,
                                  Duration width, const Node& arg, Reporter& reporter);
  std::size_t source(SignalId signal);
  std::uint32_t read(std::size_t tree, const WindowFunction& function, Duration width);
  void finish_reads();
  void read_into_features();
  void finish_trees();

  const telemetry::Kind& kind_;
  const std::vector<Definition>& definitions_;
  UnitRules units_;
  Diagnostics& diagnostics_;
  std::unique_ptr<Plan::Program> program_ = std::make_unique<Plan::Program>();
  std::vector<DraftTree> trees_;
  std::map<std::string, std::uint32_t> slot_of_;  ///< features compiled so far
  const Ast* ast_ = nullptr;                      ///< being lowered
  std::vector<std::string> leaf_units_;           ///< of its nodes
};

std::unique_ptr<Plan::Program> Compiler::run() {
  const std::size_t before = diagnostics_.errors().size();
  if (!check_options()) return nullptr;
  for (std::size_t i = 0; i < definitions_.size(); ++i) {
    compile(i);
    slot_of_.emplace(definitions_[i].name, static_cast<std::uint32_t>(i));
  }
  if (diagnostics_.errors().size() != before) return nullptr;
  finish_reads();
  read_into_features();
  finish_trees();
  if (diagnostics_.errors().size() != before) return nullptr;
  program_->digest = digest_of(*program_, kind_);
  program_->feature_digests = feature_digests_of(*program_, kind_);
  return std::move(program_);
}

bool Compiler::check_options() {
  const config::Location at = definitions_.empty() ? config::Location{} : definitions_.front().at;
  const PlanOptions& options = program_->options;
  const auto bad = [&](bool condition, std::string message) {
    if (condition) diagnostics_.error(at, std::move(message));
    return condition;
  };
  const std::string longest = format_duration(duration_max);
  bool ok = !bad(options.every.ns <= 0 || options.every > duration_max,
                 fmt::format("'every' must be longer than 0 and at most {}", longest));
  ok &= !bad(options.lateness.ns < 0 || options.lateness > duration_max,
             fmt::format("'lateness' must be at most {}", longest));
  ok &= !bad(program_->idle.ns < 0 || program_->idle > duration_max * 5,
             fmt::format("'idle' must be at most {}", format_duration(duration_max * 5)));
  ok &= !bad(
      definitions_.size() > features_max,
      fmt::format("{} features are defined, at most {} can be", definitions_.size(), features_max));
  ok &= !bad(options.reorder_samples_max < 4, "'reorder_samples_max' must be at least 4");
  return ok;
}

bool Compiler::check_name(std::size_t index) {
  const auto& [name, expression, at] = definitions_[index];
  std::string mistake;
  if (!is_identifier(name))
    mistake = fmt::format("'{}' is no name for a feature: letters, digits and _ are", name);
  else if (kind_.find(name))
    mistake = fmt::format("feature '{}' has the name of a signal", name);
  else if (slot_of_.contains(name))
    mistake = fmt::format("feature '{}' is defined twice", name);
  if (!mistake.empty()) diagnostics_.error(at, mistake);
  return mistake.empty();
}

void Compiler::compile(std::size_t index) {
  const Definition& definition = definitions_[index];
  Reporter reporter(diagnostics_, definition.at);
  const bool named = check_name(index);
  const auto ast = parse_reported(definition.expression, reporter);
  PlannedFeature feature{definition.name, {}, {}, {}, true};
  if (ast) {
    ast_ = &*ast;
    leaf_units_.assign(ast->nodes.size(), {});
    if (auto code = lower(*ast, *this, reporter); code && named) {
      feature.unit = units_.of(*ast, leaf_units_, reporter);
      feature.canonical = ast->canonical();
      feature.code = std::move(*code);
    }
  }
  program_->names.push_back(feature.name);
  program_->units.push_back(feature.unit);
  program_->features.push_back(std::move(feature));
}

std::vector<std::string> Compiler::nameable() const {
  std::vector<std::string> names;
  for (const auto& [name, slot] : slot_of_) names.push_back(name);
  for (const telemetry::Signal& signal : kind_.signals) names.push_back(signal.name);
  return names;
}

std::optional<std::uint32_t> Compiler::name(const Node& node, Reporter& reporter) {
  if (const auto found = slot_of_.find(node.name); found != slot_of_.end()) {
    leaf_units_[static_cast<std::size_t>(&node - ast_->nodes.data())] =
        program_->units[found->second];
    return found->second;
  }
  const bool later = std::any_of(definitions_.begin(), definitions_.end(),
                                 [&](const Definition& d) { return d.name == node.name; });
  std::string message;
  if (kind_.find(node.name))
    message = fmt::format(
        "signal '{0}' stands outside a window function: write last({0}, 10s) or "
        "another one",
        node.name);
  else if (later)
    message = fmt::format("feature '{}' is not defined yet: only earlier features can be named",
                          node.name);
  else
    message = fmt::format("unknown name '{}'{}", node.name, suggestion(node.name, nameable()));
  reporter.error(node.offset, std::move(message));
  return std::nullopt;
}

std::optional<std::uint32_t> Compiler::window(const Ast& ast, const Node& call,
                                              Reporter& reporter) {
  const WindowFunction& function = *window_call(ast, call);
  if (call.args.size() != 2) {
    reporter.error(call.offset,
                   fmt::format("'{0}' takes a signal and a duration, as in {0}(x, 60s), found {1} "
                               "argument{2}",
                               call.name, call.args.size(), call.args.size() == 1 ? "" : "s"));
    return std::nullopt;
  }
  const auto signal = signal_argument(call, ast.nodes[call.args[0]], reporter);
  const Node& width_at = ast.nodes[call.args[1]];
  const auto width = width_argument(call, width_at, reporter);
  if (!signal || !width) return std::nullopt;
  leaf_units_[static_cast<std::size_t>(&call - ast.nodes.data())] =
      units_.of_window(function.unit, kind_[*signal].unit);
  const auto found = tree(source(*signal), function, *width, width_at, reporter);
  if (!found) return std::nullopt;
  return read(*found, function, *width);
}

std::optional<SignalId> Compiler::signal_argument(const Node& call, const Node& arg,
                                                  Reporter& reporter) {
  if (arg.kind != Node::Kind::name) {
    reporter.error(arg.begin,
                   fmt::format("'{}' takes a signal here, found an expression", call.name));
    return std::nullopt;
  }
  if (const auto signal = kind_.find(arg.name)) return signal;
  if (slot_of_.contains(arg.name)) {
    reporter.error(arg.offset, fmt::format("'{}' takes a signal here, found the feature '{}'",
                                           call.name, arg.name));
    return std::nullopt;
  }
  std::vector<std::string> signals;
  for (const telemetry::Signal& signal : kind_.signals) signals.push_back(signal.name);
  reporter.error(arg.offset, fmt::format("kind '{}' has no signal '{}'{}", kind_.name, arg.name,
                                         suggestion(arg.name, signals)));
  return std::nullopt;
}

std::optional<Duration> Compiler::width_argument(const Node& call, const Node& arg,
                                                 Reporter& reporter) {
  if (arg.kind != Node::Kind::duration) {
    const std::string found = arg.kind == Node::Kind::number
                                  ? fmt::format("the number {}, which has no unit", arg.number)
                                  : "an expression";
    reporter.error(arg.begin, fmt::format("'{}' takes a duration such as 60s here, found {}",
                                          call.name, found));
    return std::nullopt;
  }
  if (arg.duration.ns > 0 && arg.duration <= duration_max) return arg.duration;
  reporter.error(arg.offset, fmt::format("a window is longer than 0 and at most {}",
                                         format_duration(duration_max)));
  return std::nullopt;
}

std::size_t Compiler::source(SignalId signal) {
  auto& index = program_->source_of[signal.index()];
  if (index) return *index;
  const telemetry::Signal& found = kind_[signal];
  PlannedSource source{
      signal, found.name, found.version, program_->options.reorder_samples_max, {}};
  // Two whole runs of a waveform, so that they may change places.
  if (found.waveform)
    source.reorder_samples_max = std::max(
        source.reorder_samples_max, std::min(2 * found.waveform->length, waveform_reorder_max));
  index = program_->sources.size();
  program_->sources.push_back(std::move(source));
  return *index;
}

std::optional<std::size_t> Compiler::tree(std::size_t source, const WindowFunction& function,
                                          Duration width, const Node& arg, Reporter& reporter) {
  const PlanOptions& options = program_->options;
  // The pane depends on this window and the grid alone, never on other windows.
  const Duration pane{std::gcd(options.every.ns, width.ns)};
  const Duration reach = function.delayed ? width + options.every : width;
  const std::int64_t keep = reach.ns / pane.ns;
  if (keep > TreeShape::panes_max ||
      (program_->idle + options.lateness).ns / pane.ns >= TreeShape::panes_max) {
    reporter.error(arg.offset,
                   fmt::format("{} over a grid of {} needs steps of {}, more than {} of them: "
                               "choose a multiple of 'every'",
                               format_duration(width), format_duration(options.every),
                               format_duration(pane), TreeShape::panes_max));
    return std::nullopt;
  }
  auto found = std::find_if(trees_.begin(), trees_.end(), [&](const DraftTree& tree) {
    return tree.source == source && tree.pane == pane;
  });
  if (found == trees_.end()) found = trees_.insert(trees_.end(), {source, pane, 0, 0, {}});
  found->components |= function.needs;
  if (keep > found->keep) {
    found->keep = keep;
    found->widest_at = reporter.at().right(static_cast<int>(arg.offset));
  }
  return static_cast<std::size_t>(found - trees_.begin());
}

/// The slot of a statistic; the same one where it was asked for before.
std::uint32_t Compiler::read(std::size_t tree, const WindowFunction& function, Duration width) {
  auto& [windows, values, lags] = program_->reads;
  const auto slot = static_cast<std::uint32_t>(program_->slots);
  if (function.delayed) {
    for (const PlannedLag& lag : lags)
      if (lag.tree == tree && lag.delay == width) return static_cast<std::uint32_t>(lag.slot);
    lags.push_back({tree, width, program_->slots++});
    return slot;
  }
  auto window = std::find_if(windows.begin(), windows.end(), [&](const PlannedWindow& w) {
    return w.tree == tree && w.width == width;
  });
  if (window == windows.end()) {
    const std::int64_t panes = width.ns / trees_[tree].pane.ns;
    window = windows.insert(windows.end(), {tree, width, 0, panes, {}});
  }
  window->components |= function.needs;
  const auto index = static_cast<std::size_t>(window - windows.begin());
  for (const PlannedValue& value : values)
    if (value.window == index && value.statistic == function.statistic)
      return static_cast<std::uint32_t>(value.slot);
  values.push_back({index, function.statistic, program_->slots++});
  return slot;
}

/// Sorts windows and lags by tree and values by window, so that each owner's stand together.
void Compiler::finish_reads() {
  auto& [windows, values, lags] = program_->reads;
  std::vector<std::size_t> order(windows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&w = windows](std::size_t a, std::size_t b) { return w[a].tree < w[b].tree; });
  std::vector<PlannedWindow> sorted;
  std::vector<std::size_t> place(windows.size());
  for (const std::size_t window : order) {
    place[window] = sorted.size();
    sorted.push_back(windows[window]);
  }
  windows = std::move(sorted);
  for (PlannedValue& value : values) value.window = place[value.window];
  std::stable_sort(values.begin(), values.end(), [](const PlannedValue& a, const PlannedValue& b) {
    return a.window < b.window;
  });
  std::stable_sort(lags.begin(), lags.end(),
                   [](const PlannedLag& a, const PlannedLag& b) { return a.tree < b.tree; });
  for (std::size_t i = 0; i < windows.size(); ++i)
    windows[i].values = range_of(values, &PlannedValue::window, i);
}

/// A feature that is nothing but what is read from a window has that read into its own slot.
void Compiler::read_into_features() {
  for (std::size_t i = 0; i < program_->features.size(); ++i) {
    const auto slot = program_->features[i].code.plain_load();
    if (!slot || *slot < program_->features.size()) continue;
    const auto own = static_cast<std::uint32_t>(i);
    for (PlannedValue& value : program_->reads.values)
      if (value.slot == *slot) value.slot = own;
    for (PlannedLag& lag : program_->reads.lags)
      if (lag.slot == *slot) lag.slot = own;
    for (PlannedFeature& feature : program_->features) feature.code.rename(*slot, own);
    program_->features[i].computed = false;
  }
}

void Compiler::finish_trees() {
  PlannedReads& reads = program_->reads;
  const PlanOptions& options = program_->options;
  const DraftTree* largest = nullptr;
  std::size_t largest_bytes = 0;
  for (const DraftTree& draft : trees_) {
    // Panes that samples can be ahead of the last tick; see EventClock: a signal that is not idle
    // is at most `idle` behind the newest.
    const std::int64_t ahead =
        (program_->idle + options.lateness + options.every).ns / draft.pane.ns + 2;
    auto shape = TreeShape::of(draft.pane, draft.keep, ahead, draft.components);
    if (shape.bytes() > largest_bytes) {
      largest_bytes = shape.bytes();
      largest = &draft;
    }
    program_->sources[draft.source].trees.push_back(program_->trees.size());
    const std::size_t tree = program_->trees.size();
    program_->trees.push_back({draft.source, false, std::move(shape),
                               range_of(reads.windows, &PlannedWindow::tree, tree),
                               range_of(reads.lags, &PlannedLag::tree, tree)});
  }
  const std::size_t bytes = program_->asset_bytes();
  if (bytes <= options.asset_bytes_max) return;
  const auto mebibytes = [](std::size_t n) { return static_cast<double>(n) / (1 << 20); };
  diagnostics_.error(
      largest != nullptr ? largest->widest_at
                         : (definitions_.empty() ? config::Location{} : definitions_.front().at),
      fmt::format("the features need {:.1f} MiB for each asset, more than the {:.1f} MiB allowed; "
                  "this window alone {:.1f} MiB: shorten it or lengthen 'every'",
                  mebibytes(bytes), mebibytes(options.asset_bytes_max), mebibytes(largest_bytes)));
}

}  // namespace

std::shared_ptr<const Plan> Plan::compile(const telemetry::Kind& kind,
                                          const std::vector<Definition>& definitions,
                                          const PlanOptions& options, const telemetry::Units* units,
                                          config::Diagnostics& diagnostics) {
  auto program = Compiler(kind, definitions, options, units, diagnostics).run();
  if (!program) return nullptr;
  return std::shared_ptr<const Plan>(new Plan(std::move(program)));
}

}  // namespace wayside::features
