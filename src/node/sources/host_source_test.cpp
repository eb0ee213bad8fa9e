#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "node/sources/host_probe.hpp"
#include "node/sources/source_fixture.hpp"

namespace wayside::node::sources {
namespace {

using ::testing::HasSubstr;

class HostTest : public SourceTest {
 protected:
  void tree(const std::string& stat, const std::string& disks, const std::string& net) {
    file("proc/stat", stat + "cpu0 1 1 1 1 1 1 1 1\n");
    file("proc/diskstats", disks);
    file("proc/net/dev", "Inter-|   Receive  |  Transmit\n face |bytes packets\n" + net);
    file("proc/loadavg", "0.75 0.50 0.25 1/100 4242\n");
    file("proc/meminfo",
         "MemTotal:  8000 kB\nMemFree: 100 kB\nMemAvailable: 2000 kB\n"
         "SwapTotal: 0 kB\nSwapFree: 0 kB\n");
    file("sys/block/sda/size", "1\n");
    file("sys/class/net/eth0/device/vendor", "x\n");
    file("sys/class/thermal/thermal_zone0/temp", "41500\n");
    file("sys/class/hwmon/hwmon0/temp1_input", "63250\n");
    file("sys/class/hwmon/hwmon0/temp2_input", "-273000\n");
    file("sys/class/hwmon/hwmon0/temp3_input", "n/a\n");
  }
  HostProbe::Roots roots() {
    return {(folder() / "proc").string(), (folder() / "sys").string(), folder().string()};
  }
  static std::optional<double> value(const std::vector<std::optional<double>>& values,
                                     std::string_view signal) {
    return values[computer_kind().find(signal)->index()];
  }
};

TEST_F(HostTest, ReadsAComputersTree) {
  HostProbe probe(roots());
  tree("cpu 100 0 100 700 100 0 0 0\n",
       "8 0 sda 10 0 1000 5 20 0 4000 9 0 0 0\n8 1 sda1 10 0 1000 5 20 0 4000 9 0 0 0\n"
       "7 0 loop0 9 0 9999 9 9 0 9999 9 0 0 0\n",
       "    lo: 500 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n  eth0:1000 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n"
       " veth1: 7777 1 0 0 0 0 0 0 7777 1 0 0 0 0 0 0\n");
  const auto first = probe.read(seconds(10));
  EXPECT_FALSE(value(first, "cpu_usage")) << "a rate needs two looks";
  EXPECT_FALSE(value(first, "disk_read"));
  EXPECT_EQ(value(first, "load_1m"), 0.75);
  EXPECT_EQ(value(first, "memory_used"), 75);
  EXPECT_FALSE(value(first, "swap_used")) << "there is no swap";
  EXPECT_EQ(value(first, "temperature"), 63.25) << "the hottest of the plausible ones";
  ASSERT_TRUE(value(first, "disk_used"));

  tree("cpu 150 0 110 720 120 0 0 0\n",
       "8 0 sda 10 0 3000 5 20 0 4200 9 0 0 0\n8 1 sda1 10 0 9000 5 20 0 9000 9 0 0 0\n",
       "  eth0: 3000 1 0 0 0 0 0 0 1200 1 0 0 0 0 0 0\n");
  const auto second = probe.read(seconds(12));
  EXPECT_DOUBLE_EQ(*value(second, "cpu_usage"), 60) << "60 of 100 ticks";
  EXPECT_DOUBLE_EQ(*value(second, "cpu_iowait"), 20);
  EXPECT_DOUBLE_EQ(*value(second, "disk_read"), 2000 * 512 / 2.0) << "whole disks only";
  EXPECT_DOUBLE_EQ(*value(second, "disk_write"), 200 * 512 / 2.0);
  EXPECT_DOUBLE_EQ(*value(second, "net_received"), 1000);
  EXPECT_DOUBLE_EQ(*value(second, "net_sent"), 500);
}

TEST_F(HostTest, CountersSetBackGiveNothing) {
  HostProbe probe(roots());
  tree("cpu 100 0 100 700 100 0 0 0\n", "", "  eth0: 3000 1 0 0 0 0 0 0 1200 1 0 0 0 0 0 0\n");
  (void)probe.read(seconds(1));
  tree("cpu 1 0 1 1 1 0 0 0\n", "", "  eth0: 10 1 0 0 0 0 0 0 1300 1 0 0 0 0 0 0\n");
  const auto values = probe.read(seconds(2));
  EXPECT_FALSE(value(values, "cpu_usage"));
  EXPECT_FALSE(value(values, "net_received"));
  EXPECT_EQ(value(values, "net_sent"), 100);
}

TEST_F(HostTest, NothingToReadGivesNothing) {
  const std::string nowhere = (folder() / "nowhere").string();
  HostProbe probe({nowhere, nowhere, nowhere});
  for (int i = 1; i < 3; ++i)
    for (const auto& v : probe.read(seconds(i))) EXPECT_FALSE(v);
  file("proc/stat", std::string(100, '\xff'));
  file("proc/diskstats", "8 0\n\n8 0 sda x\n");
  file("proc/net/dev", ":\n: 1 2\neth0: 1\n");
  file("proc/meminfo", "MemTotal:\nMemAvailable: x kB\n");
  HostProbe garbage(roots());
  (void)garbage.read(seconds(1));
  EXPECT_FALSE(value(garbage.read(seconds(2)), "memory_used"));
}

TEST_F(HostTest, MeasuresThisComputer) {
  const auto source = create("host: {every: 100ms, asset: this-computer}");
  EXPECT_FALSE(source->finite());
  std::jthread thread([&](std::stop_token stop) { source->run(stop); });
  ASSERT_TRUE(sink_.wait_for(12));
  thread.request_stop();
  thread.join();
  bool memory = false;
  for (const auto& sample : sink_.samples()) {
    EXPECT_EQ(sample.quality, telemetry::Quality::good);
    memory = memory || sample.signal == *computer_kind().find("memory_used");
  }
  EXPECT_TRUE(memory);
  EXPECT_EQ(sink_.waited(), 0u);
}

TEST_F(HostTest, LocatesMistakes) {
  const std::string said = mistakes("host:\n  evry: 1s\n  asset: engine-1\n");
  EXPECT_THAT(
      said,
      HasSubstr("agent.yaml:2:3: error: a host source has no 'evry' (did you mean 'every'?)"));
  EXPECT_THAT(
      said,
      HasSubstr("agent.yaml:3:10: error: the kind engine has none of the signals of computer"));
  EXPECT_THAT(mistakes("host: {every: 1ms, asset: this-computer}"), HasSubstr("from 100ms to 1d"));
}

}  // namespace
}  // namespace wayside::node::sources
