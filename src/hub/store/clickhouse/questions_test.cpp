#include "hub/questions/iot/reference/iot_suite.hpp"
#include "hub/questions/questions_suite.hpp"
#include "hub/store/clickhouse/store_fixture.hpp"

namespace wayside::hub {
namespace {

class ClickhouseQuestionsTest : public suite::ClickhouseFixture {};

TEST_F(ClickhouseQuestionsTest, AreAnsweredAsTheReferenceDoes) {
  questions::suite::answers_as_the_reference(*open(), 1);
}

TEST_F(ClickhouseQuestionsTest, LastValuesOutliveARestart) {
  questions::suite::last_values_outlive_a_restart([this] { return open(); });
}

TEST_F(ClickhouseQuestionsTest, FindSimilarAssets) {
  questions::suite::finds_similar_assets(*open());
}

TEST_F(ClickhouseQuestionsTest, OfTrucksAreAnsweredAsTheReferenceDoes) {
  questions::suite::answers_the_iot_questions(*open());
}

}  // namespace
}  // namespace wayside::hub
