"""The service of the web's tests, with a clock that runs."""

from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from tests.web.conftest import app, facility, password_hash, person, services, settings  # noqa: F401

EVENING = datetime(2020, 8, 25, 9, 20, tzinfo=UTC)  # a Tuesday, 18:20 in Korea


class RunningClock:
    """The present of the service: begins one evening, runs, and can be moved on."""

    def __init__(self, start: datetime) -> None:
        self.start, self.began = start, monotonic()

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=monotonic() - self.began)

    def passes(self, **time: float) -> None:
        self.start += timedelta(**time)


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock(EVENING)
