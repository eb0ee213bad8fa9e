#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "hub/store/clickhouse/clickhouse_store.hpp"
#include "hub/store/keeping_suite.hpp"
#include "support/clickhouse_server.hpp"

namespace wayside::hub::suite {

/// Open, or the test has failed.
[[nodiscard]] inline std::unique_ptr<TelemetryStore> open_clickhouse(
    const ClickhouseOptions& options) {
  auto store = make_clickhouse_store(options, Log());
  const Status opened = store->recover();
  EXPECT_TRUE(opened) << opened.error().message;
  return store;
}

/// Tests against a real server, one for all tests of a program, with a database for each of them.
class ClickhouseFixture : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (test::ClickhouseServer::installed() && !server_)
      server_ = std::make_unique<test::ClickhouseServer>();
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (!server_) GTEST_SKIP() << "clickhouse-server is not installed";
    options_.urls = {server_->url()};
    options_.exports = folder_.file("exports");
    options_.database = testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  [[nodiscard]] std::unique_ptr<TelemetryStore> open() const { return open_clickhouse(options_); }
  inline static std::unique_ptr<test::ClickhouseServer> server_;
  test::TemporaryFolder folder_;
  ClickhouseOptions options_;
};

}  // namespace wayside::hub::suite
