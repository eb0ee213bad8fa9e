#pragma once

#include "base/duckdb/handles.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

}  // namespace wayside::hub::duck
