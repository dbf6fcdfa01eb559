"""A log whose newest extract is some minutes old, and what asks for the next one."""

from datetime import timedelta

import pytest

from entry_service.usecases.hotspots.extract import write_extract
from entry_service.usecases.hotspots.refresh_results import is_due, refresh_if_due
from entry_service.usecases.hotspots.run_analytics import kept_hours
from entry_service.version import code_version
from tests.databases import databases, kind
from tests.usecases.small_log import LIBRARY, at, small_log

__all__ = ["databases", "kind"]
EVERY = timedelta(minutes=5)
MADE, LATER = at("20 14:03"), at("20 14:20")
ID = "0123456789abcdef"


@pytest.fixture
def log(databases, kind, tmp_path, monkeypatch):
    """Return a log of ten days, of which the newest extract was made at 14:03."""
    version = "entry_service.usecases.hotspots.refresh_results.version_on_disk"
    monkeypatch.setattr(version, code_version)  # somebody may be writing code while tests run
    addresses = dict(zip(("log_url", "vault_url"), databases.pair(kind), strict=True))
    with small_log(tmp_path / "var", MADE, **addresses) as opened:
        for day in range(11, 21):
            opened.stay(day, LIBRARY, f"{day} 10:00", f"{day} 10:40")
        opened.scan(30, LIBRARY, "20 14:01", "in")
        extracted(opened)
        yield opened


def extracted(log, *, now=MADE, name="20200820T140300-0000"):
    period = kept_hours(now, 28)
    folder = log.services.settings.var / "extract" / name
    write_extract(log.services, folder, as_of=now, start=period.start, end=period.end)


def due(log, now=LATER):
    return is_due(log.services, kept_hours(now, 28), every=EVERY, now=now)


def late(log):
    log.scan(40, LIBRARY, "18 12:00", "in", received_at=at("20 14:10"))


def refreshed(log, now=LATER, beside=lambda work: work()):
    return refresh_if_due(log.services, kept_hours(now, 28), every=EVERY, draw=lambda: ID, now=now, beside=beside)
