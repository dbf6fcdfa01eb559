"""An opened entry log on each of the two databases, and scans to put into it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from entry_service.core.model import Facility, Scan
from entry_service.store.database.engine import Store, open_store
from tests.databases import Databases, Kind, databases, kind

__all__ = ["databases", "kind"]
NOON = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)


def facility(facility_id: str, **facts: object) -> Facility:
    """Return a facility at Sanbon."""
    place = {"lon": 126.9312, "lat": 37.3581, "coord_quality": "simulated", "address": "경기도 군포시"}
    return Facility(**{"facility_id": facility_id, "name": "산본도서관", "category": "library", **place, **facts})


def scan(scan_id: str, **facts: object) -> Scan:
    """Return a scan at noon."""
    usual = {"facility_id": "GP-001", "pid": b"\0\xff" * 4, "direction": "in", "source": "staff_scan"}
    times = {"confidence": "high", "scanned_at": NOON, "received_at": NOON}
    return Scan(**{"scan_id": scan_id, **usual, **times, **facts})


@pytest.fixture
def url(databases: Databases, kind: Kind) -> str:
    """Return the address of an empty, migrated log, on each database."""
    return databases.new(kind)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Return the log, opened for writing."""
    opened = open_store(url, writer=True)
    yield opened
    opened.close()


@pytest.fixture
def embedded(databases: Databases) -> Iterator[Store]:
    """Return a log on SQLite, opened for writing: for what only the embedded database does."""
    opened = open_store(databases.new("sqlite"), writer=True)
    yield opened
    opened.close()


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Return a maker of scan ids."""
    numbers = count(1)
    return lambda: f"scan-{next(numbers):06}"
