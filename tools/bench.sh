#!/usr/bin/env bash
# ./dev bench NAME: builds and runs one benchmark and prints its figures; docs/benchmarks.md keeps them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=build/release/bin

case "${1:-}" in
  pipeline)
    ./dev build
    echo "== added latency"
    "$bin/pipeline_bench"
    echo "== ingest at the hub"
    "$bin/ingest_bench" 8000000
    echo "== ingest from agents on this machine"
    bash bench/ingest_agents.sh 100000
    echo "== agent memory"
    bash bench/agent_memory.sh "${2:-300}" ;;
  *)
    echo "usage: ./dev bench pipeline [SECONDS of the memory run, default 300]" >&2
    exit 2 ;;
esac
