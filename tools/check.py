#!/usr/bin/env python3
"""Checks what the compiler does not: the layering of includes and the owners of third-party headers, links between
documents, texts, what the agent links, format, clang-tidy. Without arguments all of them; names for some."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# A folder may include itself and folders of a lower number. Above them all is the simulation, layer 4, which only apps/ and
# tests include.
LAYER = {
    "base": 0,
    "telemetry": 1, "table": 1,
    "features": 2, "infer": 2, "detect": 2, "spool": 2, "link": 2, "plants": 2, "trust": 2,
    "node": 3, "hub": 3, "train": 3,
}
# Of the folders of one layer, who may use whom: the link sends what is in the spool.
BESIDE = {("link", "spool")}

# A third-party header and the places (prefixes under src/) that own it. None is to be included elsewhere.
OWNERS = {
    r"sqlite3\.h": ["base/sqlite/", "spool/sqlite/", "hub/catalog/sqlite/"],
    r"onnxruntime.*": ["infer/onnx/"],
    r"duckdb\.h": ["base/duckdb/", "hub/store/duckdb/", "table/duckdb/"],
    r"httplib\.h": ["base/http/"],
    r"curl/.*": ["base/http/"],
    r"mosquitto\.h": ["link/mqtt/"],
    r"yaml-cpp/.*": ["base/config/"],
    r"spdlog/.*": ["base/log"],
    r"prometheus/.*": ["base/metrics"],
    r"udunits2\.h": ["telemetry/udunits/"],
    r"(google/protobuf/.*|wayside/v1/.*\.pb\.h)": ["telemetry/record", "telemetry/protobuf", "link/"],
    r"zstd\.h": ["link/", "telemetry/codec/"],
    r"(onnx/.*|Eigen/.*|torch/.*)": ["train/"],
    r"date/.*": ["base/tz/"],
    r"openssl/.*": ["base/digest", "trust/"],
    r"simdjson\.h": ["node/sources/"],
    r"CLI/.*": [],  # apps only
}
# The same below sim/.
SIM_OWNERS = {r"sqlite3\.h": ["sim/disk/sqlite/"]}
# Only these read the machine's clock: the adapters that talk to the outside.
CLOCK_OWNERS = ["base/os/", "base/http/", "link/mqtt/", "hub/store/duckdb/deadline"]
CLOCK = re.compile(r"(system_clock|steady_clock|high_resolution_clock)::now|clock_gettime|gettimeofday|\btime\(nullptr\)")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def tracked(*patterns):
    """Files in the work tree that git tracks or would."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=ROOT,
                         capture_output=True, text=True, check=True).stdout
    return sorted({ROOT / line for line in out.splitlines() if (ROOT / line).exists()})


def sources():
    return [p for p in tracked("*.cpp", "*.hpp") if p.suffix in (".cpp", ".hpp")]


def check_layers():
    problems = []
    for path in sources():
        relative = path.relative_to(ROOT).as_posix()
        in_src = relative.startswith("src/")
        in_sim = relative.startswith("sim/")
        inside = relative[4:] if in_src else ""
        folder = inside.split("/")[0] if in_src else ""
        test = relative.endswith("_test.cpp")
        if in_src and folder not in LAYER:
            problems.append(f"{relative}:1: the folder src/{folder} has no layer")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{relative}:{number}"
            if (in_src or in_sim) and not test and CLOCK.search(line) and not inside.startswith(tuple(CLOCK_OWNERS)):
                problems.append(f"{where}: reads the machine's clock; take a Clock instead")
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, target = match.groups()
            if quote == '"' and in_src:
                other = target.split("/")[0]
                if other in ("support", "wayside"):  # test support and the generated protocol: see OWNERS
                    if other == "support" and not test and not relative.endswith("_fixture.hpp"):
                        problems.append(f'{where}: "{target}" is for tests')
                elif other not in LAYER:
                    problems.append(f'{where}: "{target}" is not below src/')
                elif other != folder and LAYER[other] >= LAYER[folder] and (folder, other) not in BESIDE:
                    problems.append(f"{where}: {folder} (layer {LAYER[folder]}) includes {target} (layer {LAYER[other]})")
            elif quote == '"' and in_sim and not test:
                if target.split("/")[0] not in (*LAYER, "sim"):
                    problems.append(f'{where}: "{target}" is neither below src/ nor below sim/')
            for pattern, owners in OWNERS.items():
                if not re.fullmatch(pattern, target):
                    continue
                if in_sim and not relative.startswith(tuple(SIM_OWNERS.get(pattern, ["\0"]))):
                    problems.append(f"{where}: <{target}> belongs to an adapter below src/")
                if in_src and not inside.startswith(tuple(owners) or ("\0",)):
                    problems.append(f"{where}: <{target}> belongs to {', '.join(owners) or 'apps/'}")
    return problems


def check_agent():
    """The agent never links what only a hub or a trainer needs."""
    agent = ROOT / "build/release/bin/wayside-agent"
    if not agent.exists():
        return ["build/release/bin/wayside-agent is not built"]
    needed = subprocess.run(["ldd", agent], capture_output=True, text=True, check=True).stdout
    return [f"wayside-agent links {name}" for name in ("duckdb", "libpq", "torch", "onnxruntime") if name in needed]


def check_format():
    result = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *map(str, sources())],
                            capture_output=True, text=True)
    found = [line for line in result.stderr.splitlines() if "error:" in line]
    return found or ([f"clang-format ended with {result.returncode}"] if result.returncode else [])


def check_links():
    """Every relative link of a document leads somewhere."""
    problems = []
    link = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
    for path in tracked("*.md"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for target in link.findall(line):
                if not (path.parent / target).exists():
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {target} is not there")
    return problems


def check_text():
    """Long files, unfinished marks, trailing blanks."""
    problems = []
    unfinished = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    for path in tracked("src", "apps", "sim", "bench", "fuzz", "tests", "tools", "web/src", "docs", "*.md", "dev"):
        if path.suffix not in (".cpp", ".hpp", ".ts", ".tsx", ".mjs", ".py", ".sh", ".md", ".cmake", ".css", ""):
            continue
        if "corpus" in path.parts or path.is_dir():
            continue
        relative = path.relative_to(ROOT).as_posix()
        lines = path.read_text().splitlines()
        if path.suffix in (".cpp", ".hpp", ".ts", ".tsx") and len(lines) > 500:
            problems.append(f"{relative}:1: {len(lines)} lines: has it grown two subjects?")
        for number, line in enumerate(lines, 1):
            if unfinished.search(line):
                problems.append(f"{relative}:{number}: unfinished: {line.strip()[:80]}")
            if line != line.rstrip():
                problems.append(f"{relative}:{number}: blanks at the end of the line")
    return problems


def check_tidy():
    commands = ROOT / "build/release/compile_commands.json"
    if not commands.exists():
        return ["build/release/compile_commands.json is missing: build first"]
    known = {entry["file"] for entry in json.loads(commands.read_text())}
    files = [p for p in sources() if str(p) in known and not p.name.endswith("_test.cpp")
             and p.relative_to(ROOT).parts[0] in ("src", "apps")]

    def run(path):
        result = subprocess.run(["clang-tidy-14", "--quiet", "-p", str(commands.parent), str(path),
                                 "--extra-arg=-Wno-unknown-warning-option"],
                                capture_output=True, text=True)
        found = [line for line in result.stdout.splitlines() if " error: " in line]
        return found or ([f"{path}: clang-tidy ended with {result.returncode}"] if result.returncode else [])

    problems = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, found in enumerate(pool.map(run, files), 1):
            problems += found
            print(f"\rtidy {done}/{len(files)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return sorted(set(problems))


CHECKS = {"layers": check_layers, "links": check_links, "text": check_text, "agent": check_agent, "format": check_format,
          "tidy": check_tidy}


def main():
    names = sys.argv[1:] or list(CHECKS)
    failed = 0
    for name in names:
        if name not in CHECKS:
            sys.exit(f"check: no check '{name}': expected {', '.join(CHECKS)}")
        problems = CHECKS[name]()
        for problem in problems:
            print(problem)
        print(f"== {name}: {'ok' if not problems else f'{len(problems)} problems'}")
        failed += len(problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
