"""The service of the web's tests, with a clock that runs."""

from datetime import UTC, datetime

import pytest

from tests.running_clock import RunningClock
from tests.web.conftest import app, facility, password_hash, person, services, settings  # noqa: F401

EVENING = datetime(2020, 8, 25, 9, 20, tzinfo=UTC)  # a Tuesday, 18:20 in Korea


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock(EVENING)
