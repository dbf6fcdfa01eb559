"""One watcher for a folder of results: a lock that the system frees when its holder ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..refusals import OutputRefused

LOCK = "watch.lock"
TRIES, PAUSE_S = 20, 0.1  # the service looks whether it is held by taking it for less than a moment


@contextmanager
def only_watcher(results: Path) -> Iterator[None]:
    """Hold `watch.lock` with our process id in it; raise OutputRefused where another watcher holds it."""
    path = results / LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    for left in reversed(range(TRIES)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as held:
            if not left:
                pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
                raise OutputRefused(f"{path}: another watcher runs (process {pid or 'unknown'})") from held
            time.sleep(PAUSE_S)
