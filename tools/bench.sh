#!/usr/bin/env bash
# ./dev bench NAME …: runs bench/run/NAME.sh, which builds what it needs and prints its figures; docs/benchmarks.md keeps
# them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

name=${1:-}
[ $# -gt 0 ] && shift
if [ -n "$name" ] && [ -f "bench/run/$name.sh" ]; then exec bash "bench/run/$name.sh" "$@"; fi
echo "usage: ./dev bench NAME …; one of:" >&2
sed -ns '2s/^# /  /p' bench/run/*.sh >&2
exit 2
