#!/usr/bin/env bash
# ./dev bench codec [REPETITIONS]: the block codec beside Gorilla, Chimp and zstd on the public data sets (default: 9).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
data=${WAYSIDE_DATA:-../shared/data}
[ -d "$data" ] || { echo "no data sets at $data: see CONTRIBUTING.md, or set WAYSIDE_DATA" >&2; exit 1; }

./dev build codec_bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 bench/codec/data.py "$data" "$work"
build/release/bin/codec_bench "$work" "${1:-9}"
