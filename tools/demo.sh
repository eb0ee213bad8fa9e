#!/usr/bin/env bash
# A broker, a hub, four simulated locomotives and this computer, on loopback; ends everything it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

duration=0
while [ $# -gt 0 ]; do
  case "$1" in
    --for)
      [[ ${2:-} =~ ^([0-9]+)(s|min)?$ ]] || { echo "demo: --for takes a duration such as 60s or 5min" >&2; exit 2; }
      duration=${BASH_REMATCH[1]}
      if [ "${BASH_REMATCH[2]}" = min ]; then duration=$((duration * 60)); fi
      shift 2 ;;
    *) echo "usage: ./dev demo [--for DURATION]" >&2; exit 2 ;;
  esac
done

bin=${WAYSIDE_BIN:-$PWD/build/release/bin}
demo=$PWD/build/demo
fit_after=35    # seconds of healthy life that the model is fitted on
fault_at=45s    # when loco-4503 begins to lose coolant
mkdir -p build
exec 7>build/demo.lock
flock -n 7 || { echo "demo: one is running already in this folder" >&2; exit 1; }
rm -rf "$demo"
mkdir -p "$demo"/{log,models,hub,broker}

free_port() { # the first free one from $1 on
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}

pids=()
names=()
start() { # NAME COMMAND…, in a session of its own, so that Ctrl-C here does not reach it first
  local name=$1
  shift
  setsid "$@" >"$demo/log/$name.log" 2>&1 </dev/null 7>&- &
  pids+=($!)
  names+=("$name")
}

stop_all() {
  local i all
  trap '' INT TERM
  # The shell's own list of jobs: an interrupt may come between a start and its entry in pids.
  # shellcheck disable=SC2207
  all=($(jobs -p))
  # Last started, first stopped: agents, then the hub, then the broker.
  for ((i = ${#all[@]} - 1; i >= 0; i--)); do
    kill -TERM "${all[i]}" 2>/dev/null || continue
    for _ in $(seq 100); do kill -0 "${all[i]}" 2>/dev/null || break; read -rt 0.1 <> <(:) || true; done
    kill -KILL "${all[i]}" 2>/dev/null || true
    wait "${all[i]}" 2>/dev/null || true
  done
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

wait_for() { # WHAT COMMAND…: until the command succeeds, at most 30 s
  local what=$1 deadline=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "demo: $what did not start; its log:" >&2
      tail -n 20 "$demo"/log/*.log >&2
      exit 1
    fi
    read -rt 0.1 <> <(:) || true
  done
}

broker_port=$(free_port 1883)
hub_port=$(free_port 8080)
export BROKER=mqtt://127.0.0.1:$broker_port MODELS=$demo/models
hub=http://127.0.0.1:$hub_port

mosquitto=$(command -v mosquitto || echo /usr/sbin/mosquitto)
printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nuser root\n' "$broker_port" >"$demo/broker/mosquitto.conf"
start broker "$mosquitto" -c "$demo/broker/mosquitto.conf"
wait_for "the broker" bash -c "exec 3<>/dev/tcp/127.0.0.1/$broker_port"
LISTEN=127.0.0.1:$hub_port STATE=$demo/hub start hub "$bin/wayside-hub" --config examples/fleet/hub.yaml
wait_for "the hub" bash -c "$bin/wayside status --hub $hub"

field_port=$(free_port $((hub_port + 1)))
n=0
for node in loco-4501 loco-4502 loco-4503 loco-4504; do
  n=$((n + 1))
  export NODE=$node SEED=$n STATE=$demo/$node FAULT_AT=3650d LISTEN=127.0.0.1:0
  if [ "$node" = loco-4503 ]; then export FAULT_AT=$fault_at LISTEN=127.0.0.1:$field_port; fi
  start "$node" "$bin/wayside-agent" --config examples/fleet/locomotive.yaml
done
NODE=this-computer STATE=$demo/this-computer LISTEN=127.0.0.1:0 \
  start this-computer "$bin/wayside-agent" --config examples/host/agent.yaml
started=$SECONDS

echo "Wayside's console: $hub/   (loco-4503's own, as a technician beside it sees it: http://127.0.0.1:$field_port/)"
echo "At ${fit_after} s the fleet's healthy data becomes a model; at ${fault_at} loco-4503 begins to lose coolant."

# The fleet learns from itself: first from all of it, later again from more of the sound ones' lives. Reports: log/fit.log.
fit() { # FALSE-ALARM-RATE FROM ASSETS
  "$bin/wayside" model fit pca --kind locomotive --hub "$hub" --from "$2" --to now --assets "$3" --false-alarm-rate "$1" \
    --features coolant_mean,coolant_rise,coolant_bar,fan_mean,oil_mean,oil_bar,over_ambient --out "$demo/models/cooling.onnx"
}
(
  trap 'kill $! 2>/dev/null; exit' TERM
  pause() { sleep "$1" & wait $!; }
  pause "$fit_after"
  fit 0.01 -32s loco-4501,loco-4502,loco-4503,loco-4504
  while pause 180; do fit 0.002 -1h loco-4501,loco-4502,loco-4504; done
) >"$demo/log/fit.log" 2>&1 </dev/null 7>&- &
pids+=($!)
names+=(fit)

# Beside this shell, not in front of it: a shell acts on an interrupt only after the command in front has ended.
watch=(top --hub "$hub")
if [ "$duration" -gt 0 ]; then watch+=(--for "${duration}s"); fi
"$bin/wayside" "${watch[@]}" 7>&- &
wait $!

status=0
for i in "${!pids[@]}"; do
  kill -0 "${pids[i]}" 2>/dev/null && continue
  status=1
  echo "demo: ${names[i]} has ended; its log:" >&2
  tail -n 20 "$demo/log/${names[i]}.log" >&2
done

echo
echo "== after $((SECONDS - started)) s"
head -n 13 "$demo/log/fit.log"
echo
"$bin/wayside" query --hub "$hub" "select time, asset, severity, text from events where kind in ('alert_raised', 'alert_cleared') order by time limit 20"
echo
"$bin/wayside" ledger --hub "$hub"
exit "$status"
