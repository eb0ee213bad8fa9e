#!/usr/bin/env bash
# ./dev bench spool [APPENDS] [FOLDER]: a critical record's way to the disk beside a bare fdatasync, and bytes written for a sample (default: 2000, here).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
data=${WAYSIDE_DATA:-../shared/data}
[ -d "$data" ] || { echo "no data sets at $data: see CONTRIBUTING.md, or set WAYSIDE_DATA" >&2; exit 1; }

./dev build spool_bench
work=$(mktemp -d -p "${2:-build}")
trap 'rm -rf "$work"' EXIT
python3 bench/codec/data.py "$data" "$work"
build/release/bin/spool_bench "$work" "$work" "${1:-2000}"
