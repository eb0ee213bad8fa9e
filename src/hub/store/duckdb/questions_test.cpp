#include <fmt/format.h>
#include <unistd.h>
#include <filesystem>

#include "hub/questions/iot/reference/iot_suite.hpp"
#include "hub/questions/questions_suite.hpp"
#include "hub/store/duckdb/duckdb_store.hpp"

namespace wayside::hub {
namespace {

std::unique_ptr<TelemetryStore> empty_store() {
  DuckdbOptions options;
  options.path = ":memory:";
  return std::move(open_duckdb_store(options, Log()).value());
}

TEST(DuckdbQuestions, AreAnsweredAsTheReferenceDoes) {
  for (const std::uint64_t seed : {1, 2})
    questions::suite::answers_as_the_reference(*empty_store(), seed);
}

TEST(DuckdbQuestions, LastValuesOutliveARestart) {
  const auto path =
      std::filesystem::temp_directory_path() / fmt::format("wayside-last-{}.duckdb", ::getpid());
  questions::suite::last_values_outlive_a_restart([&] {
    DuckdbOptions options;
    options.path = path;
    return std::move(open_duckdb_store(options, Log()).value());
  });
  std::filesystem::remove(path);
}

TEST(DuckdbQuestions, FindSimilarAssets) {
  questions::suite::finds_similar_assets(*empty_store());
}

TEST(DuckdbQuestions, OfTrucksAreAnsweredAsTheReferenceDoes) {
  questions::suite::answers_the_iot_questions(*empty_store());
}

}  // namespace
}  // namespace wayside::hub
