"""The present of a service under test that runs by itself, and can be moved on."""

from datetime import datetime, timedelta
from time import monotonic


class RunningClock:
    """Begins at ``start`` and goes on with real seconds."""

    def __init__(self, start: datetime) -> None:
        self.start, self.began = start, monotonic()

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=monotonic() - self.began)

    def passes(self, **time: float) -> None:
        """Move on by so much."""
        self.start += timedelta(**time)
