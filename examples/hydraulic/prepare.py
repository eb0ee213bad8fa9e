#!/usr/bin/env python3
"""Turns the download of the hydraulic rig (one file a sensor, one cycle of 60 s a row) into rows in time order.

A sensor with n values a row measured every 60 s / n. The data bear no time: cycle c is placed at minute c, back to
back, and sample i of n at the end of its part, (i + 1) · 60 s / n, so that the 60 s up to a full minute are one cycle.
"""

import argparse
import contextlib
import gzip
import itertools
import pathlib
import sys

SIGNALS = ["ts1", "ts2", "ts3", "ts4", "vs1", "ce", "cp", "se", "fs1", "fs2"]
START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
CYCLE_NS = 60_000_000_000


def lines(folder, signal):
    plain = folder / f"{signal.upper()}.txt"
    packed = folder / f"{signal.upper()}.txt.gz"
    if plain.exists():
        return open(plain, encoding="ascii")
    if packed.exists():
        return gzip.open(packed, "rt", encoding="ascii")
    sys.exit(f"{plain}: there is neither this file nor {packed.name}")


def cycle_rows(cycle, texts):
    """(time, {signal: value}) of one cycle, in the order of time; values stay the texts that they are."""
    rows = {}
    for signal, text in zip(SIGNALS, texts):
        values = text.split()
        if len(values) not in (60, 600):
            sys.exit(f"{signal.upper()}, row {cycle + 1}: {len(values)} values, expected 60 (1 Hz) or 600 (10 Hz)")
        step = CYCLE_NS // len(values)
        for i, value in enumerate(values):
            rows.setdefault(START_NS + cycle * CYCLE_NS + (i + 1) * step, {})[signal] = value
    return sorted(rows.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of TS1.txt … FS2.txt, or .txt.gz")
    parser.add_argument("--output", type=argparse.FileType("w"), default="-")
    parser.add_argument("--cycles", type=int, default=None, help="the first so many; default all")
    parser.add_argument("--table", action="store_true",
                        help="a row for each time, as agent.yaml reads it, not one for each sample")
    options = parser.parse_args()
    out = options.output
    out.write("asset,time," + ",".join(SIGNALS) + "\n" if options.table else "asset,signal,time,value\n")
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(lines(options.data, signal)) for signal in SIGNALS]
        cycles = zip(*files) if options.cycles is None else itertools.islice(zip(*files), options.cycles)
        for cycle, texts in enumerate(cycles):
            for time, values in cycle_rows(cycle, texts):
                if options.table:
                    out.write(f"rig-1,{time}," + ",".join(values.get(signal, "") for signal in SIGNALS) + "\n")
                else:
                    out.writelines(f"rig-1,{signal},{time},{value}\n" for signal, value in values.items())


if __name__ == "__main__":
    main()
