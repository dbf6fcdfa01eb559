"""When to run on what was taken: not while more is about to come, and not later because one file never rests."""

from datetime import datetime

from .inbox import State

LONGEST_S = 600.0
"""Files that keep coming put a run off no longer than this."""


class Gathering:
    """Told at every look how the inbox is while there is something new to run on; times are aware."""

    def __init__(self, settle_s: float) -> None:
        """Take the seconds for which nothing must have been taken while files still wait."""
        self._settle_s = settle_s
        self._begun: datetime | None = None
        self._quiet: datetime | None = None

    def is_over(self, state: State, now: datetime) -> bool:
        """Say whether a run may begin."""
        self._begun = self._begun or now
        self._quiet = None if state == "worked" else self._quiet or now
        if state == "idle" or (now - self._begun).total_seconds() >= LONGEST_S:
            return True
        return self._quiet is not None and (now - self._quiet).total_seconds() >= self._settle_s

    def end(self) -> None:
        """A run begins on everything there is."""
        self._begun = self._quiet = None
