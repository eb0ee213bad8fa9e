#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <unistd.h>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/digest.hpp"
#include "base/http/client.hpp"
#include "commands.hpp"
#include "hub_client.hpp"
#include "table.hpp"

namespace wayside::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Duration download_time_max = hours(24);

struct ExportArguments {
  std::string hub = default_hub, table = "samples", from, to, file;
  std::vector<std::string> assets, names;
};

struct DeleteArguments {
  std::string hub = default_hub, asset, confirm;
};

/// Who asks, for the hub's log.
std::string user_at_host() {
  const char* user = ::getenv("USER");
  char host[256] = "unknown";
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '?';
  return fmt::format("{}@{}", user != nullptr ? user : std::to_string(::getuid()), host);
}

std::string format_of(const std::string& file) {
  const std::string suffix = std::filesystem::path(file).extension();
  if (suffix == ".parquet" || suffix == ".csv") return suffix.substr(1);
  give_up(fmt::format("'{}' says no format: expected a name that ends in .parquet or .csv", file));
}

void run_export(const ExportArguments& arguments) {
  Json wanted{
      {"table", arguments.table}, {"format", format_of(arguments.file)}, {"who", user_at_host()}};
  if (!arguments.assets.empty()) wanted["assets"] = arguments.assets;
  if (!arguments.names.empty()) wanted["names"] = arguments.names;
  if (!arguments.from.empty()) wanted["from"] = arguments.from;
  if (!arguments.to.empty()) wanted["to"] = arguments.to;
  const HubClient hub(arguments.hub);
  const Json made = hub.post("/api/v1/exports", wanted);
  const auto digest = made.at("digest").get<std::string>();
  const std::string part = arguments.file + ".part";
  const Status fetched =
      http::download(hub.url() + "/api/v1/exports/" + digest, part, download_time_max);
  const auto found = fetched ? file_sha256(part) : tl::make_unexpected(fetched.error());
  if (!found || *found != digest) {
    std::error_code ignored;  // what is said is why it is no use
    std::filesystem::remove(part, ignored);
    give_up(!found ? "the export did not arrive: " + found.error().message
                   : "what arrived is not what the hub made: its SHA-256 differs");
  }
  std::error_code error;
  std::filesystem::rename(part, arguments.file, error);
  if (error) give_up(fmt::format("cannot write {}: {}", arguments.file, error.message()));
  std::cout << fmt::format("{}: {} rows, {} bytes, SHA-256 {}\n", arguments.file,
                           made.at("rows").dump(), made.at("bytes").dump(), digest);
}

void run_delete(const DeleteArguments& arguments) {
  if (arguments.confirm != arguments.asset)
    give_up(fmt::format("what is deleted cannot be had back: say --confirm {} to delete it",
                        arguments.asset));
  const HubClient hub(arguments.hub);
  const Json done = hub.post("/api/v1/assets/" + http::escape(arguments.asset) + "/delete",
                             {{"confirm", arguments.confirm}, {"who", user_at_host()}});
  std::cout << fmt::format("{}: {} rows were removed, {} are there now\n", arguments.asset,
                           done.at("removed").dump(), done.at("remaining").dump());
  if (done.at("remaining").get<std::uint64_t>() > 0)
    give_up("they arrived meanwhile: end what sends them and delete again");
}

void run_usage(const std::string& url) {
  const HubClient hub(url);
  const Json usage = hub.get("/api/v1/usage");
  Table table({"kind", "tier", "asset", "rows", "bytes", "archived rows", "archived bytes"});
  for (const Json& line : usage.at("lines"))
    table.add({plain(line.at("kind")), plain(line.at("tier")), plain(line.at("asset")),
               plain(line.at("rows")), plain(line.at("bytes")), plain(line.at("archived_rows")),
               plain(line.at("archived_bytes"))});
  std::cout << table.text()
            << fmt::format("store: {} bytes, of which {} free; archive: {} bytes in {} files\n",
                           usage.at("store_bytes").dump(), usage.at("free_bytes").dump(),
                           usage.at("archive_bytes").dump(), usage.at("archive_files").dump());
}

}  // namespace

void add_keeping_commands(CLI::App& app) {
  auto* out = app.add_subcommand("export", "fetch stored rows as a Parquet or CSV file");
  auto arguments = std::make_shared<ExportArguments>();
  out->add_option("--hub", arguments->hub, "address of the hub")->capture_default_str();
  out->add_option("--table", arguments->table, "what to fetch")
      ->check(
          CLI::IsMember({"samples", "features", "decisions", "events", "health", "downsampled"}))
      ->capture_default_str();
  out->add_option("--asset", arguments->assets, "of these assets alone");
  out->add_option("--signal,--name", arguments->names, "these signals, features, models, … alone");
  out->add_option("--from", arguments->from, "not before this time");
  out->add_option("--to", arguments->to, "not after this time");
  out->add_option("-o,--output", arguments->file, "file to write: .parquet or .csv")->required();
  out->callback([arguments] { run_export(*arguments); });

  auto* gone = app.add_subcommand("delete", "remove everything a hub stored of one asset");
  auto wanted = std::make_shared<DeleteArguments>();
  gone->add_option("--hub", wanted->hub, "address of the hub")->capture_default_str();
  gone->add_option("--asset", wanted->asset, "its name")->required();
  gone->add_option("--confirm", wanted->confirm, "its name again");
  gone->callback([wanted] { run_delete(*wanted); });

  auto* usage =
      app.add_subcommand("usage", "what a hub holds: rows and bytes by kind, tier, asset");
  auto hub = std::make_shared<std::string>(default_hub);
  usage->add_option("--hub", *hub, "address of the hub")->capture_default_str();
  usage->callback([hub] { run_usage(*hub); });
}

}  // namespace wayside::cli
