"""An installation that the doctor looks at."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from entry_service import clock
from entry_service.doctor import Finding, examine
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings, keep_secret
from tests.databases import databases

__all__ = ["databases"]


class Site:
    """An installation and its doctor, at a moment that the test says."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        """Prepare it."""
        self.settings, self.now = settings, now
        prepare(settings)
        keep_secret(settings)

    def open(self) -> Services:
        """Return the opened service."""
        return open_services(self.settings, self.now)

    def ask(self, check: str, now: datetime | None = None, **settings: object) -> list[Finding]:
        """Return what the check finds, with other settings where the test says so."""
        return list(examine(replace(self.settings, **settings), clock.reading(now or self.now), (check,)))


@pytest.fixture
def site(tmp_path, now) -> Iterator[Site]:
    """Return a site with nothing wrong; its second stores are folders beside ``var``."""
    before = os.umask(0o077)  # as every command does
    stores = {"key_copy": str(tmp_path / "keys2"), "audit_copy": str(tmp_path / "audit2")}
    yield Site(Settings(var=tmp_path / "var", backups=str(tmp_path / "backups"), **stores), now)
    os.umask(before)


@pytest.fixture
def zone(monkeypatch) -> Iterator[Callable[[str], None]]:
    """Return a function that puts this process into a time zone until the test ends."""

    def put(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def program(tmp_path, monkeypatch) -> Callable[[str, str], None]:
    """Return a function that puts a program, which prints a line, first on the path."""

    def put(name: str, says: str) -> None:
        folder = Path(tmp_path / "programs")
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return put
