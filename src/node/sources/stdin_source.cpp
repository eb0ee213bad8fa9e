#include <unistd.h>

#include "node/sources/line_reader.hpp"
#include "node/sources/ndjson.hpp"
#include "node/sources/parsers.hpp"

namespace wayside::node::sources {
namespace {

class StdinSource final : public Source {
 public:
  explicit StdinSource(const SourceContext& context)
      : log_(context.log),
        intake_(context, name_, Intake::Delivery::wait),
        ndjson_(context, intake_) {}

  const std::string& name() const override { return name_; }
  bool finite() const override { return true; }

  void run(std::stop_token stop) override {
    LineReader lines(STDIN_FILENO, NdjsonReader::line_bytes_max, stop);
    for (std::string_view line;;) {
      const auto next = lines.next(line);
      if (!next) {
        outcome_ = fail_in(name_, next.error());
        return;
      }
      switch (*next) {
        case LineReader::Next::stopped:
          return;
        case LineReader::Next::line:
          ndjson_.take(line);
          break;
        case LineReader::Next::too_long:
          intake_.reject(Reject::row_too_long);
          break;
        case LineReader::Next::idle:
        case LineReader::Next::end:
          if (!intake_.flush(stop)) return;
      }
      if (*next == LineReader::Next::end) return log_.info("{}: read to its end", name_);
      if (intake_.pending() >= Intake::batch_max && !intake_.flush(stop)) return;
    }
  }
  Status outcome() const override { return outcome_; }

 private:
  std::string name_ = "stdin";
  Status outcome_;
  Log log_;
  Intake intake_;
  NdjsonReader ndjson_;
};

class StdinSpec final : public SourceSpec {
 public:
  Result<std::unique_ptr<Source>> create(const SourceContext& context) const override {
    return std::make_unique<StdinSource>(context);
  }
  bool keeps_units() const override { return true; }
};

}  // namespace

std::unique_ptr<SourceSpec> parse_stdin(const config::Node& body, const ParseContext& context) {
  const std::size_t errors_before = context.diagnostics.errors().size();
  config::MapReader reader(body, "a stdin source", context.diagnostics);
  reader.finish();
  if (context.diagnostics.errors().size() != errors_before) return nullptr;
  return std::make_unique<StdinSpec>();
}

}  // namespace wayside::node::sources
