"""A browser with a service worker before a service that can be stopped, replaced by a newer release, and asked."""

from collections.abc import Iterator

import pytest

from ..scan_page.conftest import blind, clock, kept_blind, visitor  # noqa: F401 - the same fixtures
from .door import Town


@pytest.fixture
def town(app, services, blind) -> Iterator[Town]:  # noqa: F811 - it is the fixture
    """Return the service at an address that stays, and browsers before it."""
    with Town(app, services, blind) as started:
        yield started
