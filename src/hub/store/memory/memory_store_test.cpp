#include "hub/store/memory/memory_store.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "hub/store/keeping_suite.hpp"
#include "hub/store/replay_suite.hpp"

namespace wayside::hub {
namespace {

TEST(MemoryStore, KeepsWhatItIsGiven) {
  MemoryStore store;
  suite::keeps_what_it_is_given(store);
}

TEST(MemoryStore, ServesReplays) {
  MemoryStore store, another;
  suite::gives_samples_for_a_replay(store);
  suite::replaces_features(another);
}

TEST(MemoryStore, GivesSeries) {
  MemoryStore store;
  suite::gives_series(store);
}

TEST(MemoryStore, BoundsSeries) {
  MemoryStore store;
  suite::bounds_series(store);
}

TEST(MemoryStore, ReducesSeries) {
  MemoryStore store;
  suite::reduces_series(store);
}

TEST(MemoryStore, GivesDecisionsAndEvents) {
  MemoryStore store;
  suite::gives_decisions_and_events(store);
}

TEST(MemoryStore, EndsAlerts) {
  MemoryStore store;
  suite::ends_alerts(store);
}

TEST(MemoryStore, CountsWhatItHolds) {
  MemoryStore store;
  suite::counts_what_it_holds(store);
}

TEST(MemoryStore, RemovesOldSamples) {
  MemoryStore store;
  suite::removes_old_samples(store);
}

TEST(MemoryStore, RemovesOldHistory) {
  MemoryStore store;
  suite::removes_old_history(store);
}

TEST(MemoryStore, AddsLateSamplesToTheHistory) {
  MemoryStore store;
  suite::adds_late_samples_to_the_history(store);
}

TEST(MemoryStore, RemovesOldRowsByKind) {
  MemoryStore store;
  suite::removes_old_rows_by_kind(store);
}

TEST(MemoryStore, DeletesAnAsset) {
  MemoryStore store;
  suite::deletes_an_asset(store);
}

TEST(MemoryStore, DeletesAnAssetThatLives) {
  MemoryStore store;
  suite::deletes_an_asset_that_lives(store);
}

TEST(MemoryStore, ExportsSamples) {
  MemoryStore store;
  suite::exports_samples(store);
}

TEST(MemoryStore, KeepsClosedStreams) {
  MemoryStore store;
  suite::keeps_closed_streams(store);
}

TEST(MemoryStore, KeepsWhatCameAhead) {
  MemoryStore store;
  suite::keeps_what_came_ahead(store);
}

TEST(MemoryStore, KeepsAlertsThatComeEnded) {
  MemoryStore store;
  suite::keeps_alerts_that_come_ended(store);
}

RC_GTEST_PROP(MemoryStore, StoresEveryRecordOnce, ()) {
  MemoryStore store;
  suite::stores_every_record_once(store, "x");
}

}  // namespace
}  // namespace wayside::hub
