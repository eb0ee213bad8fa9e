#!/usr/bin/env bash
# PSS of an agent after SECONDS (default 300) at 1,000 samples/s, without and with a model.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-300}
bin=$PWD/build/release/bin
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

port=18830
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n' "$port" >"$work/mosquitto.conf"
"$(command -v mosquitto || echo /usr/sbin/mosquitto)" -c "$work/mosquitto.conf" >"$work/broker.log" 2>&1 &
pids+=($!)
cat >"$work/hub.yaml" <<YAML
listen: 127.0.0.1:$((port + 1000))
broker: mqtt://127.0.0.1:$port
store: {duckdb: $work/telemetry.duckdb}
catalog: {sqlite: $work/catalog.sqlite}
YAML
"$bin/wayside-hub" --config "$work/hub.yaml" >"$work/hub.log" 2>&1 &
pids+=($!)
agent() { # NAME MODEL-YAML: ten signals every 10 ms
  local name=$1 model=$2 i
  {
    echo "node: $name"
    echo "hub: {broker: mqtt://127.0.0.1:$port}"
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
agent plain ""
plain=${pids[-1]}
agent model "m: {file: $work/pca.onnx, inputs: [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9], budget: 50ms}"
model=${pids[-1]}
# A model as a user gets one: fitted on the agent's own features; the running agent picks the file up.
sleep 45
"$bin/wayside" model fit pca --kind rig --hub "http://127.0.0.1:$((port + 1000))" --from -40s --to now --assets model \
  --features m0,m1,m2,m3,m4,m5,m6,m7,m8,m9 --false-alarm-rate 0.05 --out "$work/pca.onnx" >"$work/fit.log" 2>&1 ||
  { cat "$work/fit.log"; exit 1; }
sleep "$((seconds - 45))"

for pair in "without a model:$plain" "with a model:$model"; do
  pss=$(awk '/^Pss:/ {print $2}' "/proc/${pair##*:}/smaps_rollup")
  awk -v what="${pair%%:*}" -v kb="$pss" 'BEGIN {printf "  PSS %-16s %6.1f MB\n", what, kb / 1000}'
done
