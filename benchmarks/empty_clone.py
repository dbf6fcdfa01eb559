"""What a newcomer waits for: the README's two commands in a fresh clone, with an empty environment.

    python3 benchmarks/empty_clone.py [--skip-tests]

Clones the repository into a temporary folder, runs `make demo` until the start page answers, `make demo` again,
and `make test`; prints seconds and disk. Needs only python3, git and make; leaves nothing behind.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_DEMO, LONGEST_TEST = 1_200, 5_400  # seconds


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address: str) -> bool:
    """Say whether the start page is there."""
    with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
        return urllib.request.urlopen(address, timeout=2).status == 200
    return False


def demo_seconds(clone: Path, environment: dict[str, str], log: Path) -> float:
    """Return the seconds from `make demo` to the first answer; the service is stopped afterwards."""
    bind = f"127.0.0.1:{free_port()}"
    begun = time.monotonic()
    with log.open("ab") as out:
        command = ["make", "demo", f"BIND={bind}"]
        demo = subprocess.Popen(
            command, cwd=clone, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        while not answers(f"http://{bind}/"):
            if demo.poll() is not None or time.monotonic() - begun > LONGEST_DEMO:
                raise SystemExit(f"make demo did not come up (exit {demo.poll()}):\n{log.read_text()[-3_000:]}")
            time.sleep(0.2)
        return time.monotonic() - begun
    finally:
        with suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGTERM)
        demo.wait(timeout=30)


def megabytes(folder: Path) -> float:
    """Return what the folder takes on disk."""
    listed = subprocess.run(["du", "-sk", folder], capture_output=True, text=True, check=True).stdout
    return int(listed.split()[0]) / 1024


def main() -> None:
    """Clone, run, measure, print, remove."""
    wishes = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wishes.add_argument("--skip-tests", action="store_true", help="only the demo")
    skip_tests = wishes.parse_args().skip_tests
    folder = Path(tempfile.mkdtemp(prefix="empty-clone-"))
    try:
        clone, home = folder / "clone", folder / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        log = folder / "log"
        first = demo_seconds(clone, environment, log)
        print(f"make demo, empty clone      {first:7.1f} s to the start page, set-up included")
        second = demo_seconds(clone, environment, log)
        print(f"make demo, second run       {second:7.1f} s   = {second / first:.3f} of the first")
        for part in (".venv", "static/node_modules", "var"):
            print(f"disk {part:22} {megabytes(clone / part):7.0f} MB")
        if not skip_tests:
            begun = time.monotonic()
            test = ["make", "test"]
            done = subprocess.run(
                test, cwd=clone, env=environment, timeout=LONGEST_TEST, capture_output=True, text=True
            )
            print(f"make test                   {time.monotonic() - begun:7.1f} s   exit {done.returncode}")
            print("\n".join(done.stdout.splitlines()[-3:]))
            if done.returncode:
                sys.exit(done.returncode)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
