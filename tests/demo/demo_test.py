#!/usr/bin/env python3
"""Runs the demo as its user does, with its usual ports taken, and ends it once by itself and once by Ctrl-C."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = "WAYSIDE_DEMO_TEST"


def fail(what, output):
    print(output)
    sys.exit(f"FAILED: {what}")


def start(*arguments):
    # A mark in the environment, inherited by everything the demo starts, finds what it leaves behind.
    return subprocess.Popen(["bash", "tools/demo.sh", *arguments], cwd=ROOT, text=True, start_new_session=True,
                            env={**os.environ, MARK: str(os.getpid())}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def left_behind():
    wanted = f"{MARK}={os.getpid()}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                pass  # it has ended meanwhile, or is not ours
    return found


def taken(port):
    """Listens on a port, or finds that somebody else does: either way it is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        pass
    return listener


def by_itself():
    began = time.monotonic()
    process = start("--for", "75s")
    output, _ = process.communicate(timeout=200)
    took = time.monotonic() - began
    print(f"75 s of demo took {took:.1f} s")
    if process.returncode != 0:
        fail(f"status {process.returncode}", output)
    for pattern in (r"Wayside's console: http://127\.0\.0\.1:\d+/", r"principal components of healthy locomotives",
                    r"loco-4503\s+alarm\s+cooling_fault", r"balanced"):
        if not re.search(pattern, output):
            fail(f"no {pattern!r} in the summary", output)
    if ":8080/" in output.splitlines()[0] or left_behind():
        fail(f"port 8080 used, or left behind: {left_behind()}", output)


def by_interrupt():
    process = start()
    first = process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    output = first + process.communicate(timeout=60)[0]
    if "console" not in first:
        fail("no address in the first line", output)
    if process.returncode != 130 or left_behind():
        fail(f"status {process.returncode} after Ctrl-C, left behind: {left_behind()}", output)


def main():
    (ROOT / "build").mkdir(exist_ok=True)
    with open(ROOT / "build/demo.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("skipped: a demo is running in this folder")
            sys.exit(77)
    listeners = [taken(1883), taken(8080)]
    by_itself()
    by_interrupt()
    for listener in listeners:
        listener.close()
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
