#include "node/model_watcher.hpp"

#include <gmock/gmock.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "node/node_fixture.hpp"
#include "node/pipeline.hpp"

namespace wayside::node {
namespace {

using State = ModelStatus::State;

struct ModelWatcherTest : testing::Test {
  ModelWatcherTest()
      : folder(testing::TempDir() + "wayside-models-" + std::to_string(::getpid())),
        config(make_config(folder)),
        pipeline(config, sink, clock, metrics),
        watcher(config, pipeline, loader, infos, clock, Log{},
                [this](telemetry::Event event) { events.push_back(std::move(event)); }) {
    std::filesystem::create_directories(folder);
    loader.files[file()] = pump_model([](auto, auto outputs, auto) -> Status {
      outputs[0] = 0.5;
      return {};
    });
  }
  ~ModelWatcherTest() override { std::filesystem::remove_all(folder); }

  static AgentConfig make_config(const std::string& folder) {
    AgentConfig config = parse_good(pump_yaml("      worn: {when: wear.score > 0.9}\n"));
    config.kinds[0].models[0].file = folder + "/wear.onnx";
    return config;
  }
  [[nodiscard]] std::string file() const { return folder + "/wear.onnx"; }
  void write(const std::string& text) const { std::ofstream(file()) << text; }

  std::string folder;
  AgentConfig config;
  RecordingSink sink;
  ManualClock clock{at_second(0)};
  Metrics metrics;
  ModelInfos infos;
  FakeLoader loader;
  std::vector<telemetry::Event> events;
  Pipeline pipeline;
  ModelWatcher watcher;
};

TEST_F(ModelWatcherTest, AnAbsentModelIsAState) {
  EXPECT_FALSE(watcher.step());
  EXPECT_EQ(watcher.statuses()[0].state, State::absent);
  EXPECT_THAT(watcher.statuses()[0].outputs, testing::ElementsAre("score"));
  EXPECT_TRUE(events.empty());
  EXPECT_EQ(loader.loads, 0);
}

TEST_F(ModelWatcherTest, WhatIsThereIsLoadedAtOnceAndOnce) {
  write("a");
  EXPECT_TRUE(watcher.step());
  EXPECT_EQ(watcher.statuses()[0].state, State::loaded);
  EXPECT_THAT(watcher.statuses()[0].outputs, testing::ElementsAre("score", "t2"));
  EXPECT_FALSE(watcher.step());
  EXPECT_EQ(loader.loads, 1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, "model_loaded");
  EXPECT_NE(pipeline.slot(0, 0).current(), nullptr);
}

TEST_F(ModelWatcherTest, AFileThatAppearsIsLoadedOnceItStaysTheSame) {
  watcher.step();
  write("a");
  EXPECT_FALSE(watcher.step());
  write("abc");
  EXPECT_FALSE(watcher.step());
  EXPECT_TRUE(watcher.step());
  EXPECT_EQ(loader.loads, 1);
}

TEST_F(ModelWatcherTest, ARefusedFileLeavesTheRunningModel) {
  write("a");
  watcher.step();
  const LoadedModel* running = pipeline.slot(0, 0).current();
  loader.files[file()].manifest.inputs = {"temp_mean", "other"};
  write("abc");
  watcher.step();
  EXPECT_FALSE(watcher.step());
  EXPECT_FALSE(watcher.step());
  EXPECT_EQ(loader.loads, 2);
  EXPECT_EQ(watcher.statuses()[0].state, State::refused);
  EXPECT_THAT(watcher.statuses()[0].text, testing::HasSubstr("'other' is no feature"));
  EXPECT_EQ(watcher.statuses()[0].digest, "0123456789abcdef");
  EXPECT_EQ(pipeline.slot(0, 0).current(), running);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].kind, "model_failed");
}

TEST_F(ModelWatcherTest, AFileThatIsNoModelIsAFailureUntilOneFits) {
  const auto whole = loader.files[file()];
  loader.files.clear();
  write("a");
  EXPECT_FALSE(watcher.step());
  EXPECT_FALSE(watcher.step());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, "model_failed");
  EXPECT_TRUE(pipeline.slot(0, 0).refused());
  loader.files[file()] = whole;
  write("abc");
  watcher.step();
  EXPECT_TRUE(watcher.step());
  EXPECT_FALSE(pipeline.slot(0, 0).refused());
}

TEST_F(ModelWatcherTest, AFileThatVanishesLeavesItsModelRunning) {
  write("a");
  watcher.step();
  std::filesystem::remove(file());
  watcher.step();
  watcher.step();
  EXPECT_EQ(watcher.statuses()[0].state, State::loaded);
  EXPECT_NE(pipeline.slot(0, 0).current(), nullptr);
}

}  // namespace
}  // namespace wayside::node
