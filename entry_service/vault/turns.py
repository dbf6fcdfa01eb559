"""One at a time, in whichever process of the vault: for what is counted first and done after.

A lock of this process alone would let two processes on PostgreSQL each give away the last of a day's budget.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from entry_service.core.errors import Unavailable
from entry_service.store.database.engine import Store

LONGEST, PAUSE = 30.0, 0.02  # seconds: for a turn, and between two looks whether it is ours


class Turns:
    """Gives turns at one kind of act; threads of this process queue, so that one connection waits for all."""

    def __init__(self, store: Store, subject: bytes) -> None:
        """Give nothing yet."""
        self._store, self._subject, self._here = store, subject, Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold the turn; raise ``Unavailable`` where others hold it for too long."""
        ends = time.monotonic() + LONGEST
        if not self._here.acquire(timeout=LONGEST):
            raise Unavailable(reason="busy")
        try:
            while True:
                with self._store.alone(self._subject) as ours:
                    if ours:
                        yield
                        return
                if time.monotonic() >= ends:
                    raise Unavailable(reason="busy")
                time.sleep(PAUSE)
        finally:
            self._here.release()
