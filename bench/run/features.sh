#!/usr/bin/env bash
# ./dev bench features [SECONDS [QUERY_SECONDS]]: the engine, DuckDB and a plain loop on the same samples (default: 3600, 120).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

./dev build features_bench
build/release/bin/features_bench "$@"
