#!/usr/bin/env python3
"""Series of the public data sets in one binary file a set, for codec_bench.

usage: data.py DATA OUT. For each series: u32 length of its name, name, u64 count, times (int64 ns), values (double).
NAB has times; C-MAPSS has flights (one an hour here); the rig's rates and the gearbox's (20 kHz) make regular grids.
"""
import array
import csv
import gzip
import pathlib
import struct
import sys
from datetime import datetime, timezone

START = 1_420_070_400 * 10**9  # 2015-01-01


class SeriesFile:
    def __init__(self, path):
        self.file = open(path, "wb")

    def add(self, name, times, values):
        name = name.encode()
        self.file.write(struct.pack("<I", len(name)) + name + struct.pack("<Q", len(values)))
        self.file.write(array.array("q", times).tobytes() + array.array("d", values).tobytes())

    def on_grid(self, name, step_ns, values):
        self.add(name, range(START, START + step_ns * len(values), step_ns), values)


def nab(data, out):
    for path in sorted((data / "nab/data").glob("*/*.csv")):
        with open(path) as file:
            rows = list(csv.reader(file))[1:]
        times = [datetime.fromisoformat(row[0]).replace(tzinfo=timezone.utc).timestamp() for row in rows]
        out.add(path.stem, [int(t) * 10**9 for t in times], [float(row[1]) for row in rows])


def cmapss(data, out):
    for path in sorted((data / "cmapss").glob("t*_FD*.txt.gz")):
        engines = {}
        with gzip.open(path, "rt") as file:
            for line in file:
                row = line.split()
                engines.setdefault(row[0], []).append([float(cell) for cell in row[2:]])
        for engine, flights in engines.items():
            for column, values in enumerate(zip(*flights)):
                out.on_grid(f"{path.stem}/{engine}/{column}", 3600 * 10**9, values)


def hydraulic(data, out):
    for path in sorted((data / "hydraulic").glob("*.txt.gz")):
        with gzip.open(path, "rt") as file:
            values = [float(cell) for line in file for cell in line.split()]
        if path.name != "profile.txt":
            out.on_grid(path.name[:-7], 10**8 if path.name.startswith("FS") else 10**9, values)


def gearbox(data, out):
    for path in sorted((data / "gearbox").glob("*.csv.gz")):
        with gzip.open(path, "rt") as file:
            rows = list(csv.reader(file))[1:]
        for column in range(4):
            out.on_grid(f"{path.name[:-7]}/a{column + 1}", 50_000, [float(row[column]) for row in rows])


def main():
    data, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for read in (nab, cmapss, hydraulic, gearbox):
        read(data, SeriesFile(target / read.__name__))


main()
