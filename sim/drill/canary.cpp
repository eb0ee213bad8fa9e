#include "sim/drill/canary.hpp"

#include <functional>
#include <memory>

#include "link/frame.hpp"
#include "link/link.hpp"
#include "link/topics.hpp"
#include "sim/drill/fault_driver.hpp"
#include "sim/world/world.hpp"

namespace wayside::drill {
namespace {

/// How far behind a store is that says "committed" too early.
constexpr Duration commit_delay = seconds(20);

/// Copies the store now and then; without power the newest copy is what is left.
void commit_late(sim::World& world, FaultDriver& faults) {
  const auto copy = std::make_shared<std::uint64_t>(world.copy_store());
  const auto again = std::make_shared<std::function<void()>>();
  *again = [copy, &world, weak = std::weak_ptr(again)] {
    *copy = world.copy_store();
    if (const auto next = weak.lock()) world.at(world.now() + commit_delay, *next);
  };
  (*again)();
  faults.on_hub_power_cut([copy, again, &world] { world.restore_store(*copy); });
}

/// Takes what the broker accepted for acknowledged.
class HastyLink final : public link::Link {
 public:
  HastyLink(std::unique_ptr<link::Link> link, sim::World& world, std::string node)
      : link_(std::move(link)), world_(world), node_(std::move(node)) {}

  Status start(const link::LinkOptions& options, link::LinkHandler& handler) override {
    *handler_ = &handler;
    return link_->start(options, handler);
  }
  Status publish(const std::string& topic, std::string_view payload, bool retain) override {
    auto status = link_->publish(topic, payload, retain);
    if (status && link::parse_up_topic(topic)) acknowledge(payload);
    return status;
  }
  [[nodiscard]] bool connected() const override { return link_->connected(); }
  void stop() override {
    *handler_ = nullptr;
    link_->stop();
  }

 private:
  /// Not from within `publish`: nobody expects it there.
  void acknowledge(std::string_view payload) {
    const auto frame = link::decode_frame(payload);
    if (!frame || frame->records.empty()) return;
    const link::AckStream stream{
        .epoch = frame->epoch,
        .tier = frame->tier,
        .watermark = frame->first_seq + frame->records.size() - 1,
    };
    world_.at(world_.now(), [handler = handler_, topic = link::ack_topic(node_),
                             ack = link::encode_ack({stream})] {
      if (*handler != nullptr) (*handler)->on_message({topic, ack});
    });
  }

  std::unique_ptr<link::Link> link_;
  sim::World& world_;
  std::string node_;
  /// Null once stopped; what was asked of the world outlives the link.
  std::shared_ptr<link::LinkHandler*> handler_ = std::make_shared<link::LinkHandler*>(nullptr);
};

}  // namespace

WrapLink canary_link(Canary canary, sim::World& world, const std::string& node) {
  if (canary != Canary::release_at_puback) return {};
  return [&world, node](std::unique_ptr<link::Link> link) -> std::unique_ptr<link::Link> {
    return std::make_unique<HastyLink>(std::move(link), world, node);
  };
}

void plant_canary(Canary canary, sim::World& world, FaultDriver& faults) {
  if (canary == Canary::hub_commits_late) commit_late(world, faults);
  if (canary == Canary::disk_lies)
    for (std::size_t n = 0; n < world.nodes(); ++n) world.disk(n).set_lying(true);
}

}  // namespace wayside::drill
