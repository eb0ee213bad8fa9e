#!/usr/bin/env bash
# ./dev bench delivery [--rate N] [--phase SECONDS] [--only-script|--only-max]: store and forward beside mosquitto's bridge and Node-RED.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
data=${WAYSIDE_DATA:-../shared/data}
[ -d "$data" ] || { echo "no data sets at $data: see CONTRIBUTING.md, or set WAYSIDE_DATA" >&2; exit 1; }

./dev build delivery_bench wayside-agent wayside-hub
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/data/cmapss" "$work/node-red"
zcat "$data/cmapss/train_FD001.txt.gz" >"$work/data/cmapss/train_FD001.txt"
ln -s "$(realpath "$data")/nab" "$work/data/nab"

node_red=()
echo '{"private": true}' >"$work/node-red/package.json"
if (cd "$work/node-red" && npm install --ignore-scripts --no-audit --no-fund node-red@4.1.8) >"$work/npm.log" 2>&1; then
  node_red=(--node-red "$work/node-red")
fi
build/release/bin/delivery_bench "$work/data" "${node_red[@]}" "$@"
