#pragma once

#include <string>

namespace wayside::test {

/// A file of the public data sets, below $WAYSIDE_DATA or `shared/data` beside the checkout; ""
/// where it is not on this machine.
[[nodiscard]] std::string data_file(const std::string& name);

}  // namespace wayside::test
