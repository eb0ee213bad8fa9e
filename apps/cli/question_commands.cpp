#include <CLI/CLI.hpp>

#include <fmt/format.h>
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

/// The parameters of a question, as options of the same names.
struct Question {
  std::string hub = default_hub;
  bool json = false;
  std::map<std::string, std::string> parameters;

  [[nodiscard]] Json ask(const std::string& path) const {
    std::string query;
    for (const auto& [name, value] : parameters)
      if (!value.empty())
        query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name, http::escape(value));
    return HubClient(hub).get("/api/v1/" + path + query);
  }
};

std::string time_text(const Json& milliseconds) {
  if (!milliseconds.is_number()) return "";
  const auto time = time_from_epoch(milliseconds.get<double>(), EpochUnit::ms);
  return time ? format_time(*time) : "";
}

std::string number_text(const Json& number) {
  return number.is_number() ? fmt::format("{:.6g}", number.get<double>()) : "";
}

void print_last(const Json& reply) {
  Table table({"asset", "signal", "value", "unit", "time", "kind", "site", "node"});
  for (const Json& row : reply.at("values"))
    table.add({plain(row.at("asset")), plain(row.at("signal")), number_text(row.at("value")),
               plain(row.at("unit")), time_text(row.at("time")), plain(row.at("kind")),
               plain(row.at("site")), plain(row.at("node"))});
  std::cout << table.text();
}

void print_stats(const Json& reply) {
  Table table(
      {plain(reply.at("by")), "from", "count", "mean", "std", "min", "p05", "p50", "p95", "max"});
  for (const Json& row : reply.at("rows"))
    table.add({plain(row.at("group")), time_text(row.at("time")), plain(row.at("count")),
               number_text(row.at("mean")), number_text(row.at("std")), number_text(row.at("min")),
               number_text(row.at("p05")), number_text(row.at("p50")), number_text(row.at("p95")),
               number_text(row.at("max"))});
  std::cout << table.text();
}

void print_similar(const Json& reply) {
  Table table({"asset", "distance", "what differs", "node"});
  for (const Json& row : reply.at("assets")) {
    std::string parts;
    for (const Json& part : row.at("parts"))
      if (parts.size() < Table::cell_width_max / 2)
        parts += fmt::format("{}{} {} to {}", parts.empty() ? "" : ", ", plain(part.at("feature")),
                             number_text(part.at("here")), number_text(part.at("there")));
    table.add(
        {plain(row.at("asset")), number_text(row.at("distance")), parts, plain(row.at("node"))});
  }
  std::cout << table.text();
}

void print_anomalies(const Json& reply) {
  Table table({"asset", "model", "peak", "at", "from", "to", "decisions"});
  for (const Json& row : reply.at("episodes"))
    table.add({plain(row.at("asset")), plain(row.at("model")), number_text(row.at("peak")),
               time_text(row.at("peak_time")), time_text(row.at("start")), time_text(row.at("end")),
               plain(row.at("decisions"))});
  std::cout << table.text();
}

using Option = std::pair<const char*, const char*>;  ///< a parameter and what it means

void add_question(CLI::App& app, const std::string& path, const char* description,
                  const std::vector<Option>& options, void (*print)(const Json&)) {
  auto* command = app.add_subcommand(path, description);
  auto question = std::make_shared<Question>();
  command->add_option("--hub", question->hub, "address of the hub")->capture_default_str();
  command->add_flag("--json", question->json, "print the reply as it is");
  for (const auto& [name, meaning] : options)
    command->add_option(std::string("--") + name, question->parameters[name], meaning);
  command->callback([question, path, print] {
    const Json reply = question->ask(path);
    if (question->json)
      std::cout << reply.dump() << '\n';
    else
      print(reply);
  });
}

}  // namespace

void add_question_commands(CLI::App& app) {
  const std::vector<Option> scope{{"asset", "one asset"},
                                  {"kind", "assets of a kind"},
                                  {"site", "assets of a site"},
                                  {"tag", "assets with a tag, as KEY:VALUE"}};
  const auto scoped = [&](std::vector<Option> more) {
    more.insert(more.begin(), scope.begin(), scope.end());
    return more;
  };
  const Option from{"from", "a time: RFC 3339, or milliseconds since the epoch"};
  const Option to{"to", "a time"};
  add_question(app, "last", "the newest value of every signal",
               scoped({{"names", "signals, separated by commas"},
                       {"above", "values above it alone"},
                       {"below", "values below it alone"}}),
               print_last);
  add_question(app, "stats", "statistics of a signal over windows, by group",
               scoped({{"signal", "name of the signal"},
                       {"by", "asset, kind, site or tag.KEY"},
                       from,
                       to,
                       {"every", "length of a window, as 1h"}}),
               print_stats);
  add_question(app, "similar", "assets of its kind that are most like one now",
               {{"asset", "name of the asset"},
                to,
                {"window", "means over so long before, as 10min"},
                {"limit", "at most so many"}},
               print_similar);
  add_question(app, "anomalies", "episodes of high scores, highest first",
               scoped({{"model", "name of a model"},
                       from,
                       to,
                       {"above", "scores from here on"},
                       {"gap", "between two decisions of one episode, as 1min"},
                       {"limit", "at most so many"}}),
               print_anomalies);
}

}  // namespace wayside::cli
