#include <CLI/CLI.hpp>

#include <pthread.h>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "base/config/file.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/os/system_clock.hpp"
#include "base/version.hpp"
#include "console/console.hpp"
#include "hub/catalog/sqlite/sqlite_catalog.hpp"
#include "hub/config.hpp"
#include "hub/hub.hpp"
#include "hub/store/clickhouse/clickhouse_store.hpp"
#include "hub/store/duckdb/duckdb_store.hpp"
#include "link/mqtt/mqtt_link.hpp"
#include "table/duckdb/table_file.hpp"

namespace {

using namespace wayside;

std::optional<hub::HubConfig> read_config(const std::string& path) {
  config::Diagnostics diagnostics;
  const config::Node root = config::load_yaml(path, config::process_environment(), diagnostics);
  std::optional<hub::HubConfig> result;
  if (diagnostics.ok()) result = hub::parse_hub_config(root, diagnostics);
  std::cerr << diagnostics.report();
  return result;
}

/// The folder a file will stand in, made where it is missing.
Status make_folder_for(const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error)
    return fail(Errc::io, "cannot make the folder {}: {}", folder.string(), error.message());
  return {};
}

/// Relative paths are relative to the configuration's file.
void resolve(std::string& file, const std::string& config_path) {
  file = (std::filesystem::path(config_path).parent_path() / file).string();
}

int failed(const Log& log, const Error& error) {
  log.error("{}", error.message);
  return 1;
}

/// A server that is away is waited for by the hub; any other failure ends the program.
Result<std::unique_ptr<hub::TelemetryStore>> open_clickhouse(const hub::StoreConfig& config,
                                                             const std::string& exports,
                                                             const Log& log) {
  hub::ClickhouseOptions options;
  options.urls = config.clickhouse;
  options.database = config.database;
  options.user = config.user;
  options.password = config.password;
  options.cluster = config.cluster;
  options.memory_bytes = config.memory_bytes;
  options.threads = config.threads;
  options.parquet = table::create_parquet;
  options.exports = exports;
  auto store = hub::make_clickhouse_store(options, log);
  const Status opened = store->recover();
  if (!opened && opened.error().code != Errc::unavailable)
    return tl::make_unexpected(opened.error());
  return store;
}

/// A commit makes a part in each of ClickHouse's tables, so there it may wait for more rows.
void commit_seldom(hub::HubOptions& options) {
  options.receiver.batch_rows_max = 1'000'000;
  options.receiver.batch_age_max = seconds(1);
  options.receiver.critical_age_max = milliseconds(200);
}

hub::DuckdbOptions duckdb_options(const hub::HubConfig& config) {
  hub::DuckdbOptions options;
  options.path = config.store.duckdb;
  options.memory_bytes = config.store.memory_bytes;
  options.threads = config.store.threads;
  options.archive = config.archive;
  return options;
}

int serve(const hub::HubConfig& config, const Log& log, const sigset_t& signals) {
  for (const std::string& file : {config.store.duckdb, config.catalog.sqlite})
    if (const Status made = make_folder_for(file); !made) return failed(log, made.error());
  const auto store = config.store.clickhouse.empty()
                         ? hub::open_duckdb_store(duckdb_options(config), log)
                         : open_clickhouse(config.store, config.catalog.sqlite + ".exports", log);
  if (!store) return failed(log, store.error());
  const auto catalog = hub::open_sqlite_catalog(config.catalog.sqlite);
  if (!catalog) return failed(log, catalog.error());

  const os::SystemClock clock;
  Metrics metrics;
  const auto link = link::make_mqtt_link(log);
  hub::HubOptions options;
  options.listen = config.listen;
  options.receiver.broker = config.broker;
  options.version = version;
  options.console = console_assets();
  options.parquet = table::create_parquet;
  options.keep = config.keep;
  options.query.timeout = config.query.timeout;
  options.query.rows_max = static_cast<std::size_t>(config.query.rows_max);
  if (!config.store.clickhouse.empty()) commit_seldom(options);
  hub::Hub hub(options, **store, **catalog, *link, clock, metrics, log);
  const auto port = hub.start();
  if (!port) return failed(log, port.error());
  log.info("wayside-hub {} serves http://{}:{}/ and listens to {}", version,
           config.listen.substr(0, config.listen.rfind(':')), *port, config.broker);
  int signal = 0;
  sigwait(&signals, &signal);
  log.info("stopping");
  hub.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Blocked before any thread exists, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  CLI::App app("wayside-hub: keeps what the fleet sends, shows it and answers questions");
  app.set_version_flag("--version", std::string("wayside-hub ") + version);
  std::string path;
  bool verbose = false;
  app.add_option("--config", path, "configuration file (YAML)")->required();
  app.add_flag("-v,--verbose", verbose, "say more");
  CLI11_PARSE(app, argc, argv);
  auto config = read_config(path);
  if (!config) return 1;
  if (!config->store.duckdb.empty()) resolve(config->store.duckdb, path);
  resolve(config->catalog.sqlite, path);
  if (!config->archive.empty()) resolve(config->archive, path);
  return serve(*config, console_log("wayside-hub", verbose ? LogLevel::debug : LogLevel::info),
               signals);
}
