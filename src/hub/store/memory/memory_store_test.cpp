#include "hub/store/memory/memory_store.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "hub/store/store_suite.hpp"

namespace wayside::hub {
namespace {

TEST(MemoryStore, KeepsWhatItIsGiven) {
  MemoryStore store;
  suite::keeps_what_it_is_given(store);
}

TEST(MemoryStore, GivesSeries) {
  MemoryStore store;
  suite::gives_series(store);
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

RC_GTEST_PROP(MemoryStore, StoresEveryRecordOnce, ()) {
  MemoryStore store;
  suite::stores_every_record_once(store, "x");
}

}  // namespace
}  // namespace wayside::hub
