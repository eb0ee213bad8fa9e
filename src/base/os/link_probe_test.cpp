#include "base/os/link_probe.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace wayside {
namespace {

namespace fs = std::filesystem;

class LinkProbeTest : public testing::Test {
 protected:
  void SetUp() override {
    sys_ = fs::temp_directory_path() / ("wayside-net-" + std::to_string(::getpid()));
    fs::create_directories(sys_);
  }
  void TearDown() override { fs::remove_all(sys_); }
  LinkKind kind(const std::string& name, const std::string& type, const std::string& uevent = "",
                const std::string& folder = "") {
    fs::create_directories(sys_ / name / folder);
    std::ofstream(sys_ / name / "type") << type << "\n";
    std::ofstream(sys_ / name / "uevent") << uevent;
    return interface_kind(sys_, name);
  }
  fs::path sys_;
};

TEST_F(LinkProbeTest, TellsKindsOfInterfacesApart) {
  EXPECT_EQ(kind("lo", "772"), LinkKind::local);
  EXPECT_EQ(kind("eth0", "1", "INTERFACE=eth0\nIFINDEX=2\n"), LinkKind::ethernet);
  EXPECT_EQ(kind("wlp2s0", "1", "DEVTYPE=wlan\nINTERFACE=wlp2s0\n"), LinkKind::wifi);
  EXPECT_EQ(kind("wlan1", "1", "", "wireless"), LinkKind::wifi);
  EXPECT_EQ(kind("wwan0", "65534"), LinkKind::cellular);
  EXPECT_EQ(kind("usb0", "1", "DEVTYPE=wwan\n"), LinkKind::cellular);
  EXPECT_EQ(kind("ppp0", "512"), LinkKind::cellular);
  EXPECT_EQ(kind("tun0", "65534"), LinkKind::unknown);
  EXPECT_EQ(interface_kind(sys_, "none"), LinkKind::unknown);
}

TEST_F(LinkProbeTest, TakesTheDefaultRouteWithTheLowestMetric) {
  const std::string routes =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
      "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
      "wwan0\t00000000\t0100A8C0\t0003\t0\t0\t700\t00000000\t0\t0\t0\n"
      "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n";
  EXPECT_EQ(default_interface(routes), "wlan0");
  EXPECT_EQ(default_interface("Iface\n"), "");
  EXPECT_EQ(default_interface(""), "");
}

TEST_F(LinkProbeTest, ThisComputerIsLocal) {
  EXPECT_EQ(make_link_probe("127.0.0.1")->kind(), LinkKind::local);
  EXPECT_EQ(make_link_probe("localhost")->kind(), LinkKind::local);
}

}  // namespace
}  // namespace wayside
