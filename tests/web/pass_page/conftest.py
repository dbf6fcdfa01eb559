"""The pass page in a browser of its own, whose clock runs with the service's."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page

from tests.running_clock import RunningClock

from ..browser import phone, serving

START = datetime(2020, 8, 25, 14, 50, 3, tzinfo=UTC)  # ten minutes before midnight in Korea


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock(START)


@pytest.fixture
def origin(app):
    with serving(app) as address:
        yield address


@pytest.fixture
def open_pass(browser, origin, clock):
    """Return a function that opens the pass page in a browser of its own, whose clock runs with the service's."""
    opened = []

    def open_page(make=phone, ahead: timedelta = timedelta(), script: str = "", **options) -> Page:
        page = make(browser, origin, **options)
        opened.append(page)
        page.clock.install(time=clock() + ahead)
        if script:
            page.add_init_script(script)
        page.goto("/pass")
        return page

    yield open_page
    for page in opened:
        assert page.complaints == []
        page.context.close()
