#!/usr/bin/env bash
# Installs what is missing, and nothing else: quick when nothing is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One at a time: two npm runs in one folder destroy each other's work.
mkdir -p build
exec 8>build/.setup.lock
flock 8

installed=" $(dpkg-query -W -f='${Package}:${db:Status-Status} ' 2>/dev/null) "
missing=()
while read -r package; do
  case "$package" in ''|'#'*) continue ;; esac
  # Any Node.js of 18 or later will do, from Debian or not.
  if [ "$package" = nodejs ] && command -v node >/dev/null; then continue; fi
  if [ "$package" = npm ] && command -v npm >/dev/null; then continue; fi
  case "$installed" in *" $package:installed "*) ;; *) missing+=("$package") ;; esac
done <tools/apt-packages.txt
if [ ${#missing[@]} -gt 0 ]; then
  echo "== installing ${#missing[@]} Debian packages: ${missing[*]}" >&2
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "setup: needs root or sudo to install: ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o Dpkg::Use-Pty=0 -q "${missing[@]}" >&2
fi

if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)'; then
  echo "setup: Node.js $(node --version) is too old: the console is built with 18 or later" >&2
  exit 1
fi
if [ "$(uname -m)" != x86_64 ]; then
  echo "setup: only x86-64 is supported so far (DuckDB and ONNX Runtime come as x86-64 libraries)" >&2
  exit 1
fi

# npm ci where the lock file is newer than what was last installed from it.
for dir in third_party/npm web; do
  [ -f "$dir/package-lock.json" ] || continue
  if ! cmp -s "$dir/package-lock.json" "$dir/node_modules/.wayside-installed"; then
    echo "== npm ci in $dir" >&2
    (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund >&2)
    cp "$dir/package-lock.json" "$dir/node_modules/.wayside-installed"
  fi
done
