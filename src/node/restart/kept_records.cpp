#include "node/restart/kept_records.hpp"

#include <algorithm>
#include <utility>

namespace wayside::node {
namespace {

constexpr std::size_t read_bytes = 1u << 20;

}  // namespace

using telemetry::Tier;

KeptRecords::KeptRecords(const spool::Spool& spool,
                         const std::array<std::uint64_t, telemetry::tier_count>& from)
    : spool_(spool) {
  for (const Tier tier : telemetry::all_tiers) {
    Stream& stream = streams_[static_cast<std::size_t>(tier)];
    stream.from = stream.expected =
        std::max<std::uint64_t>(from[static_cast<std::size_t>(tier)], 1);
    stream.last = spool.durable(tier);
  }
}

Status KeptRecords::fill(Tier tier) {
  Stream& stream = streams_[static_cast<std::size_t>(tier)];
  while (stream.read.empty() && stream.from <= stream.last) {
    auto part = spool_.read_kept(tier, stream.from, read_bytes);
    if (!part) return tl::make_unexpected(part.error());
    // What is between the end and the last number is gone as well.
    if (part->next == stream.from) part->next = stream.last + 1;
    stream.from = part->next;
    for (auto& entry : part->entries) {
      if (entry.seq > stream.last) break;
      stream.appended = entry.appended = std::max(stream.appended, entry.appended);
      stream.read.push_back(std::move(entry));
    }
  }
  return {};
}

Result<std::optional<KeptRecords::Item>> KeptRecords::next() {
  std::optional<Tier> oldest;
  for (const Tier tier : telemetry::all_tiers) {
    if (auto filled = fill(tier); !filled) return tl::make_unexpected(filled.error());
    const auto& read = streams_[static_cast<std::size_t>(tier)].read;
    if (read.empty()) continue;
    const auto appended = [&](Tier t) {
      return streams_[static_cast<std::size_t>(t)].read.front().appended;
    };
    // A block of features is diagnostic and stands behind the samples it came from: of equal times
    // diagnostic comes last.
    const bool first = !oldest || appended(tier) < appended(*oldest) ||
                       (appended(tier) == appended(*oldest) && *oldest == Tier::diagnostic);
    if (first) oldest = tier;
  }
  if (!oldest) return std::nullopt;
  Stream& stream = streams_[static_cast<std::size_t>(*oldest)];
  Item item{*oldest, std::move(stream.read.front())};
  stream.read.pop_front();
  if (item.record.seq > stream.expected) {
    missing_ += item.record.seq - stream.expected;
    whole_from_ = std::max(whole_from_.value_or(Time::min()), item.record.appended);
  }
  stream.expected = item.record.seq + 1;
  return item;
}

}  // namespace wayside::node
