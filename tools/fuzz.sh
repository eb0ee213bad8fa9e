#!/usr/bin/env bash
# ./dev fuzz [SECONDS]: every fuzz target for so long, from its corpus; a crash is left in build/fuzz/crashes/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-30}
[[ $seconds =~ ^[0-9]+$ ]] || { echo "usage: ./dev fuzz [SECONDS]" >&2; exit 2; }
status=0
for target in build/fuzz/bin/*_fuzz; do
  name=$(basename "$target" _fuzz)
  mkdir -p "build/fuzz/corpus/$name" "build/fuzz/crashes"
  echo "== $name, $seconds s"
  if ! "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crashes/$name-" "build/fuzz/corpus/$name" "fuzz/corpus/$name" \
    >"build/fuzz/$name.log" 2>&1; then
    status=1
    tail -n 30 "build/fuzz/$name.log"
  else
    grep -E 'stat::(number_of_executed_units|average_exec_per_sec)' "build/fuzz/$name.log"
  fi
done
exit "$status"
