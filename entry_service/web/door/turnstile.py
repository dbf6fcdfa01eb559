"""So many at a time: batches of queued scans wait their turn, so that the doors that are open stay quick.

After an outage every device comes back at once. All batches together would take every thread of the server and the
one interpreter; so one is taken at a time, a few wait, and the others are told to come back in a second or so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from entry_service.core.errors import TooMany

COME_BACK = 2  # seconds: some twenty batches are written meanwhile
PATIENCE = 10.0  # seconds that one which was let in waits for its turn


class Turnstile:
    """Lets ``at_once`` through at a time while up to ``waiting`` others wait."""

    def __init__(self, at_once: int, waiting: int) -> None:
        """Start with nobody inside."""
        self._inside = BoundedSemaphore(at_once + waiting)
        self._through = BoundedSemaphore(at_once)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; raise ``TooMany`` where too many wait already."""
        if not self._inside.acquire(blocking=False):
            raise TooMany(retry_after=COME_BACK)
        try:
            if not self._through.acquire(timeout=PATIENCE):
                raise TooMany(retry_after=COME_BACK)
            try:
                yield
            finally:
                self._through.release()
        finally:
            self._inside.release()
