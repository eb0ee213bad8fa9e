#!/usr/bin/env python3
"""Writes NDJSON samples of ten signals s0…s9 at RATE samples/s for SECONDS: samples.py RATE SECONDS ASSET."""

import random
import sys
import time

rate, duration, asset = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
draw = random.Random(1)
start = time.time()
sent = 0
try:
    while (elapsed := time.time() - start) < duration:
        due = int(elapsed * rate)
        while sent < due:
            at = int((start + sent / rate) * 1e9)
            sys.stdout.write(f'{{"asset":"{asset}","signal":"s{sent % 10}","time":{at},"value":{draw.gauss(20, 1):.3f}}}\n')
            sent += 1
        sys.stdout.flush()
        time.sleep(0.01)
except BrokenPipeError:
    sys.stderr.close()  # the agent has ended: so do we, without the interpreter's complaint
