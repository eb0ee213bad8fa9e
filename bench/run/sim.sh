#!/usr/bin/env bash
# ./dev bench sim [NODES [HOURS_MEMORY [HOURS_SQLITE]]]: node-hours of a simulated fleet in a minute of one core (100, 168, 6).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

./dev build sim_bench
build/release/bin/sim_bench "$@"
