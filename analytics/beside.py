"""A second process beside a run, for work that holds the interpreter's lock: reading tables, drawing maps.

A run takes any `concurrent.futures.Executor`; the answer never depends on which.
"""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing import get_context, parent_process


@contextmanager
def second_process() -> Iterator[Executor]:
    """Give a process of its own, started at the first task; it ends with the caller, also if that is killed."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def thread_unless(given: Executor | None) -> AbstractContextManager[Executor]:
    """Give what the caller brings, and leave its end to the caller; else a thread of our own."""
    return nullcontext(given) if given is not None else ThreadPoolExecutor(1)


def _end_with_parent() -> None:
    threading.Thread(target=_watch_parent, name="parent", daemon=True).start()


def _watch_parent() -> None:
    parent_process().join()
    os._exit(1)
