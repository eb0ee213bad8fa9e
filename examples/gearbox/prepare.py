#!/usr/bin/env python3
"""Turns the download of the gearbox (h30hz0.csv … b30hz90.csv: columns a1 to a4) into rows, file by file.

The data bear no time and no rate: sample i of a file is placed at (i + 1) / 4,300 Hz, see README.md. Each file is an
asset of its own: healthy-LOAD or broken-LOAD.
"""

import argparse
import csv
import gzip
import pathlib
import sys

SIGNALS = ["a1", "a2", "a3", "a4"]
START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
RATE_HZ = 4_300


def recordings(folder):
    """(asset, path) of each file that is there."""
    for state, letter in (("healthy", "h"), ("broken", "b")):
        for load in range(0, 100, 10):
            for ending in ("csv", "csv.gz"):
                path = folder / f"{letter}30hz{load}.{ending}"
                if path.exists():
                    yield f"{state}-{load}", path
                    break


def write(asset, path, seconds, out, table):
    unpack = gzip.open if path.suffix == ".gz" else open
    with unpack(path, "rt", encoding="ascii") as file:
        rows = csv.reader(file)
        if next(rows, None) != SIGNALS:
            sys.exit(f"{path}: expected the header {','.join(SIGNALS)}")
        for i, row in enumerate(rows):
            if seconds is not None and i >= seconds * RATE_HZ:
                break
            if len(row) != len(SIGNALS):
                sys.exit(f"{path}, line {rows.line_num}: {len(row)} fields, expected {len(SIGNALS)}")
            time = START_NS + ((i + 1) * 1_000_000_000 + RATE_HZ // 2) // RATE_HZ
            if table:
                out.write(f"{asset},{time},{','.join(row)}\n")
            else:
                out.writelines(f"{asset},{signal},{time},{value}\n" for signal, value in zip(SIGNALS, row))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of h30hz0.csv … , or .csv.gz")
    parser.add_argument("--output", type=argparse.FileType("w"), default="-")
    parser.add_argument("--seconds", type=int, default=None, help="of each file; default all")
    parser.add_argument("--table", action="store_true",
                        help="a row for each time, as agent.yaml reads it, not one for each sample")
    options = parser.parse_args()
    found = list(recordings(options.data))
    if not found:
        sys.exit(f"{options.data}: there is none of h30hz0.csv … b30hz90.csv, packed or not")
    header = ["asset", "time", *SIGNALS] if options.table else ["asset", "signal", "time", "value"]
    options.output.write(",".join(header) + "\n")
    for asset, path in found:
        write(asset, path, options.seconds, options.output, options.table)


if __name__ == "__main__":
    main()
