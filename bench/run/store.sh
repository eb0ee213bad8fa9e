#!/usr/bin/env bash
# ./dev bench store [SAMPLES]: ingest, the thirteen truck questions beside InfluxDB and PostgreSQL, growth (default: 51.8 million samples).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
samples=${1:-51840000} # 200 trucks, 3 days, every 10 s, 10 signals
ingested=${INGESTED:-10000000}
sizes=${SIZES-1e6 1e7 1e8}
repeats=${REPEATS:-50}
seconds=${SECONDS_EACH:-20}
engines=${ENGINES:-duckdb clickhouse postgresql influxdb}
kept=${KEPT:-10000000}
bench=$PWD/build/release/bin/store_bench
export PATH=$PATH:/usr/sbin:/usr/lib/postgresql/15/bin

./dev build store_bench
work=$(mktemp -d)
chmod 755 "$work"
results=$work/results.tsv
pid=
stop() {
  if [ -n "$pid" ]; then
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  pid=
}
finish() {
  stop
  if [ -n "${RESULTS:-}" ]; then cp "$results" "$RESULTS"; fi
  rm -rf "$work"
}
trap finish EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# wait_for COMMAND…: until it succeeds or the server has gone.
wait_for() {
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" || { tail -20 "$work"/*.log >&2; exit 1; }
    sleep 0.1
  done
}
# What the kernel keeps of files goes, so that the first questions are cold.
drop_caches() {
  sync
  echo 3 2>/dev/null >/proc/sys/vm/drop_caches || echo "note: the page cache cannot be dropped here" >&2
}

start_clickhouse() {
  local folder=$work/clickhouse
  mkdir -p "$folder"
  cat >"$folder/users.xml" <<XML
<?xml version="1.0"?>
<yandex><profiles><default></default></profiles><users><default><password></password>
<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default></default></quotas></yandex>
XML
  cat >"$folder/config.xml" <<XML
<?xml version="1.0"?>
<yandex><logger><level>warning</level><console>1</console></logger><listen_host>127.0.0.1</listen_host>
<http_port>$http</http_port><tcp_port>$tcp</tcp_port><path>$folder/data/</path><tmp_path>$folder/tmp/</tmp_path>
<user_files_path>$folder/files/</user_files_path><format_schema_path>$folder/schemas/</format_schema_path>
<users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>536870912</mark_cache_size><timezone>UTC</timezone>
<mlock_executable>false</mlock_executable></yandex>
XML
  clickhouse-server --config-file="$folder/config.xml" >"$work/clickhouse.log" 2>&1 &
  pid=$!
  place=http://127.0.0.1:$http
  wait_for curl -fs "$place/ping"
}

start_influxdb() {
  local folder=$work/influxdb
  mkdir -p "$folder"
  cat >"$folder/influxdb.conf" <<TOML
reporting-disabled = true
bind-address = "127.0.0.1:$tcp"
[meta]
dir = "$folder/meta"
[data]
dir = "$folder/data"
wal-dir = "$folder/wal"
index-version = "tsi1"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:$http"
log-enabled = false
[monitor]
store-enabled = false
[logging]
level = "error"
TOML
  influxd -config "$folder/influxdb.conf" >"$work/influxdb.log" 2>&1 &
  pid=$!
  place=http://127.0.0.1:$http
  wait_for curl -fs "$place/ping"
}

# PostgreSQL does not run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi
}
start_postgresql() {
  local folder=$work/postgresql
  if [ ! -d "$folder" ]; then
    mkdir -p "$folder"
    [ "$(id -u)" = 0 ] && chown postgres "$folder"
    as_postgres initdb -D "$folder" -U bench -A trust --locale=C -E UTF8 >/dev/null
  fi
  as_postgres postgres -D "$folder" -p "$http" -k "$folder" -c listen_addresses= -c shared_buffers=4GB -c work_mem=128MB \
    -c maintenance_work_mem=1GB -c max_wal_size=8GB -c effective_cache_size=12GB -c random_page_cost=1.1 \
    >"$work/postgresql.log" 2>&1 &
  pid=$!
  place="host=$folder port=$http user=bench dbname=postgres"
  wait_for psql "$place" -c 'select 1'
}
start_duckdb() { place=$work/telemetry.duckdb; }

# run ENGINE: loads it, and asks it after a restart.
run() {
  http=$(free_port)
  tcp=$(free_port)
  echo "== $1" >&2
  "start_$1"
  "$bench" load "$1" "$place" "$samples" >>"$results"
  stop
  if [ "$1" = influxdb ]; then
    printf 'bytes\tinfluxdb\t%s\n' "$(du -sb "$work/influxdb/data" "$work/influxdb/wal" | awk '{s += $1} END {print s}')" >>"$results"
  fi
  drop_caches
  "start_$1"
  "$bench" ask "$1" "$place" "$samples" "$repeats" "$seconds" >>"$results"
  stop
  rm -rf "${work:?}/$1" "$work/telemetry.duckdb"*
}

# There is no measuring what is not asked for or not installed; DuckDB is linked in.
declare -A server=([duckdb]=true [clickhouse]=clickhouse-server [postgresql]=initdb [influxdb]=influxd)
wanted() {
  [[ " $engines " == *" $1 "* ]] || return 1
  command -v "${server[$1]}" >/dev/null || { echo "note: there is no ${server[$1]}" >&2; return 1; }
}

echo "== ingest" >&2
if wanted duckdb; then
  "$bench" ingest duckdb "$work/ours.duckdb" "$work/bare.duckdb" "$ingested" >>"$results"
  rm -f "$work"/*.duckdb*
fi
if wanted clickhouse; then
  http=$(free_port) tcp=$(free_port)
  start_clickhouse
  "$bench" ingest clickhouse "$place" "$place" "$ingested" >>"$results"
  stop
  rm -rf "$work/clickhouse"
fi

echo "== archive" >&2
"$bench" keep "$work/keep.duckdb" "$kept" >>"$results"
rm -rf "$work"/keep.duckdb*

for engine in duckdb clickhouse postgresql influxdb; do
  if wanted "$engine"; then run "$engine"; fi
done

echo "== growth" >&2
if wanted duckdb && [ -n "$sizes" ]; then
  # shellcheck disable=SC2086
  "$bench" grow duckdb "$work/grow.duckdb" $sizes >>"$results"
  rm -f "$work"/*.duckdb*
fi
if wanted clickhouse && [ -n "$sizes" ]; then
  http=$(free_port) tcp=$(free_port)
  start_clickhouse
  # shellcheck disable=SC2086
  "$bench" grow clickhouse "$place" $sizes >>"$results"
  stop
fi

python3 bench/store_report.py "$results" "$samples" ${PLOT:+"$PLOT"}
