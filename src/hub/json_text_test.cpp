#include "hub/json_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace wayside::hub {
namespace {

template <class T>
std::string integer(T value) {
  std::string out;
  append_json_integer(out, value);
  return out;
}

TEST(JsonText, WritesWhatIsNoNumberAsNull) {
  std::string out;
  append_json_number(out, std::numeric_limits<double>::quiet_NaN());
  append_json_number(out, std::numeric_limits<double>::infinity());
  EXPECT_EQ(out, "nullnull");
}

TEST(JsonText, WritesLargeIntegersAsText) {
  EXPECT_EQ(integer(std::int64_t{9'007'199'254'740'992}), "9007199254740992");
  EXPECT_EQ(integer(std::int64_t{-9'007'199'254'740'993}), "\"-9007199254740993\"");
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::min()), "\"-9223372036854775808\"");
  EXPECT_EQ(integer(std::numeric_limits<std::uint64_t>::max()), "\"18446744073709551615\"");
}

RC_GTEST_PROP(JsonText, DoublesReadBackTheSame, (double value)) {
  RC_PRE(std::isfinite(value));
  std::string out;
  append_json_number(out, value);
  RC_ASSERT(nlohmann::json::parse(out).get<double>() == value);
}

TEST(JsonText, EscapesText) {
  const std::string text = std::string("a\"\\\n\t\x01\x1f/é\0b", 12);
  std::string out;
  append_json_string(out, text);
  EXPECT_EQ(nlohmann::json::parse(out).get<std::string>(), text);
}

}  // namespace
}  // namespace wayside::hub
