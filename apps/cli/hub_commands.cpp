#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <iostream>
#include <memory>

#include "base/time.hpp"
#include "commands.hpp"
#include "hub_client.hpp"
#include "table.hpp"
#include "table/csv_text.hpp"
#include "top.hpp"

namespace wayside::cli {
namespace {

using Json = nlohmann::ordered_json;

struct QueryArguments {
  std::string sql, hub = default_hub, format = "table";
  std::size_t rows_max = 10'000;
};

std::vector<std::string> column_names(const Json& reply) {
  std::vector<std::string> names;
  for (const Json& column : reply.at("columns")) names.push_back(plain(column.at("name")));
  return names;
}

void print_csv(const Json& reply) {
  const auto line = [](const std::vector<std::string>& fields) {
    std::string text;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) text += ',';
      table::append_field(text, fields[i]);
    }
    std::cout << text << "\r\n";
  };
  line(column_names(reply));
  for (const Json& row : reply.at("rows")) {
    std::vector<std::string> fields;
    for (const Json& value : row) fields.push_back(plain(value));
    line(fields);
  }
}

void print_table(const Json& reply) {
  Table table(column_names(reply));
  for (const Json& row : reply.at("rows")) {
    std::vector<std::string> cells;
    for (const Json& value : row) cells.push_back(plain(value));
    table.add(std::move(cells));
  }
  std::cout << table.text();
}

void run_query(const QueryArguments& arguments) {
  const HubClient hub(arguments.hub);
  const Json reply =
      hub.post("/api/v1/query", {{"sql", arguments.sql}, {"rows_max", arguments.rows_max}});
  if (arguments.format == "json") {
    std::cout << reply.dump() << '\n';
  } else if (arguments.format == "csv") {
    print_csv(reply);
  } else {
    print_table(reply);
  }
  if (reply.at("truncated").get<bool>())
    std::cerr << "wayside: only the first " << reply.at("rows").size()
              << " rows: ask for more with --rows\n";
}

void run_status(const std::string& url) {
  const HubClient hub(url);
  const Json status = hub.get("/api/v1/status");
  const double up_s = (status.at("time").get<double>() - status.at("started").get<double>()) * 1e-3;
  std::cout << fmt::format("{} {} at {}, up {}\n", plain(status.at("program")),
                           plain(status.at("version")), hub.url(), short_age(up_s));
  for (const char* key : {"node", "site", "store"})
    if (status.contains(key)) std::cout << fmt::format("{}: {}\n", key, plain(status.at(key)));
  if (const auto broker = status.find("broker"); broker != status.end() && broker->is_object())
    std::cout << fmt::format("broker: {} ({})\n", plain(broker->at("url")),
                             broker->at("connected").get<bool>() ? "connected" : "away");
  for (const auto& [table, rows] : status.at("rows").items())
    std::cout << fmt::format("{}: {} rows\n", table, rows.dump());
  if (const auto problems = status.find("problems"); problems != status.end())
    for (const Json& problem : *problems) std::cout << "problem: " << plain(problem) << '\n';
}

void add_query(CLI::App& app) {
  auto* command = app.add_subcommand("query", "ask a hub with SQL (one SELECT)");
  auto arguments = std::make_shared<QueryArguments>();
  command->add_option("sql", arguments->sql, "the SELECT")->required();
  command->add_option("--hub", arguments->hub, "address of the hub")->capture_default_str();
  command->add_option("--format", arguments->format, "how to print")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->add_option("--rows", arguments->rows_max, "at most so many rows")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->callback([arguments] { run_query(*arguments); });
}

void add_status(CLI::App& app) {
  auto* command = app.add_subcommand("status", "what a hub or an agent says of itself");
  auto hub = std::make_shared<std::string>(default_hub);
  command->add_option("--hub", *hub, "address of the hub")->capture_default_str();
  command->callback([hub] { run_status(*hub); });
}

void add_top(CLI::App& app) {
  auto* command = app.add_subcommand("top", "watch the fleet in the terminal");
  auto options = std::make_shared<TopOptions>();
  auto duration = std::make_shared<std::string>();
  command->add_option("--hub", options->hub, "address of the hub")->capture_default_str();
  command->add_option("--for", *duration, "end after so long, as in 60s");
  command->add_flag("--once", options->once, "print one summary and end");
  command->callback([options, duration] {
    if (!duration->empty()) {
      const auto parsed = parse_duration(*duration);
      if (!parsed) give_up("--for: " + parsed.error().message);
      options->duration = *parsed;
    }
    run_top(*options);
  });
}

}  // namespace

void add_hub_commands(CLI::App& app) {
  add_query(app);
  add_status(app);
  add_top(app);
}

}  // namespace wayside::cli
