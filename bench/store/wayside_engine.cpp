#include "store/wayside_engine.hpp"

#include <filesystem>
#include <utility>

#include "hub/questions/iot/iot_last.hpp"
#include "hub/questions/iot/reference/iot_reference.hpp"
#include "hub/store/clickhouse/clickhouse_store.hpp"
#include "hub/store/duckdb/duckdb_store.hpp"
#include "link/frame.hpp"
#include "link/topics.hpp"
#include "store/http_rows.hpp"

namespace wayside::bench {
namespace {

namespace fs = std::filesystem;
using hub::questions::IotParameters;
using hub::questions::IotQuestion;

constexpr std::uint64_t store_memory_bytes = 4ull << 30;
constexpr telemetry::Tier tier = telemetry::Tier::bulk;
constexpr const char* node = "yard";
constexpr std::uint64_t epoch = 1;

Result<std::size_t> ask_in_sql_of(hub::TelemetryStore& store, IotQuestion question,
                                  const IotParameters& parameters) {
  const auto dialect = hub::questions::dialect_of(store.name());
  if (!dialect) return tl::make_unexpected(dialect.error());
  hub::QueryLimits limits;
  limits.timeout = minutes(5);
  limits.rows_max = 1'000'000;
  const auto result = store.query(hub::questions::iot_sql(question, *dialect, parameters), limits);
  if (!result) return tl::make_unexpected(result.error());
  return result->rows;
}

/// Last values out of the hub's memory, what needs samples by SQL.
Result<std::size_t> ask_store(hub::TelemetryStore& store, IotQuestion question,
                              const IotParameters& parameters) {
  const auto from_last = hub::questions::iot_from_last(store, question, parameters);
  if (!from_last) return ask_in_sql_of(store, question, parameters);
  if (!*from_last) return tl::make_unexpected(from_last->error());
  return (*from_last)->size();
}

class BorrowedStore final : public Engine {
 public:
  explicit BorrowedStore(hub::TelemetryStore& store) : store_(store) {}
  Status load(plants::TruckFleet&) override {
    return fail(Errc::refused, "its owner fills the store");
  }
  Result<std::uint64_t> bytes() override {
    return fail(Errc::refused, "its owner knows the store's place");
  }
  Result<std::size_t> ask(IotQuestion question, const IotParameters& parameters) override {
    return ask_store(store_, question, parameters);
  }

 private:
  hub::TelemetryStore& store_;
};

class WaysideEngine final : public Engine {
 public:
  WaysideEngine(std::unique_ptr<hub::TelemetryStore> store, std::string place)
      : store_(std::move(store)), place_(std::move(place)) {}

  Status load(plants::TruckFleet& fleet) override {
    FrameMaker maker(fleet.tags());
    FrameTaker taker(*store_);
    if (const Status begun = taker.begin(fleet.tags()); !begun) return begun;
    for (plants::TruckFleet::Batch batch; fleet.next(batch);)
      if (const Status taken = taker.take(maker.topic(), maker.frame(batch)); !taken) return taken;
    return taker.finish();
  }

  Result<std::uint64_t> bytes() override {
    if (store_->name() == "clickhouse")
      return number_from(place_,
                         "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND "
                         "database = 'wayside'");
    // Closing folds the log into the file.
    store_.reset();
    std::uint64_t bytes = 0;
    for (const std::string& file : {place_, place_ + ".wal"})
      if (fs::exists(file)) bytes += fs::file_size(file);
    auto again = open_store("duckdb", place_);
    if (!again) return tl::make_unexpected(again.error());
    store_ = std::move(*again);
    return bytes;
  }

  Result<std::size_t> ask_in_sql(IotQuestion question, const IotParameters& parameters) override {
    return ask_in_sql_of(*store_, question, parameters);
  }
  Result<std::size_t> ask(IotQuestion question, const IotParameters& parameters) override {
    return ask_store(*store_, question, parameters);
  }

 private:
  std::unique_ptr<hub::TelemetryStore> store_;
  std::string place_;
};

Result<std::unique_ptr<Engine>> open_engine(const std::string& name, const std::string& place) {
  auto store = open_store(name, place);
  if (!store) return tl::make_unexpected(store.error());
  return std::unique_ptr<Engine>(std::make_unique<WaysideEngine>(std::move(*store), place));
}

}  // namespace

Result<std::unique_ptr<hub::TelemetryStore>> open_store(const std::string& engine,
                                                        const std::string& place) {
  if (engine == "duckdb") {
    hub::DuckdbOptions options;
    options.path = place;
    options.memory_bytes = store_memory_bytes;
    return hub::open_duckdb_store(options, Log());
  }
  hub::ClickhouseOptions options;
  options.urls = {place};
  options.memory_bytes = store_memory_bytes;
  auto store = hub::make_clickhouse_store(options, Log());
  if (const Status reached = store->recover(); !reached)
    return tl::make_unexpected(reached.error());
  return store;
}

std::string FrameMaker::frame(const plants::TruckFleet::Batch& batch) {
  std::vector<hub::FromNode<telemetry::SampleBlock>> blocks;
  hub::questions::add_blocks(tags_[batch.truck], batch, blocks);
  link::Frame frame;
  frame.node = node;
  frame.epoch = epoch;
  frame.tier = tier;
  frame.first_seq = produced_ + 1;
  for (const auto& block : blocks) frame.records.push_back(telemetry::encode(block.record));
  produced_ += frame.records.size();
  frame.produced = produced_;
  return link::encode_frame(frame);
}

std::string FrameMaker::topic() const {
  return link::up_topic(node, tier);
}

FrameTaker::FrameTaker(hub::TelemetryStore& store) : ingest_(store, clock_, metrics_, Log()) {}

Status FrameTaker::begin(const std::vector<plants::TruckTags>& tags) {
  if (const Status loaded = ingest_.load(); !loaded) return loaded;
  ingest_.know(node, epoch);
  ingest_.describe(hub::questions::truck_assets(tags));
  return {};
}

Status FrameTaker::take(const std::string& topic, const std::string& frame) {
  const std::uint64_t before = ingest_.pending_rows();
  ingest_.take(topic, frame);
  if (ingest_.pending_rows() == before) return fail(Errc::refused, "a frame was not taken");
  return ingest_.pending_rows() < commit_rows ? Status{} : finish();
}

Status FrameTaker::finish() {
  const auto committed = ingest_.commit();
  if (!committed) return tl::make_unexpected(committed.error());
  return {};
}

std::unique_ptr<Engine> borrow(hub::TelemetryStore& store) {
  return std::make_unique<BorrowedStore>(store);
}

Result<std::unique_ptr<Engine>> open_duckdb(const std::string& place) {
  return open_engine("duckdb", place);
}

Result<std::unique_ptr<Engine>> open_clickhouse(const std::string& place) {
  return open_engine("clickhouse", place);
}

}  // namespace wayside::bench
