// Parameters of the hub's API: whatever they hold, they are read or refused with a sentence.
#include <cmath>
#include <cstdint>
#include <string>

#include "base/assert.hpp"
#include "hub/api/params.hpp"
#include "hub/questions/sql.hpp"

using namespace wayside;
using namespace wayside::hub;

namespace {

template <class T>
void sentence(const Result<T>& result) {
  WAYSIDE_ASSERT(result || !result.error().message.empty(), "an error says what is wrong");
}

/// A literal ends where it should: only doubled or escaped quotes are inside.
void check_literal(questions::Dialect dialect, const std::string& text) {
  const std::string literal = questions::quoted(dialect, text);
  WAYSIDE_ASSERT(literal.size() >= 2 && literal.front() == '\'' && literal.back() == '\'',
                 "a literal is in quotes");
  for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
    const bool escapes = dialect == questions::Dialect::clickhouse && literal[i] == '\\';
    if (escapes || literal[i] == '\'') {
      ++i;
      WAYSIDE_ASSERT(i + 1 < literal.size(), "what escapes stands before something");
      WAYSIDE_ASSERT(escapes || literal[i] == '\'', "a quote inside is doubled");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  http::Request request;
  request.query["p"] = std::string(reinterpret_cast<const char*>(data), size);
  const auto time = api::time_param(request, "p", Time{});
  sentence(time);
  const auto count = api::count_param(request, "p", 0, 100);
  sentence(count);
  WAYSIDE_ASSERT(!count || *count <= 100, "a count is bounded");
  const auto duration = api::duration_param(request, "p", seconds(1));
  sentence(duration);
  WAYSIDE_ASSERT(!duration || duration->ns > 0, "a duration is more than 0");
  const auto number = api::number_param(request, "p");
  sentence(number);
  WAYSIDE_ASSERT(!number || !*number || std::isfinite(**number), "a number is finite");
  sentence(api::flag_param(request, "p"));
  for (const std::string& item : api::list_param(request, "p"))
    WAYSIDE_ASSERT(!item.empty() && item.find(',') == std::string::npos, "items are not empty");
  if (time && duration) {
    const Time before = questions::earlier(*time, *duration);
    WAYSIDE_ASSERT(before < *time || *time <= Time::min() + seconds(1), "earlier is earlier");
  }
  check_literal(questions::Dialect::duckdb, request.query["p"]);
  check_literal(questions::Dialect::clickhouse, request.query["p"]);
  return 0;
}
