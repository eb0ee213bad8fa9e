#include "train/feature_csv.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "table/csv_text.hpp"

namespace wayside::train {
namespace {

constexpr std::size_t buffer_bytes = 1u << 18;

std::string as_field(const std::string& text) {
  std::string field;
  table::append_field(field, text);
  return field + ',';
}

}  // namespace

FeatureCsv::FeatureCsv(const ReplaySchema& schema)
    : schema_(&schema), buffer_("asset,name,time,value\n") {
  for (const ReplaySchema::Asset& asset : schema.assets) assets_.push_back(as_field(asset.name));
  for (const ReplaySchema::Kind& kind : schema.kinds) {
    auto& names = names_.emplace_back();
    if (!kind.plan) continue;
    for (const std::string& name : kind.plan->names()) names.push_back(as_field(name));
  }
}

Result<FeatureCsv> FeatureCsv::create(const std::string& path, const ReplaySchema& schema) {
  FeatureCsv csv(schema);
  if (path == "-") return csv;
  auto file = os::AtomicFile::create(path);
  if (!file) return tl::make_unexpected(file.error());
  csv.file_.emplace(std::move(*file));
  return csv;
}

Status FeatureCsv::write(std::size_t asset, Time tick, std::span<const double> values) {
  const auto& names = names_[schema_->assets[asset].kind];
  std::string time;
  table::append_integer(time, tick.ns);
  time += ',';
  for (std::size_t i = 0; i < values.size(); ++i) {
    buffer_ += assets_[asset];
    buffer_ += names[i];
    buffer_ += time;
    table::append_number(buffer_, values[i]);
    buffer_ += '\n';
  }
  rows_ += values.size();
  return buffer_.size() < buffer_bytes ? Status{} : flush();
}

Status FeatureCsv::flush() {
  Status written;
  if (file_)
    written = file_->write(buffer_);
  else if (std::fwrite(buffer_.data(), 1, buffer_.size(), stdout) != buffer_.size() ||
           std::fflush(stdout) != 0)
    written = fail(Errc::io, "writing to the standard output failed: {}", std::strerror(errno));
  buffer_.clear();
  return written;
}

Status FeatureCsv::finish() {
  if (const Status flushed = flush(); !flushed) return flushed;
  return file_ ? file_->put_in_place() : Status{};
}

}  // namespace wayside::train
