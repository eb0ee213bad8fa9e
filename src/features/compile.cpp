#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "features/digest.hpp"
#include "features/lexer.hpp"
#include "features/program.hpp"
#include "features/unit_rules.hpp"
#include "features/window_planner.hpp"

namespace wayside::features {
namespace {

using config::Diagnostics;

bool is_identifier(std::string_view name) {
  const auto tokens = tokenize(name);
  return tokens && tokens->size() == 2 && tokens->front().kind == TokenKind::name &&
         tokens->front().text == name && name.find('.') == std::string_view::npos;
}

class Compiler final : public Leaves {
 public:
  Compiler(const telemetry::Kind& kind, const std::vector<Definition>& definitions,
           const PlanOptions& options, const telemetry::Units* units, Diagnostics& diagnostics)
      : kind_(kind),
        definitions_(definitions),
        units_(units),
        diagnostics_(diagnostics),
        planner_(kind, *program_) {
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
  std::optional<SignalId> signal(const Node& call, const Node& arg, Reporter& reporter);
  void read_into_features();
  void check_memory();

  const telemetry::Kind& kind_;
  const std::vector<Definition>& definitions_;
  UnitRules units_;
  Diagnostics& diagnostics_;
  std::unique_ptr<Plan::Program> program_ = std::make_unique<Plan::Program>();
  WindowPlanner planner_;
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
  planner_.finish();
  read_into_features();
  check_memory();
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
  Reporter reporter(diagnostics_, definition.at, definition.expression);
  const bool named = check_name(index);
  auto ast = parse_reported(definition.expression, reporter);
  PlannedFeature feature{definition.name, {}, {}, {}, true};
  if (ast) {
    order_arguments(*ast);
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
  const auto read = read_window_call(ast, call, reporter);
  std::vector<SignalId> signals;
  if (read)
    for (const Node* name : read->signals)
      if (const auto found = signal(call, *name, reporter)) signals.push_back(*found);
  if (!read || signals.size() != read->signals.size()) return std::nullopt;
  leaf_units_[static_cast<std::size_t>(&call - ast.nodes.data())] =
      units_.of_window(read->function->unit, kind_[signals[0]].unit);
  return planner_.read(*read, signals, reporter);
}

std::optional<SignalId> Compiler::signal(const Node& call, const Node& arg, Reporter& reporter) {
  if (const auto found = kind_.find(arg.name)) return found;
  if (slot_of_.contains(arg.name)) {
    reporter.error(arg.offset, fmt::format("'{}' takes a signal here, found the feature '{}'",
                                           call.name, arg.name));
    return std::nullopt;
  }
  std::vector<std::string> signals;
  for (const telemetry::Signal& known : kind_.signals) signals.push_back(known.name);
  reporter.error(arg.offset, fmt::format("kind '{}' has no signal '{}'{}", kind_.name, arg.name,
                                         suggestion(arg.name, signals)));
  return std::nullopt;
}

/// A feature that is nothing but what is read from a window has that read into its own slot.
void Compiler::read_into_features() {
  for (std::size_t i = 0; i < program_->features.size(); ++i) {
    const auto slot = program_->features[i].code.plain_load();
    if (!slot || *slot < program_->features.size()) continue;
    const auto own = static_cast<std::uint32_t>(i);
    program_->each_slot([&](std::size_t& read) {
      if (read == *slot) read = own;
    });
    for (PlannedFeature& feature : program_->features) feature.code.rename(*slot, own);
    program_->features[i].computed = false;
  }
}

void Compiler::check_memory() {
  const std::size_t bytes = program_->asset_bytes();
  const std::size_t bytes_max = program_->options.asset_bytes_max;
  if (bytes <= bytes_max) return;
  const auto mebibytes = [](std::size_t n) { return static_cast<double>(n) / (1 << 20); };
  const auto& largest = planner_.largest();
  config::Location at;
  if (largest)
    at = largest->at;
  else if (!definitions_.empty())
    at = definitions_.front().at;
  diagnostics_.error(
      at,
      fmt::format("the features need {:.1f} MiB for each asset, more than the {:.1f} MiB "
                  "allowed; this window alone {:.1f} MiB: shorten it or lengthen 'every'",
                  mebibytes(bytes), mebibytes(bytes_max), mebibytes(largest ? largest->bytes : 0)));
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
