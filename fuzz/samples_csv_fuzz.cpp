// What `wayside features` reads from files: samples.csv and labels.csv. Whatever comes in, each row
// given belongs to an asset and signal of the schema, and the labels are whole and in order.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "table/csv_reader.hpp"
#include "train/labels.hpp"
#include "train/sample_rows.hpp"

namespace wayside::train {
namespace {

const ReplaySchema& schema() {
  static const ReplaySchema made = [] {
    telemetry::Kind kind;
    kind.name = "pump";
    kind.signals.resize(1);
    kind.signals[0].name = "t";
    kind.signals[0].max = 150;
    config::Diagnostics diagnostics;
    auto plan = features::Plan::compile(kind, {{"m", "mean(t, 5s)", {}}}, {}, nullptr, diagnostics);
    return ReplaySchema{{{kind, plan}, {kind, nullptr}}, {{"a", 0}, {"b", 1}}};
  }();
  return made;
}

void read_samples(const std::string& text, bool skip_unknown) {
  auto rows = SampleRows::begin(table::CsvReader::of_text(text), schema(), {"f", skip_unknown, ""});
  if (!rows) return;
  SampleRow row;
  for (;;) {
    const auto more = rows->next(row);
    if (!more || !*more) return;
    if (row.asset != 0 || row.signal.index() != 0) std::abort();
    if (static_cast<std::size_t>(row.quality) >= telemetry::quality_count) std::abort();
  }
}

void read_label_file(const std::string& text) {
  const auto labels = read_labels(table::CsvReader::of_text(text), "f");
  if (!labels) return;
  std::size_t size = 0;
  for (const auto& [asset, rows] : labels->rows) {
    if (asset.empty() || rows.empty()) std::abort();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].values.size() != labels->columns.size()) std::abort();
      if (i > 0 && rows[i].time < rows[i - 1].time) std::abort();
    }
    size += rows.size();
  }
  if (size != labels->size || labels->first() > labels->last()) std::abort();
}

}  // namespace
}  // namespace wayside::train

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  wayside::train::read_samples(text, false);
  wayside::train::read_samples(text, true);
  wayside::train::read_label_file(text);
  return 0;
}
