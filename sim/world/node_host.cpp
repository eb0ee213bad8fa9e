#include "sim/world/node_host.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "infer/model_runner.hpp"
#include "link/topics.hpp"
#include "sim/world/spool_disk.hpp"

namespace wayside::sim {
namespace {

constexpr Time unset_clock{0};
/// A node that asks for more steps than this at one moment goes in circles.
constexpr std::uint64_t steps_at_once_max = 10'000;

class NoModels final : public infer::ModelLoader {
 public:
  using ModelLoader::load;
  Result<std::unique_ptr<infer::ModelRunner>> load(const std::string& path,
                                                   const std::vector<std::string>&,
                                                   const std::optional<infer::Sequence>&) override {
    return fail(Errc::unavailable, "{}: this simulation runs no models", path);
  }
};

std::unique_ptr<SpoolDisk> make_disk(const NodeOptions& options, Rng rng,
                                     std::function<void(const VirtualDisk::Operation&)> charge) {
  if (options.storage == NodeOptions::Storage::memory) return make_memory_disk();
  return make_sqlite_disk(rng, std::move(charge));
}

}  // namespace

NodeHost::NodeHost(std::size_t index, node::AgentConfig config, NodeOptions options, Rng rng,
                   Around around)
    : index_(index),
      config_(std::move(config)),
      options_(std::move(options)),
      rng_(rng),
      around_(std::move(around)),
      clock_(around_.queue, options_.clock_battery ? around_.start : unset_clock),
      place_(around_.network.add_place(
          {[this](std::string_view topic, std::size_t bytes) { count(topic, bytes); },
           [this](std::size_t bytes) { traffic_.down += bytes; }})),
      next_step_(around_.queue, [this] { step(); }) {
  reinstall();
}

NodeHost::~NodeHost() {
  if (core_) end(false);
}

void NodeHost::reinstall() {
  WAYSIDE_ASSERT(!core_, "a disk is changed while the computer is off");
  disk_ = make_disk(options_, rng_.fork(rng_.next()), [this](const VirtualDisk::Operation& op) {
    if (op.kind != VirtualDisk::Operation::Kind::read) clock_.spend(disk_delay_);
  });
}

void NodeHost::count(std::string_view topic, std::size_t bytes) {
  if (const auto place = link::parse_up_topic(topic))
    traffic_.up[static_cast<std::size_t>(place->tier)] += bytes;
  else
    traffic_.up_other += bytes;
}

void NodeHost::start() {
  if (core_) return;
  ++life_;
  begin();
}

void NodeHost::start_after(Duration pause) {
  around_.queue.after(pause, [this, life = ++life_] {
    if (life == life_ && !core_) begin();
  });
}

/// Who watches over the process tries again where it cannot start.
void NodeHost::begin() {
  clock_.begin_work();
  const Status created = create();
  busy_until_ = around_.queue.now() + clock_.end_work();
  if (created) return next_step_.at(busy_until_);
  around_.log.warn("the agent cannot start: {}", created.error().message);
  if (core_ || disk_->is_cut()) end(disk_->is_cut());
  start_after(options_.respawn);
}

Status NodeHost::create() {
  quiet_ = false;
  metrics_ = std::make_unique<Metrics>();
  const Log log([this](LogLevel, std::string_view line) {
    if (!quiet_) around_.log.info("{}: {}", config_.node, line);
  });
  auto store = disk_->open(log);
  if (!store) return tl::make_unexpected(store.error());
  node::NodePorts ports{
      .clock = clock_,
      .metrics = *metrics_,
      .log = log,
      .loader = options_.loader ? options_.loader() : std::make_unique<NoModels>(),
      .store = std::move(*store),
      .link = options_.wrap_link ? options_.wrap_link(around_.network.make_link(place_))
                                 : around_.network.make_link(place_),
      .alerts = disk_->alerts(),
      .budget = disk_->budget(),
      .process = [] { return os::ProcessStats{}; },
      .new_epoch = std::max<std::uint64_t>(rng_.next(), 1)};
  auto core = node::NodeCore::create(config_, std::move(ports), hooks());
  if (!core) return tl::make_unexpected(core.error());
  core_ = std::move(*core);
  epoch_ = core_->spool().epoch();
  around_.audit.reopened(index_, epoch_, core_->spool().ledger());
  return core_->start(false, [this] { next_step_.at(std::max(around_.queue.now(), busy_until_)); });
}

node::NodeHooks NodeHost::hooks() {
  return {
      .recorded =
          [this](telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record) {
            around_.audit.recorded(index_, core_->spool().epoch(), tier, seq, record,
                                   around_.queue.now());
            if (around_.recorded) around_.recorded(index_, tier, seq, record);
          },
      .lost =
          [this](telemetry::Tier tier, const node::RecordLoss& loss) {
            around_.audit.overrun(index_, tier, {loss.records, loss.samples}, around_.queue.now());
          },
      .reopened = {},
      .stepped = {}};
}

bool NodeHost::push(std::span<const telemetry::Sample> samples) {
  if (!core_) return false;
  const Duration now = around_.queue.now();
  for (const telemetry::Sample& sample : samples) {
    around_.audit.accepted(index_, sample, now);
    core_->push(sample);
  }
  next_step_.at(std::max(busy_until_, now + clock_.to_world(core_->until_due())));
  return true;
}

void NodeHost::step() {
  if (!core_) return;
  const Duration now = around_.queue.now();
  if (now < busy_until_) return next_step_.at(busy_until_);
  clock_.begin_work();
  const Duration pause = core_->step();
  const Duration spent = clock_.end_work();
  busy_until_ = now + spent;
  // Also where the power went in this step: what was durable before may be on its way already.
  note_spool();
  if (disk_->is_cut()) return power_cut(dark_);
  steps_at_once_ = spent + pause > Duration{0} ? 0 : steps_at_once_ + 1;
  if (steps_at_once_ > steps_at_once_max) {
    around_.audit.fault(config_.node + ": goes in circles at one moment");
    steps_at_once_ = 0;
    busy_until_ = now + milliseconds(1);
  }
  next_step_.at(busy_until_ + clock_.to_world(pause));
}

void NodeHost::note_spool() {
  const spool::Spool& spool = core_->spool();
  if (const std::uint64_t epoch = spool.epoch(); epoch != epoch_) {
    epoch_ = epoch;
    around_.audit.reopened(index_, epoch, spool.ledger());
  }
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    around_.audit.durable(index_, epoch_, tier, spool.durable(tier));
    around_.audit.acknowledged(index_, epoch_, tier, spool.watermark(tier));
  }
}

/// What the process still does while it is destroyed reaches nothing.
void NodeHost::end(bool power) {
  if (core_) last_ = view();
  last_.running = last_.connected = false;
  quiet_ = true;
  disk_->cut();
  around_.network.sever(place_, power);
  core_.reset();
  disk_->restore(power);
  next_step_.cancel();
  around_.audit.ended(index_, around_.queue.now());
}

void NodeHost::kill(std::optional<Duration> down) {
  if (!core_) return;
  end(false);
  start_after(down.value_or(options_.respawn));
}

void NodeHost::power_cut(Duration dark) {
  if (core_) end(true);
  // A battery keeps the wall clock.
  around_.queue.after(dark, [this, life = ++life_] {
    if (life != life_) return;
    clock_.boot(options_.clock_battery ? clock_.now() : unset_clock);
    start_after(options_.boot);
  });
}

void NodeHost::power_cut_at_change(std::uint64_t n, Duration dark) {
  VirtualDisk* disk = disk_->disk();
  if (disk == nullptr || !core_) return power_cut(dark);
  dark_ = dark;
  disk->cut_at(n);
}

NodeView NodeHost::view() const {
  NodeView view = last_;
  view.disk_bytes = disk_->bytes_used();
  if (!core_) return view;
  view.running = true;
  view.epoch = core_->spool().epoch();
  view.ledger = core_->spool().ledger();
  if (const auto link = core_->link_status()) view.connected = link->connected;
  return view;
}

VirtualDisk& NodeHost::disk() {
  WAYSIDE_ASSERT(disk_->disk() != nullptr, "a store in memory has no disk");
  return *disk_->disk();
}

}  // namespace wayside::sim
