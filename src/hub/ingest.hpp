#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "hub/store/store.hpp"
#include "hub/stream_intake.hpp"
#include "link/frame.hpp"
#include "link/traffic_meter.hpp"

namespace wayside::hub {

/// What a commit made true: what to tell the nodes, and what changed for those who watch.
struct Committed {
  std::map<std::string, std::vector<link::AckStream>> acks;  ///< by node
  std::map<StreamKey, StreamTotals> streams;                 ///< those that were touched
  std::vector<EventRow> events;
  /// Newest times of samples of quality good by (node, asset), of this batch alone.
  std::vector<NewestTime> newest;
  RowCounts rows;
};

/// From frames to committed rows and acknowledgements, exactly once. It holds the position of every
/// stream: records whose number is accounted for are counted as duplicates, records right behind
/// the position (or, of a lane that goes ahead, behind the range it is) are collected, a hole asks
/// the node to send again, a gap record moves the position and counts as dropped. Positions and
/// rows are committed together, so a crash at any moment neither loses nor doubles anything.
///
/// What cannot be is refused as a whole, counted under its sender and its reason, and answered by
/// nothing: no frame, another's name, a node that nobody has heard of, an epoch that its node has
/// left, numbers that cannot be or that come again with something else.
///
/// It has no thread; one caller at a time.
class Ingest {
 public:
  static constexpr std::size_t streams_max = 300'000;
  static constexpr std::size_t name_bytes_max = 256;
  static constexpr std::size_t text_bytes_max = 1u << 20;
  static constexpr std::size_t senders_max = 1'000;  ///< named one by one in metrics
  static constexpr std::uint64_t seq_max = 1ull << 62;
  static constexpr std::size_t enders_max = 1'000;  ///< looked at for one alert

  Ingest(TelemetryStore& store, const Clock& clock, Metrics& metrics, Log log);

  /// Takes the positions from the store and forgets what was not committed. Call before the first
  /// frame, and after a failed commit.
  [[nodiscard]] Status load();

  /// The node exists and is in this epoch (0: it does not say).
  void know(const std::string& node, std::uint64_t epoch);

  /// One payload from an up topic. What is wrong with it is counted under the topic's node, logged,
  /// and ends there.
  void take(std::string_view topic, std::string_view payload);
  /// A message that the link dropped since it was too large.
  void take_oversize(std::string_view topic, std::size_t bytes);
  /// Frames of a node's tier were dropped unread: the next commit asks for them.
  void ask_again(const std::string& node, telemetry::Tier tier);

  /// Assets that a node described anew, to be stored with the next commit. After a failed commit
  /// and `load` they must be given again.
  void describe(std::vector<AssetRow> assets);

  /// Rows collected since the last commit.
  [[nodiscard]] std::uint64_t pending_rows() const { return batch_.rows; }
  /// There is something to commit or to acknowledge.
  [[nodiscard]] bool pending() const { return !touched_.empty() || !described_.empty(); }
  [[nodiscard]] bool pending_critical() const { return pending_critical_; }

  /// Stores what was collected. After an error nothing is acknowledged and nothing more is accepted
  /// until `load`.
  [[nodiscard]] Result<Committed> commit();

  /// Acknowledgements of every stream as committed, for when the hub comes back.
  [[nodiscard]] std::map<std::string, std::vector<link::AckStream>> all_acks() const;
  [[nodiscard]] std::map<StreamKey, StreamTotals> committed() const;

 private:
  using Stream = StreamIntake;
  using Streams = std::map<StreamKey, Stream>;

  void refuse(std::string_view sender, const std::string& reason, std::string_view detail,
              std::size_t wire_bytes);
  void malformed(std::string_view sender, const std::string& reason, std::string_view detail);
  [[nodiscard]] std::string label_of(std::string_view sender);
  [[nodiscard]] bool known(const std::string& node) const;
  [[nodiscard]] bool left(const StreamKey& key) const;
  [[nodiscard]] Stream* find_stream(const StreamKey& key);
  [[nodiscard]] std::string problem_of(const StreamKey& key, const link::Frame& frame) const;
  void end_other_epochs(const StreamKey& key);
  void take_frame(const StreamKey& key, Stream& stream, link::Frame& frame,
                  const std::vector<Stream::Place>& places);
  void take_stale(const StreamKey& key, Stream& stream, const link::Frame& frame);
  [[nodiscard]] bool close_or_rewind(const StreamKey& key, Stream& stream,
                                     const link::Frame& frame);
  void take_record(const StreamKey& key, Stream& stream, const Stream::Place& place,
                   std::string&& bytes);
  void take_gap(const StreamKey& key, Stream& stream, std::uint64_t seq, const telemetry::Gap& gap);
  void quarantine(const StreamKey& key, Stream& stream, std::uint64_t seq, std::string&& bytes,
                  const std::string& reason);
  void collect(const StreamKey& key, std::uint64_t seq, telemetry::Record&& record);
  void duplicate(Stream& stream);
  [[nodiscard]] Status end_late_alerts();
  [[nodiscard]] Committed outcome();

  TelemetryStore& store_;
  const Clock& clock_;
  Metrics& metrics_;
  Log log_;
  Streams streams_;
  std::set<StreamKey> touched_;
  Batch batch_;
  std::map<std::pair<std::string, std::string>, AssetRow> described_;  ///< by node and asset
  /// Places in the batch's events of alerts that came behind newer records.
  std::vector<std::size_t> late_alerts_;
  std::map<std::string, std::uint64_t> epochs_;  ///< that nodes are in; 0: they do not say
  bool pending_critical_ = false;
  bool failed_ = true;  ///< until the first load
  std::set<std::string, std::less<>> senders_;
  link::TrafficMeter traffic_;
  Counter& frames_;
  Counter& records_;
  Counter& duplicates_;
  Counter& dropped_;
  Counter& rewinds_;
};

}  // namespace wayside::hub
