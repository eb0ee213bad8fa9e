#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <algorithm>
#include <iostream>
#include <memory>

#include "base/http/client.hpp"
#include "base/time.hpp"
#include "commands.hpp"
#include "hub_client.hpp"
#include "table.hpp"

namespace wayside::cli {
namespace {

using Json = nlohmann::ordered_json;

struct LedgerArguments {
  std::string hub = default_hub, node;
  std::size_t gaps = 20;
  bool json = false;
};

/// Not the server's word for it: its numbers.
bool balances(const Json& line) {
  const auto number = [&](const char* name) { return line.at(name).get<std::uint64_t>(); };
  return line.at("balanced").get<bool>() &&
         number("produced") == number("delivered") + number("dropped") + number("queued");
}

std::string reasons_text(const Json& line) {
  std::string text;
  if (const auto reasons = line.find("reasons"); reasons != line.end())
    for (const auto& [reason, count] : reasons->items())
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, count.dump());
  return text;
}

std::string time_text(const Json& milliseconds) {
  if (!milliseconds.is_number()) return "unknown";
  const auto time = time_from_epoch(milliseconds.get<double>(), EpochUnit::ms);
  return time ? format_time(*time) : "unknown";
}

void print_lines(const Json& lines) {
  Table table({"node", "epoch", "tier", "produced", "delivered", "dropped", "queued", "duplicates",
               "", "why dropped"});
  for (const Json& line : lines)
    table.add({plain(line.at("node")),
               plain(line.at("epoch")) + (line.at("ended").get<bool>() ? " (ended)" : ""),
               plain(line.at("tier")), plain(line.at("produced")), plain(line.at("delivered")),
               plain(line.at("dropped")), plain(line.at("queued")), plain(line.at("duplicates")),
               balances(line) ? "balanced" : "DOES NOT BALANCE", reasons_text(line)});
  std::cout << table.text();
}

void print_gaps(const Json& reply) {
  const Json& gaps = reply.at("gaps");
  if (gaps.empty()) return;
  Table table(
      {"node", "epoch", "tier", "from", "to", "records", "samples", "reason", "taken from", "to"});
  for (const Json& gap : gaps)
    table.add({plain(gap.at("node")), plain(gap.at("epoch")), plain(gap.at("tier")),
               plain(gap.at("first_seq")), plain(gap.at("last_seq")), plain(gap.at("records")),
               gap.at("samples").is_number() ? plain(gap.at("samples")) : "unknown",
               plain(gap.at("reason")), time_text(gap.at("first_time")),
               time_text(gap.at("last_time"))});
  std::cout << "\nGaps:\n" << table.text();
  if (reply.at("truncated").get<bool>())
    std::cout << fmt::format("the newest {}; --gaps shows more\n", gaps.size());
}

void run_ledger(const LedgerArguments& arguments) {
  const HubClient hub(arguments.hub);
  const std::string of = arguments.node.empty() ? "" : "node=" + http::escape(arguments.node) + "&";
  Json lines = hub.get("/api/v1/ledger?" + of).at("lines");
  const Json gaps = hub.get(fmt::format("/api/v1/gaps?{}limit={}", of, arguments.gaps));
  if (!arguments.node.empty() && lines.empty())
    give_up(fmt::format("{} has no stream of a node '{}'", hub.url(), arguments.node));
  const auto wrong =
      std::count_if(lines.begin(), lines.end(), [](const Json& line) { return !balances(line); });
  const std::size_t all = lines.size();
  if (arguments.json) {
    std::cout << Json{{"balanced", wrong == 0},
                      {"lines", std::move(lines)},
                      {"gaps", gaps.at("gaps")},
                      {"truncated", gaps.at("truncated")}}
                     .dump()
              << '\n';
  } else {
    print_lines(lines);
    if (arguments.gaps > 0) print_gaps(gaps);
  }
  if (wrong > 0)
    give_up(
        fmt::format("{} of {} streams do not balance: produced is not delivered + dropped + queued",
                    wrong, all));
}

}  // namespace

void add_ledger_command(CLI::App& app) {
  auto* command = app.add_subcommand(
      "ledger", "the account of every stream, and its gaps; status 1 where one does not balance");
  auto arguments = std::make_shared<LedgerArguments>();
  command->add_option("--hub", arguments->hub, "address of the hub, or of an agent")
      ->capture_default_str();
  command->add_option("--node", arguments->node, "of this node alone");
  command->add_option("--gaps", arguments->gaps, "name the newest so many gaps")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "print it as JSON");
  command->callback([arguments] { run_ledger(*arguments); });
}

}  // namespace wayside::cli
