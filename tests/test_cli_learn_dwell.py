"""The command that learns the usual stays, and that it is refused while the service writes."""

import os
from datetime import timedelta

import pytest
from click.testing import CliRunner

from entry_service import clock
from entry_service.cli import main
from entry_service.services import open_services
from entry_service.settings import read_settings
from entry_service.store.log import scans
from entry_service.store.sites import facilities
from tests.store.conftest import NOON, facility, scan

MINUTE = timedelta(minutes=1)


@pytest.fixture
def var(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("ENTRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ENTRY_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(clock, "now", lambda: NOON)
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def run(*words, exit_code=0):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == exit_code, done.output
    return done


def test_the_command_learns_says_from_how_much_and_the_service_goes_by_it(var):
    run("migrate")
    services = open_services(read_settings(), NOON)
    many = [
        scan(f"{way}-{who}", pid=who.to_bytes(8, "big"), direction=way, scanned_at=at, received_at=at)
        for who in range(970)
        for way, at in (("in", NOON - 60 * MINUTE), ("out", NOON - 40 * MINUTE))
    ]
    services.store.write(lambda db: facilities.add(db, facility("GP-001")))
    services.store.write(lambda db: scans.append_many(db, many))
    assert "기록을 쓰고 있습니다" in run("learn-dwell", exit_code=1).stderr
    services.close()
    assert "도서관" not in run("learn-dwell", "--as-of", "2020-08-24").output
    told = run("learn-dwell").output
    assert "도서관: 23분(가정 90분, 퇴장 기록 970건)" in told  # (970 × 20.5 + 30 × 90) ÷ 1000 = 22.585
    services = open_services(read_settings(), NOON)
    assert services.dwell_of("library") == timedelta(minutes=22.585)
    services.close()
