"""A thread beside a service: it looks, waits, looks again, until the service ends."""

import threading
from abc import ABC, abstractmethod


class Beside(ABC):
    """Looks every ``every`` seconds from now on; what a look raises ends the thread: it says what it expects."""

    def __init__(self, name: str, every: float, *, at_once: bool = True) -> None:
        """Begin, with the first look now or after the first wait; what looks need is there before."""
        self._every, self._at_once = every, at_once
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, and wait until it has."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        if self._at_once:
            self._look()
        while not self._ended.wait(self._every):
            self._look()

    @abstractmethod
    def _look(self) -> None:
        """Look once."""
