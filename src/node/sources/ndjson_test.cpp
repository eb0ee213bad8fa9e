#include "node/sources/ndjson.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "node/sources/source_fixture.hpp"

namespace wayside::node::sources {
namespace {

class NdjsonTest : public SourceTest {
 protected:
  std::vector<telemetry::Sample> take(const std::vector<std::string>& lines) {
    Intake intake(context(), "test", Intake::Delivery::wait);
    NdjsonReader reader(context(), intake);
    for (const std::string& line : lines) reader.take(line);
    intake.flush({});
    return sink_.samples();
  }
};

TEST_F(NdjsonTest, ReadsNumbersTimesAndUnits) {
  const auto samples = take({
      R"({"asset":"engine-1","signal":"coolant_temp","time":"2026-01-01T00:00:00Z","value":81.5})",
      R"({"value":212,"unit":"degF","time":1767225600123456789,"signal":"coolant_temp","asset":"engine-2"})",
      R"( {"asset":"engine-1","signal":"coolant_temp","time":1767225600.5,"value":-1e1,"note":{"a":[1]}} )",
      R"({"asset":"engine-1","signal":"coolant_temp","time":"1767225600","value":"80.25","unit":null})",
      R"({"asset":"engine-1","signal":"oil_pressure","time":1767225600,"value":true})",
      "   ",
  });
  ASSERT_EQ(samples.size(), 5u);
  EXPECT_EQ(samples[0].value, 81.5);
  EXPECT_EQ(format_time(samples[0].time), "2026-01-01T00:00:00Z");
  EXPECT_NEAR(samples[1].value, 100, 1e-9);
  EXPECT_EQ(samples[1].asset, *assets_.find("engine-2"));
  EXPECT_EQ(samples[1].time.ns, 1767225600123456789) << "nanoseconds survive";
  EXPECT_EQ(samples[2].value, -10);
  EXPECT_EQ(format_time(samples[2].time), "2026-01-01T00:00:00.5Z");
  EXPECT_EQ(samples[3].value, 80.25);
  EXPECT_EQ(samples[4].value, 1);
  EXPECT_EQ(rejected(), 0u);
}

TEST_F(NdjsonTest, ExpandsWaveforms) {
  const auto samples = take({
      R"({"asset":"engine-1","signal":"vibration","time":0,"value":[1,2.5,-3,4]})",
      R"({"asset":"engine-1","signal":"vibration","time":0,"value":[1,2,3,4,5]})",
      R"({"asset":"engine-1","signal":"vibration","time":0,"value":[]})",
      R"({"asset":"engine-1","signal":"vibration","time":0,"value":[1,"2"]})",
      R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":[1]})",
  });
  ASSERT_EQ(samples.size(), 4u);
  EXPECT_EQ(samples[1].value, 2.5);
  EXPECT_EQ(samples[3].time.ns, 3'000'000);
  EXPECT_EQ(rejected("waveform_invalid"), 3u);
  EXPECT_EQ(rejected("value_unparsable"), 1u);
}

TEST_F(NdjsonTest, CountsEveryKindOfMistake) {
  const auto samples = take({
      "not json",
      R"({"asset":"engine-1")",
      R"([1,2])",
      R"({"asset":"engine-1","signal":"coolant_temp","value":1})",
      R"({"asset":7,"signal":"coolant_temp","time":0,"value":1})",
      R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":1} trailing)",
      std::string(100'000, '['),
      R"({"asset":"engine-1","signal":"coolant_temp","time":99999999999999999999,"value":1})",
  });
  EXPECT_TRUE(samples.empty());
  EXPECT_EQ(rejected("row_unparsable"), 8u);
  take({
      R"({"asset":"engine-1","signal":"coolant_temp","time":"soon","value":1})",
      R"({"asset":"engine-1","signal":"coolant_temp","time":null,"value":1})",
      R"({"asset":"engine-9","signal":"coolant_temp","time":0,"value":1})",
      R"({"asset":"engine-1","signal":"colour","time":0,"value":1})",
      R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":1,"unit":"kPa"})",
      R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":1,"unit":7})",
      R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":null})",
      R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":{"v":1}})",
      R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":1000})",
  });
  EXPECT_EQ(rejected("time_unparsable"), 2u);
  EXPECT_EQ(rejected("asset_unknown"), 1u);
  EXPECT_EQ(rejected("signal_unknown"), 1u);
  EXPECT_EQ(rejected("unit_unknown"), 2u);
  EXPECT_EQ(rejected("value_unparsable"), 2u);
  EXPECT_EQ(rejected("out_of_range"), 1u);
  ASSERT_EQ(sink_.samples().size(), 1u) << "out of range is passed on";
}

TEST_F(NdjsonTest, RemembersNoEndOfUnits) {
  Intake intake(context(), "test", Intake::Delivery::wait);
  NdjsonReader reader(context(), intake);
  for (int i = 0; i < 3000; ++i)
    reader.take(R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":1,"unit":"u)" +
                std::to_string(i) + "\"}");
  EXPECT_EQ(rejected("unit_unknown"), 3000u);
}

/// Puts a pipe in the place of standard input while a test runs.
class StdinTest : public SourceTest {
 protected:
  StdinTest() : kept_(::dup(STDIN_FILENO)) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    write_end_ = ends[1];
  }
  ~StdinTest() override {
    finish();
    ::dup2(kept_, STDIN_FILENO);
    ::close(kept_);
  }
  void write(std::string_view text) {
    EXPECT_EQ(::write(write_end_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void finish() {
    if (write_end_ >= 0) ::close(write_end_);
    write_end_ = -1;
  }

 private:
  int kept_;
  int write_end_ = -1;
};

constexpr std::string_view one_line =
    R"({"asset":"engine-1","signal":"coolant_temp","time":0,"value":81})"
    "\n";

TEST_F(StdinTest, HandsOnEachLineAsItComesAndEndsWithThePipe) {
  const auto source = create("stdin: {}");
  EXPECT_TRUE(source->finite());
  std::jthread thread([&](std::stop_token stop) { source->run(stop); });
  write(one_line);
  EXPECT_TRUE(sink_.wait_for(1)) << "without waiting for a batch to fill";
  write("rubbish\n");
  write(one_line.substr(0, one_line.size() - 1));
  finish();
  thread.join();
  EXPECT_EQ(sink_.samples().size(), 2u);
  EXPECT_EQ(rejected("row_unparsable"), 1u);
}

TEST_F(StdinTest, StopsWhileThePipeIsSilent) {
  const auto source = create("stdin:");
  std::jthread thread([&](std::stop_token stop) { source->run(stop); });
  write(one_line);
  EXPECT_TRUE(sink_.wait_for(1));
  thread.request_stop();
  thread.join();
}

TEST_F(StdinTest, TakesNoKeys) {
  EXPECT_NE(mistakes("stdin: {path: x}").find("a stdin source has no 'path'"), std::string::npos);
}

}  // namespace
}  // namespace wayside::node::sources
