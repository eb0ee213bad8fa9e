#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "telemetry/record.hpp"
#include "telemetry/seq_ranges.hpp"
#include "telemetry/tier.hpp"

namespace wayside::hub {

/// One numbered stream of records.
struct StreamKey {
  std::string node;
  std::uint64_t epoch = 0;
  telemetry::Tier tier = telemetry::Tier::bulk;

  friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
};

/// The account of one stream as the hub sees it, in records.
struct StreamTotals {
  std::uint64_t produced = 0;    ///< highest number given out, as last reported
  std::uint64_t watermark = 0;   ///< everything up to here is stored or accounted as dropped
  std::uint64_t delivered = 0;   ///< records stored
  std::uint64_t dropped = 0;     ///< numbers that gaps stand for
  std::uint64_t duplicates = 0;  ///< records that came again
  Time updated;
  /// The node goes on under another epoch, so what is missing will hardly come. If it does, it
  /// counts as delivered and is missing no longer; the stream is open again once more is produced.
  bool closed = false;
  telemetry::SeqRanges ahead = {};  ///< beyond the watermark, stored or accounted for too

  [[nodiscard]] std::uint64_t missing() const {
    const std::uint64_t known = watermark + telemetry::count(ahead);
    return produced > known ? produced - known : 0;
  }
  [[nodiscard]] std::uint64_t queued() const { return closed ? 0 : missing(); }
  /// Numbers of a closed stream that never came: dropped for the reason `epoch_ended`.
  [[nodiscard]] std::uint64_t abandoned() const { return closed ? missing() : 0; }
  /// Invariant 2; `delivered` and `dropped` are counted apart from `watermark`.
  [[nodiscard]] bool balanced() const {
    return produced == delivered + dropped + abandoned() + queued();
  }

  friend bool operator==(const StreamTotals&, const StreamTotals&) = default;
};

/// `100-120,130-130`: how stores keep ranges.
[[nodiscard]] std::string ranges_text(const telemetry::SeqRanges& ranges);
/// Empty where it is no such text.
[[nodiscard]] telemetry::SeqRanges parse_ranges(std::string_view text);

/// `{"fleet":"north",…}`, by key.
[[nodiscard]] std::string tags_json(const std::map<std::string, std::string>& tags);
/// What `tags_json` wrote; what is no text in it is left out.
[[nodiscard]] std::map<std::string, std::string> tags_from_json(const std::string& json);

/// A stored event. `cleared` and `rule` are for alerts.
struct EventRow {
  std::string id;  ///< node.epoch.<c|d|b>seq: unique and the same after a resend
  std::string node;
  telemetry::Event event;
  std::string rule;
  std::optional<Time> raised;  ///< of alert_cleared: when the alert it ends was raised
  /// Of alert_raised: when it ended. Set before it is stored where its end came first.
  std::optional<Time> cleared;
  telemetry::Tier tier = telemetry::Tier::diagnostic;
};

/// Does `later` end the alert `raised`? An alert ends when its rule clears on its asset, or when
/// the same rule raises again, which happens where a node was restarted with an alert up.
[[nodiscard]] bool ends_alert(const EventRow& raised, const EventRow& later);

/// Numbers that will never come, and why.
struct GapRow {
  StreamKey stream;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t samples = 0;
  std::string reason;
  Time first_time;
  Time last_time;

  friend bool operator==(const GapRow&, const GapRow&) = default;
};

/// A record that could not be read, kept as it came.
struct QuarantinedRow {
  StreamKey stream;
  std::uint64_t seq = 0;
  std::string reason;
  std::string bytes;
};

/// What a node last said of one of its assets; replaces the row of the same node and asset.
struct AssetRow {
  std::string node, asset;
  std::string site, kind;
  std::map<std::string, std::string> tags;

  friend bool operator==(const AssetRow&, const AssetRow&) = default;
};

template <class T>
struct FromNode {
  std::string node;
  T record;
  telemetry::Tier tier = telemetry::Tier::diagnostic;  ///< of the stream it came in
};

/// What one commit stores: records in arrival order, and the totals of every stream they move.
struct Batch {
  std::map<StreamKey, StreamTotals> streams;
  std::vector<FromNode<telemetry::SampleBlock>> samples;
  std::vector<FromNode<telemetry::FeatureBlock>> features;
  std::vector<FromNode<telemetry::Decision>> decisions;
  std::vector<FromNode<telemetry::Health>> health;
  std::vector<EventRow> events;
  std::vector<GapRow> gaps;
  std::vector<QuarantinedRow> quarantine;
  std::vector<AssetRow> assets;
  std::uint64_t rows = 0;
};

}  // namespace wayside::hub
