#include "hub/store/clickhouse/clickhouse_store.hpp"

#include <gmock/gmock.h>

#include "hub/store/clickhouse/store_fixture.hpp"

namespace wayside::hub {
namespace {

class ClickhouseStoreTest : public suite::ClickhouseFixture {};

TEST_F(ClickhouseStoreTest, KeepsWhatItIsGiven) {
  suite::keeps_what_it_is_given(*open());
}
TEST_F(ClickhouseStoreTest, GivesSeries) {
  suite::gives_series(*open());
}
TEST_F(ClickhouseStoreTest, ReducesSeries) {
  suite::reduces_series(*open());
}
TEST_F(ClickhouseStoreTest, GivesDecisionsAndEvents) {
  suite::gives_decisions_and_events(*open());
}
TEST_F(ClickhouseStoreTest, EndsAlerts) {
  suite::ends_alerts(*open());
}
TEST_F(ClickhouseStoreTest, KeepsClosedStreams) {
  suite::keeps_closed_streams(*open());
}

TEST_F(ClickhouseStoreTest, StoresEveryRecordOnce) {
  const auto store = open();
  int round = 0;
  EXPECT_TRUE(rc::check([&] { suite::stores_every_record_once(*store, std::to_string(++round)); }));
}

TEST_F(ClickhouseStoreTest, FindsEverythingAgainAfterOpening) {
  const Batch batch = suite::batch_of_everything();
  ASSERT_TRUE(open()->commit(batch));
  const auto store = open();
  EXPECT_EQ(store->streams().value(), batch.streams);
  EXPECT_EQ(store->row_counts().value(), (RowCounts{6, 4, 2, 1, 2}));
}

}  // namespace
}  // namespace wayside::hub
