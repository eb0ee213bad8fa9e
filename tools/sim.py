#!/usr/bin/env python3
"""Runs drills with many seeds over all cores; prints the seed of every failure and the command that repeats it.
Without DRILL: every one of sim/drills/. Exit status 1 where a run failed."""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHUNK = 20  # runs of one process: small enough that no core is left alone at the end
SHOWN_MAX = 20  # failing seeds named for a drill


def find(name):
    """A path, or the name of a ready drill."""
    for path in (Path(name), ROOT / "sim/drills" / f"{name}.yaml"):
        if path.is_file():
            return path
    known = ", ".join(sorted(p.stem for p in (ROOT / "sim/drills").glob("*.yaml")))
    sys.exit(f"sim: no drill '{name}': expected a file, or one of {known}")


def run_chunk(program, drill, seed, runs):
    command = [program, "drill", drill, "--seed", str(seed), "--runs", str(runs), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        return {"runs": runs, "error": f"seeds {seed} to {seed + runs - 1}: exit status {done.returncode}\n{done.stderr}"}
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(prog="./dev sim", description=__doc__)
    parser.add_argument("drills", nargs="*", metavar="DRILL", help="a ready drill's name, or a file")
    parser.add_argument("--runs", type=int, default=1000, help="of each drill (default 1000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run (default 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time (default: the cores)")
    parser.add_argument("--program", default=ROOT / "build/release/bin/wayside", help="the wayside to run")
    options = parser.parse_args()
    if options.runs < 1 or options.jobs < 1 or options.seed < 0:
        sys.exit("sim: --runs and --jobs must be at least 1, --seed at least 0")
    drills = [find(name) for name in options.drills] or sorted((ROOT / "sim/drills").glob("*.yaml"))

    failed = False
    with ThreadPoolExecutor(options.jobs) as pool:
        for drill in drills:
            started = time.monotonic()
            seeds = range(options.seed, options.seed + options.runs, CHUNK)
            last = options.seed + options.runs
            chunks = list(pool.map(lambda s: run_chunk(options.program, drill, s, min(CHUNK, last - s)), seeds))
            errors = [chunk["error"] for chunk in chunks if "error" in chunk]
            bad = [seed for chunk in chunks for seed in chunk.get("failed_seeds", [])]
            hours = sum(chunk["runs"] * chunk["nodes"] * chunk["length_s"] / 3600 for chunk in chunks if "error" not in chunk)
            seconds = time.monotonic() - started
            print(f"{'FAIL' if bad or errors else 'ok':4}  {drill.stem:20} {options.runs} runs, {len(bad)} failed, "
                  f"{hours:,.0f} node-hours in {seconds:.1f} s", flush=True)
            for seed in bad[:SHOWN_MAX]:
                print(f"      {options.program} drill {drill} --seed {seed}")
            if len(bad) > SHOWN_MAX:
                print(f"      … and {len(bad) - SHOWN_MAX} more")
            for error in errors[:SHOWN_MAX]:
                print(f"      {error.strip()}")
            failed = failed or bool(bad or errors)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
