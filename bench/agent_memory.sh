#!/usr/bin/env bash
# Memory of an agent after SECONDS (default 300) at 1,000 samples/s, without and with a model, sending to a hub.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-300}
. bench/testbed.sh

agent() { # NAME MODEL-YAML: ten signals every 10 ms
  local name=$1 model=$2 i
  {
    echo "node: $name"
    echo "hub: {broker: $broker}"
    echo "state: $work/$name"
    echo "listen: 127.0.0.1:0"
    echo "kinds:"
    echo "  rig:"
    echo "    signals:"
    for i in 0 1 2 3 4 5 6 7 8 9; do echo "      s$i: {unit: \"1\"}"; done
    echo "    features:"
    echo "      every: 200ms"
    echo "      define:"
    for i in 0 1 2 3 4 5 6 7 8 9; do
      echo "        m$i: mean(s$i, 10s)"
      echo "        d$i: std(s$i, 60s)"
    done
    if [ -n "$model" ]; then echo "    models: {$model}"; fi
    echo "assets: [{name: $name, kind: rig}]"
    echo "sources: [{stdin: {}}]"
  } >"$work/$name.yaml"
  python3 bench/samples.py 1000 "$((seconds + 60))" "$name" | "$bin/wayside-agent" --config "$work/$name.yaml" >"$work/$name.log" 2>&1 &
  pids+=($!)
}
stop_agent() {
  kill -TERM "$agent_pid"
  while kill -0 "$agent_pid" 2>/dev/null; do sleep 0.1; done
}
report() {
  awk -v what="$1" '/^Pss:/ {pss = $2} /^Rss:/ {rss = $2} END {printf "  %-16s PSS %5.1f MB, RSS %5.1f MB\n", what, pss / 1000, rss / 1000}' \
    "/proc/$agent_pid/smaps_rollup"
}

# One after the other: side by side they would share the pages of their program, and PSS would count each half.
agent plain ""
agent_pid=${pids[-1]}
sleep "$seconds"
report "without a model"
stop_agent

# A model as a user gets one: fitted on the agent's own features; the running agent picks the file up.
agent model "m: {file: $work/pca.onnx, inputs: [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9], budget: 50ms}"
agent_pid=${pids[-1]}
sleep 45
"$bin/wayside" model fit pca --kind rig --hub "$hub" --from -40s --to now --assets model \
  --features m0,m1,m2,m3,m4,m5,m6,m7,m8,m9 --false-alarm-rate 0.05 --out "$work/pca.onnx" >"$work/fit.log" 2>&1 ||
  { cat "$work/fit.log"; exit 1; }
sleep "$((seconds - 45))"
[ "$("$bin/wayside" query --hub "$hub" --format csv "select count(*) > 0 from decisions" | tail -n 1 | tr -d '\r')" = true ] ||
  { echo "  the model made no decisions"; exit 1; }
report "with a model"
