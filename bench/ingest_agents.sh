#!/usr/bin/env bash
# Sustained ingest from real agents over a real broker: two agents replay files as fast as they go, until the hub
# has committed and acknowledged everything. Counts from the agents' start to the end of the last one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rows=${1:-150000} # of 20 signals, for each agent
. bench/testbed.sh

# Values with two decimals, as sensors give them, every 10 ms.
awk -v rows="$rows" 'BEGIN {
  srand(1); printf "time"; for (s = 0; s < 20; s++) { printf ",s%d", s; v[s] = 50 + s }
  print ""
  for (r = 0; r < rows; r++) {
    printf "%d", 1772366400000 + r * 10
    for (s = 0; s < 20; s++) { v[s] += (rand() - 0.5) / 5; printf ",%.2f", v[s] }
    print ""
  }
}' >"$work/samples.csv"

agent() {
  local name=$1 s
  {
    echo "node: $name"
    echo "hub: {broker: $broker}"
    echo "state: $work/$name"
    echo "kinds:"
    echo "  rig:"
    echo "    signals:"
    for s in $(seq 0 19); do echo "      s$s: {unit: \"1\"}"; done
    echo "    features: {every: 1s, define: {m0: \"mean(s0, 10s)\", d1: \"std(s1, 60s)\"}}"
    echo "assets: [{name: $name, kind: rig}]"
    echo "sources:"
    echo "  - csv:"
    echo "      path: $work/samples.csv"
    echo "      time: time"
    echo "      asset: $name"
    echo "      columns: {$(for s in $(seq 0 19); do printf 's%d: s%d, ' "$s" "$s"; done)}"
    echo "      pace: max"
    echo "tiers: {diagnostic: {send: now}}"
  } >"$work/$name.yaml"
  "$bin/wayside-agent" --config "$work/$name.yaml" --until-eof >"$work/$name.log" 2>&1
}
start=$(date +%s.%N)
agent rig-1 & one=$!
agent rig-2 & two=$!
wait "$one" || { cat "$work/rig-1.log"; exit 1; }
wait "$two" || { cat "$work/rig-2.log"; exit 1; }
end=$(date +%s.%N)
stored=$("$bin/wayside" query --hub "$hub" --format csv "select count(*) from samples" | tail -n 1 | tr -d '\r')
awk -v n="$stored" -v sent="$((rows * 40))" -v a="$start" -v b="$end" \
  'BEGIN {printf "  %d of %d samples committed in %.1f s: %d samples/s\n", n, sent, b - a, n / (b - a); exit n != sent}'
"$bin/wayside" ledger --hub "$hub"
