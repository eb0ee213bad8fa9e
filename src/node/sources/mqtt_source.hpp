#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "link/link.hpp"
#include "node/sources/binding.hpp"
#include "node/sources/captures.hpp"
#include "node/sources/intake.hpp"
#include "node/sources/json_document.hpp"
#include "node/sources/waiting.hpp"

namespace wayside::node::sources {

struct MqttField {
  std::string pointer;  ///< RFC 6901
  ChannelByKind channels;
};

struct MqttConfig {
  std::string broker;
  std::string client_id;
  TopicPattern topic;
  NameTemplate asset_name;
  std::vector<MqttField> fields;
  std::optional<std::string> time_pointer;  ///< absent: the time of arrival
  EpochUnit epoch = EpochUnit::autodetect;
};

/// Samples out of JSON messages of any broker. Messages are handled on the link's thread.
class MqttSource final : public Source, private link::LinkHandler {
 public:
  MqttSource(MqttConfig config, const SourceContext& context, std::unique_ptr<link::Link> link);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] bool finite() const override { return false; }
  void run(std::stop_token stop) override;

 private:
  void on_connected() override;
  void on_disconnected(std::string_view reason) override;
  void on_message(const link::Message& message) override;
  void on_oversize(std::string_view topic, std::size_t bytes) override;
  void take(const link::Message& message);

  MqttConfig config_;
  std::string name_;
  const AssetTable& assets_;
  AssetIndex index_;
  const Clock& clock_;
  Log log_;
  Intake intake_;
  JsonDocument document_;
  std::vector<std::string_view> captured_;
  std::vector<double> scratch_;
  Waiter waiter_;
  std::unique_ptr<link::Link> link_;
};

}  // namespace wayside::node::sources
