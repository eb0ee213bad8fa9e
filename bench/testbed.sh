# Sourced by the benchmarks that need a broker and a hub: starts both on free ports, in a temporary folder, and ends
# everything named in `pids` at the end. Gives: bin, work, broker, hub, pids.
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
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || (exec 3<>"/dev/tcp/127.0.0.1/$((port + 1000))") 2>/dev/null; do
  port=$((port + 1))
done
broker=mqtt://127.0.0.1:$port
hub=http://127.0.0.1:$((port + 1000))
printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n' "$port" >"$work/mosquitto.conf"
"$(command -v mosquitto || echo /usr/sbin/mosquitto)" -c "$work/mosquitto.conf" >"$work/broker.log" 2>&1 &
pids+=($!)
cat >"$work/hub.yaml" <<YAML
listen: 127.0.0.1:$((port + 1000))
broker: $broker
store: {duckdb: $work/telemetry.duckdb}
catalog: {sqlite: $work/catalog.sqlite}
YAML
"$bin/wayside-hub" --config "$work/hub.yaml" >"$work/hub.log" 2>&1 &
pids+=($!)
until "$bin/wayside" status --hub "$hub" >/dev/null 2>&1; do
  kill -0 "${pids[-1]}" || { cat "$work/hub.log" >&2; exit 1; }
  sleep 0.1
done
