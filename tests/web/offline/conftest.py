"""A browser with a service worker before a service that can be stopped, replaced by a newer release, and asked."""

from collections.abc import Iterator

import pytest

from tests.running_clock import RunningClock

from ..browser import chromium
from ..camera import blank_picture, camera_arguments, film, phone_with_pass
from .door import PRESENT, Town


@pytest.fixture
def clock():
    return RunningClock(PRESENT)


@pytest.fixture
def visitor(services, clock):
    return phone_with_pass(services, clock())


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    """Return a Chromium whose camera sees nothing."""
    clip = film(tmp_path_factory.mktemp("camera") / "blank.mjpeg", [(blank_picture(), 5)])
    with chromium(*camera_arguments(clip)) as browser:
        yield browser


@pytest.fixture
def town(app, services, blind) -> Iterator[Town]:
    """Return the service at an address that stays, and browsers before it."""
    with Town(app, services, blind) as started:
        yield started
