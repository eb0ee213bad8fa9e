#!/usr/bin/env python3
"""Turns a set of C-MAPSS (unit, cycle, 3 settings, 21 sensors) into samples in the units of agent.yaml.

The rows bear no time: cycle c of every engine is at 2026-01-01T00:00:00Z + c hours, as agent.yaml has it.
"""

import argparse
import gzip
import sys

START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
HOUR_NS = 3_600_000_000_000
K_OF_DEGR = 5 / 9
KPA_OF_PSIA = 0.45359237 * 9.80665 / 0.0254**2 / 1000
KG_OF_LBM = 0.45359237
# The sensors, columns 6 to 26, each with the factor from the unit of the data to that of agent.yaml.
SENSORS = [("t2", K_OF_DEGR), ("t24", K_OF_DEGR), ("t30", K_OF_DEGR), ("t50", K_OF_DEGR), ("p2", KPA_OF_PSIA),
           ("p15", KPA_OF_PSIA), ("p30", KPA_OF_PSIA), ("nf", 1), ("nc", 1), ("epr", 1), ("ps30", KPA_OF_PSIA),
           ("phi", 1), ("nrf", 1), ("nrc", 1), ("bpr", 1), ("far_b", 1), ("ht_bleed", 1), ("nf_dmd", 1),
           ("pcnfr_dmd", 1), ("w31", KG_OF_LBM), ("w32", KG_OF_LBM)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="train_FD001.txt or another set, or .txt.gz")
    parser.add_argument("--output", type=argparse.FileType("w"), default="-")
    parser.add_argument("--engines", type=int, default=None, help="the first so many; default all")
    options = parser.parse_args()
    out = options.output
    out.write("asset,signal,time,value\n")
    unpack = gzip.open if options.data.endswith(".gz") else open
    with unpack(options.data, "rt", encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            fields = line.split()
            if len(fields) != 26:
                sys.exit(f"{options.data}, line {number}: {len(fields)} columns, expected 26")
            if options.engines is not None and int(fields[0]) > options.engines:
                break
            time = START_NS + int(fields[1]) * HOUR_NS
            for (signal, factor), value in zip(SENSORS, fields[5:]):
                out.write(f"engine-{fields[0]},{signal},{time},{float(value) * factor!r}\n")


if __name__ == "__main__":
    main()
