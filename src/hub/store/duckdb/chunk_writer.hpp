#pragma once

#include "base/duckdb/chunk_writer.hpp"
#include "hub/store/duckdb/handles.hpp"
