"""Counts of answers, of all processes together: rows of shared memory that is made before the processes are.

No route, no facility, no caller: an answer counts as one of the doors' or another, by class and by its seconds.
"""

import threading
from collections.abc import Iterable
from itertools import accumulate
from multiprocessing.sharedctypes import RawArray
from time import perf_counter
from typing import Any

KINDS = ("door", "other")
CLASSES = ("2xx", "3xx", "4xx", "5xx", "503")  # 503 is an answer that a device sends again, not a fault
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds, of answers to doors
DOOR = ("/api/v1/scans", "/api/v1/sync")
_CELLS = len(KINDS) * len(CLASSES)
_WIDTH = _CELLS + len(BOUNDS) + 1
ROWS = 512  # a process that is replaced gets the next one; what an earlier one counted stays counted


class Counters:
    """The rows. A process takes one of its own with ``take`` and is the only one that writes there."""

    def __init__(self) -> None:
        """Make them, all zero."""
        self._cells, self._seconds = RawArray("Q", ROWS * _WIDTH), RawArray("d", ROWS)
        self._row, self._lock = 0, threading.Lock()

    def take(self, process: int) -> None:
        """Write into the row of this process, numbered from 1 by its parent."""
        self._row, self._lock = process % ROWS, threading.Lock()

    def add(self, path: str, status: int, seconds: float) -> None:
        """Count an answer."""
        kind = 0 if path.startswith(DOOR) else 1
        name = "503" if status == 503 else f"{status // 100}xx"
        if name not in CLASSES:
            return
        first = self._row * _WIDTH
        with self._lock:
            self._cells[first + kind * len(CLASSES) + CLASSES.index(name)] += 1
            if kind == 0:
                slow = next((n for n, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
                self._cells[first + _CELLS + slow] += 1
                self._seconds[self._row] += seconds

    def answers(self) -> dict[tuple[str, str], int]:
        """Return (kind, class) → answers of all processes."""
        named = [(kind, name) for kind in KINDS for name in CLASSES]
        return {name: self._sum(cell) for cell, name in enumerate(named)}

    def door_seconds(self) -> tuple[list[int], float]:
        """Return how many answers to doors took at most each bound (the last: any), and the seconds of all."""
        return list(accumulate(self._sum(_CELLS + n) for n in range(len(BOUNDS) + 1))), sum(self._seconds)

    def _sum(self, cell: int) -> int:
        return sum(self._cells[cell::_WIDTH])


class Counted:
    """The WSGI application with its answers counted, also those given before Flask (web/door/short_way.py)."""

    def __init__(self, inner: Any, counters: Counters) -> None:
        """Wrap it."""
        self._inner, self._counters = inner, counters

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer as before, and count when the head of the answer goes."""
        begun = perf_counter()

        def start(status: str, headers: Any, *more: Any) -> Any:
            self._counters.add(environ.get("PATH_INFO", ""), int(status[:3]), perf_counter() - begun)
            return start_response(status, headers, *more)

        return self._inner(environ, start)
