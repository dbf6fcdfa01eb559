"""The scan page before a camera that sees nothing, and a visitor with a pass."""

from contextlib import contextmanager

import pytest

from tests.running_clock import RunningClock

from ..browser import KeptChromium, serving
from ..camera import camera_arguments, phone_with_pass, still_film
from .door import PRESENT, at_the_door


@pytest.fixture
def clock():
    return RunningClock(PRESENT)


@pytest.fixture
def visitor(services, clock):
    return phone_with_pass(services, clock())


@pytest.fixture(scope="session")
def kept_blind(tmp_path_factory):
    """Keep one Chromium whose camera sees nothing for all tests of this process."""
    clip = still_film(tmp_path_factory.mktemp("camera") / "blank.y4m")
    with KeptChromium(*camera_arguments(clip)) as kept:
        yield kept


@pytest.fixture
def blind(kept_blind):
    """Return a Chromium whose camera sees nothing."""
    with kept_blind.lent() as browser:
        yield browser


@pytest.fixture
def door(app, blind):
    """Return a context manager that opens the scan page before that camera."""

    @contextmanager
    def open_door(**how):
        with serving(app) as origin:
            page = at_the_door(blind, origin, **how)
            yield page
            page.context.close()

    return open_door
