#!/usr/bin/env bash
# ./dev bench pipeline [SECONDS]: added latency, ingest at the hub, the agent's memory (default: after 300 s).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=build/release/bin

./dev build
echo "== added latency"
"$bin/pipeline_bench"
echo "== ingest at the hub"
"$bin/ingest_bench" 8000000
echo "== ingest from agents on this machine"
bash bench/ingest_agents.sh 100000
echo "== agent memory"
bash bench/agent_memory.sh "${1:-300}"
