#include "node/sources/mqtt_source.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <random>

#include "link/broker_url.hpp"
#include "link/mqtt/mqtt_link.hpp"
#include "node/sources/ndjson.hpp"
#include "node/sources/parsers.hpp"
#include "node/sources/time_rule.hpp"

namespace wayside::node::sources {

using config::Node;

MqttSource::MqttSource(MqttConfig config, const SourceContext& context,
                       std::unique_ptr<link::Link> link)
    : config_(std::move(config)),
      name_(fmt::format("mqtt:{}", config_.topic.filter())),
      assets_(context.assets),
      index_(context.assets),
      clock_(context.clock),
      log_(context.log),
      intake_(context, name_, Intake::Delivery::now),
      link_(std::move(link)) {}

void MqttSource::run(std::stop_token stop) {
  link::LinkOptions options;
  options.broker = config_.broker;
  options.client_id = config_.client_id;
  options.subscriptions = {config_.topic.filter()};
  options.message_bytes_max = JsonDocument::bytes_max;
  if (const auto started = link_->start(options, *this); !started)
    return log_.error("{}: {}", name_, started.error().message);
  while (waiter_.wait(days(1), stop)) {
  }
  link_->stop();
}

void MqttSource::on_connected() {
  log_.info("{}: connected to {}", name_, config_.broker);
}

void MqttSource::on_disconnected(std::string_view reason) {
  log_.warn("{}: lost {}: {}", name_, config_.broker, reason);
}

void MqttSource::on_message(const link::Message& message) {
  take(message);
  intake_.flush({});  // never waits, so there is nothing to stop
}

void MqttSource::on_oversize(std::string_view, std::size_t) {
  intake_.reject(Reject::row_too_long);
}

void MqttSource::take(const link::Message& message) {
  // What a broker kept says nothing about when it was measured.
  if (message.retained && !config_.time_pointer) return;
  if (!config_.topic.match(message.topic, captured_)) return intake_.reject(Reject::row_unparsable);
  if (!document_.parse(message.payload)) return intake_.reject(Reject::row_unparsable);
  const auto asset = index_.find(config_.asset_name.expand(captured_));
  if (!asset) return intake_.reject(Reject::asset_unknown);
  Time time = clock_.now();
  if (config_.time_pointer) {
    const auto value = document_.at(*config_.time_pointer);
    const auto parsed = value ? json_time(*value, config_.epoch) : fail(Errc::invalid, "no time");
    if (!parsed) return intake_.reject(Reject::time_unparsable);
    time = *parsed;
  }
  // Many devices send only what changed: a member may be missing, but not all of them.
  bool any = false;
  for (const MqttField& field : config_.fields) {
    const auto value = document_.at(field.pointer);
    if (!value) continue;
    any = true;
    if (value->type == JsonValue::Type::null) continue;
    if (const auto& channel = field.channels[assets_.assets[asset->index()].kind])
      take_json_value(*value, *channel, *asset, time, intake_, scratch_);
    else
      intake_.reject(Reject::signal_unknown);
  }
  if (!any) intake_.reject(Reject::row_unparsable);
}

namespace {

class MqttSpec final : public SourceSpec {
 public:
  explicit MqttSpec(MqttConfig config) : config_(std::move(config)) {}
  Result<std::unique_ptr<Source>> create(const SourceContext& context) const override {
    return std::make_unique<MqttSource>(config_, context, link::make_mqtt_link(context.log));
  }

 private:
  MqttConfig config_;
};

/// A JSON pointer, or the name of a member of the outermost object as shorthand for one.
std::string pointer(const std::string& text) {
  if (text.empty() || text.front() == '/') return text;
  std::string out = "/";
  for (const char c : text) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

/// Different for every source of every agent, since a broker throws out the elder of two clients
/// with the same name. Chance, as agents in containers may share their host's name and process
/// number, and two sources a topic.
std::string own_client_id() {
  std::array<char, 65> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::random_device chance;
  return fmt::format("wayside-{}-{:08x}{:08x}", host.data(), chance(), chance());
}

void read_topic(const Node& node, MqttConfig& config, config::Diagnostics& diagnostics) {
  config.topic = TopicPattern(config::as_string(node, diagnostics).value_or("#"));
  if (const std::string mistake = config.topic.mistake(); !mistake.empty())
    diagnostics.error(node.at, fmt::format("{}, found '{}'", mistake, config.topic.filter()));
}

/// The kind of the asset where it is fixed; with captures it is only known with the message.
std::optional<std::size_t> read_mqtt_asset(const Node& node, MqttConfig& config,
                                           const ParseContext& context) {
  config.asset_name = NameTemplate(config::as_string(node, context.diagnostics).value_or(""));
  const std::size_t used = config.asset_name.captures();
  if (used == 0) {
    const auto asset = read_asset(node, context);
    if (!asset) return std::nullopt;
    return context.assets.assets[asset->index()].kind;
  }
  if (used > config.topic.captures())
    context.diagnostics.error(
        node.at, fmt::format("${} is not there: the topic '{}' has {} of + and #", used,
                             config.topic.filter(), config.topic.captures()));
  return std::nullopt;
}

void read_fields(const Node& node, std::optional<std::size_t> kind, MqttConfig& config,
                 const ParseContext& context) {
  if (node.type != Node::Type::map || node.entries.empty())
    context.diagnostics.error(
        node.at,
        fmt::format("expected a map from JSON pointers to signals, found {}", node.describe()));
  for (const Node::Entry& entry : node.entries)
    if (auto channels = read_channel(entry.value, kind, context))
      config.fields.push_back({pointer(entry.key), std::move(*channels)});
}

}  // namespace

std::unique_ptr<SourceSpec> parse_mqtt(const Node& body, const ParseContext& context) {
  config::Diagnostics& diagnostics = context.diagnostics;
  const std::size_t errors_before = diagnostics.errors().size();
  MqttConfig config;
  config::MapReader reader(body, "an mqtt source", diagnostics);
  if (const Node* broker = reader.required("broker")) {
    config.broker = config::as_string(*broker, diagnostics).value_or("");
    if (const auto address = link::parse_broker_url(config.broker); !address)
      diagnostics.error(broker->at, address.error().message);
  }
  if (const Node* topic = reader.required("topic")) read_topic(*topic, config, diagnostics);
  config.client_id = reader.string("client_id", own_client_id());
  if (config.client_id.empty()) diagnostics.error(reader.node().at, "'client_id' is not empty");
  std::optional<std::size_t> kind;
  if (const Node* asset = reader.required("asset")) kind = read_mqtt_asset(*asset, config, context);
  if (const Node* json = reader.required("json")) read_fields(*json, kind, config, context);
  if (const Node* time = reader.optional("time"))
    config.time_pointer = pointer(config::as_string(*time, diagnostics).value_or(""));
  config.epoch = read_epoch(reader);
  reader.finish();
  if (diagnostics.errors().size() != errors_before) return nullptr;
  return std::make_unique<MqttSpec>(std::move(config));
}

}  // namespace wayside::node::sources
