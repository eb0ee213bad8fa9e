#pragma once

#include "hub/store/store_suite.hpp"

/// What every store must do for a replay of features.
namespace wayside::hub::suite {

inline SampleRequest samples_of(const std::string& node, const std::string& asset) {
  SampleRequest request;
  request.node = node;
  request.asset = asset;
  request.from = start - hours(1);
  request.to = start + hours(1);
  return request;
}

/// `signal@seconds=value/quality` of each sample.
inline std::vector<std::string> texts(const StoredSamples& samples) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < samples.times.size(); ++i)
    out.push_back(fmt::format("{}@{}={}/{}", samples.series[samples.series_of[i]].signal,
                              (samples.times[i] - start).seconds(), samples.values[i],
                              telemetry::to_string(samples.qualities[i])));
  return out;
}

inline void gives_samples_for_a_replay(TelemetryStore& store) {
  using telemetry::Quality;
  using testing::ElementsAre;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Batch batch;
  batch.samples.push_back({"n1", block("a1", "temp", start, {1, 5, nan})});
  batch.samples.push_back({"n1", block("a1", "power", start, {7, 8}, Duration{0})});
  batch.samples.push_back({"n2", block("a1", "temp", start, {100})});
  batch.samples.push_back({"n1", block("a2", "temp", start, {200})});
  batch.streams[{"n1", 7, telemetry::Tier::bulk}] = {9, 6, 2, 4, 1, start};
  ASSERT_TRUE(store.commit(batch));
  Batch later;
  auto late = block("a1", "temp", start, {9, 6}, Duration{0});
  late.qualities[0] = Quality::late;
  later.samples.push_back({"n1", late});
  later.streams = batch.streams;
  ASSERT_TRUE(store.commit(later));

  SampleRequest request = samples_of("n1", "a1");
  request.signals = {"temp"};
  auto got = store.stored_samples(request);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_THAT(texts(*got), ElementsAre("temp@0=1/good", "temp@0=9/late", "temp@0=6/good",
                                       "temp@1=5/good", "temp@2=nan/not_finite"));
  request.signals.clear();
  request.to = start;
  got = store.stored_samples(request);
  ASSERT_TRUE(got);
  auto all = texts(*got);
  ASSERT_EQ(all.size(), 5u);
  std::erase_if(all, [](const std::string& text) { return text.starts_with("temp"); });
  EXPECT_THAT(all, ElementsAre("power@0=7/good", "power@0=8/good"));
  request.rows_max = 4;
  EXPECT_EQ(store.stored_samples(request).error().code, Errc::full);
  EXPECT_TRUE(store.stored_samples(samples_of("n3", "a1")).value().times.empty());
}

inline std::vector<double> feature(TelemetryStore& store, const std::string& name) {
  SeriesRequest request;
  request.asset = "a1";
  request.names = {name};
  request.from = start - hours(1);
  request.to = start + hours(1);
  const auto series = store.series(request).value();
  return series.empty() ? std::vector<double>{} : series[0].values;
}

inline void replaces_features(TelemetryStore& store) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto second = [](int s) { return start + seconds(s); };
  Batch batch;
  telemetry::FeatureBlock online{
      "a1", {"mean", "rise"}, {second(0), second(1), second(2)}, {1, 10, 2, 20, 3, 30}};
  batch.features.push_back({"n1", online});
  batch.streams[{"n1", 7, telemetry::Tier::bulk}] = {9, 6, 2, 4, 1, start};
  ASSERT_TRUE(store.commit(batch));

  const FeatureReplacement replacement{
      "n1",
      second(1),
      second(5),
      {"a1", {"mean", "new"}, {second(1), second(3)}, {-2, nan, -3, 4}}};
  for (int i = 0; i < 2; ++i) {  // the same again changes nothing
    const auto replaced = store.replace_features(replacement);
    ASSERT_TRUE(replaced) << replaced.error().message;
    EXPECT_EQ(*replaced, (Replaced{i == 0 ? 2u : 4u, 4}));
    EXPECT_EQ(feature(store, "mean"), (std::vector<double>{1, -2, -3}));
    EXPECT_EQ(feature(store, "rise"), (std::vector<double>{10, 20, 30}));
    const auto added = feature(store, "new");
    ASSERT_EQ(added.size(), 2u);
    EXPECT_TRUE(std::isnan(added[0]));
    EXPECT_EQ(added[1], 4);
    EXPECT_EQ(store.row_counts().value().features, 8u);
  }
  // What another node says of the asset stays, and so does everything else.
  const auto elsewhere =
      store.replace_features({"n2", second(0), second(9), {"a1", {"mean"}, {}, {}}});
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(*elsewhere, (Replaced{0, 0}));
  EXPECT_EQ(feature(store, "mean").size(), 3u);
  EXPECT_EQ(store.streams().value(), batch.streams);
}

}  // namespace wayside::hub::suite
