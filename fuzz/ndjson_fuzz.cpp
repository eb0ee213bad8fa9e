// The stdin source's reader, from bytes to samples: whatever comes in, each sample belongs to an
// asset and signal of the table, and its quality is what its value deserves.
#include <cstdlib>

#include "base/os/system_clock.hpp"
#include "node/sources/line_reader.hpp"
#include "node/sources/ndjson.hpp"

namespace wayside::node::sources {
namespace {

AssetTable table() {
  telemetry::Kind kind{"engine", {}};
  telemetry::Signal temperature;
  temperature.name = "t";
  temperature.unit = "degC";
  temperature.min = -40;
  temperature.max = 150;
  telemetry::Signal vibration;
  vibration.name = "v";
  vibration.unit = "g";
  vibration.waveform = telemetry::Waveform{1000, 8};
  kind.signals = {temperature, vibration};
  return {{kind}, {{"a", 0}}};
}

class CheckingSink final : public SampleSink {
 public:
  explicit CheckingSink(const AssetTable& assets) : assets_(assets) {}
  bool push_wait(std::span<const telemetry::Sample> samples, std::stop_token) override {
    push_now(samples);
    return true;
  }
  void push_now(std::span<const telemetry::Sample> samples) override {
    for (const telemetry::Sample& sample : samples) {
      if (sample.asset.index() >= assets_.assets.size()) std::abort();
      const telemetry::Kind& kind = assets_.kind_of(sample.asset);
      if (sample.signal.index() >= kind.signals.size()) std::abort();
      if (sample.quality != kind[sample.signal].judge(sample.value)) std::abort();
    }
  }

 private:
  const AssetTable& assets_;
};

void read(std::string_view bytes) {
  static const AssetTable assets = table();
  static const auto units = telemetry::Units::load();
  static const os::SystemClock clock;
  static Metrics metrics;
  static CheckingSink sink(assets);
  if (!units) std::abort();
  Intake intake({assets, *units, sink, clock, metrics, {}}, "fuzz", Intake::Delivery::wait);
  NdjsonReader reader({assets, *units, sink, clock, metrics, {}}, intake);
  constexpr std::size_t line_bytes_max = 4096;
  LineSplitter lines(line_bytes_max);
  lines.feed(bytes);
  lines.finish();
  std::string_view line;
  for (auto next = lines.next(line); next != LineSplitter::Next::more; next = lines.next(line))
    if (next == LineSplitter::Next::line) reader.take(line);
  intake.flush({});
}

}  // namespace
}  // namespace wayside::node::sources

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wayside::node::sources::read({reinterpret_cast<const char*>(data), size});
  return 0;
}
