"""Run compiled work that releases the interpreter lock on all processors; the answer never depends on how many."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")
PARTS = 32
"""Pieces a job is cut into: enough to keep several processors busy to the end and to show progress."""


def slices(size: int, parts: int = PARTS) -> list[slice]:
    """Return at most `parts` slices that cover range(size), none empty."""
    step = max(1, -(-size // parts))
    return [slice(start, min(start + step, size)) for start in range(0, size, step)]


def in_threads(
    work: Callable[[Part], Answer], parts: Sequence[Part], progress: Callable[[int, int], None] | None = None
) -> list[Answer]:
    """Return work(part) of every part in order; `progress(done, of)` is called as parts finish."""
    with ThreadPoolExecutor(max_workers=max(1, min(os.cpu_count() or 1, len(parts)))) as pool:
        futures = [pool.submit(work, part) for part in parts]
        for done, _ in enumerate(as_completed(futures), start=1):
            if progress is not None:
                progress(done, len(parts))
        return [future.result() for future in futures]
