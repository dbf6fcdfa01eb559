"""``purge`` and ``receipt`` on the command line: a look changes nothing, a receipt needs no database."""

import hashlib
import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from entry_service import clock
from entry_service.cli import main
from entry_service.core.receipts import canonical, file_of, sign
from entry_service.core.times import kst_day
from entry_service.services import open_services, prepare
from entry_service.settings import Settings, keep_secret
from entry_service.store.retention import retention
from entry_service.store.sites import facilities
from entry_service.usecases.retention.purge_daily import DailyPurge
from entry_service.vault.keys import key_file
from tests.usecases.door import LIBRARY, OFFICE, place
from tests.usecases.purging import fill, log_days, write_extract_folder

ONE = timedelta(days=1)


@pytest.fixture
def settings(tmp_path):
    return Settings(var=tmp_path / "var")


@pytest.fixture
def days(settings):
    """Let a service have three days, two of them due, and a clock that was right until now."""
    prepare(settings)
    keep_secret(settings)
    services = open_services(settings, clock.now())
    today = kst_day(clock.now())
    found = [today - 29 * ONE, today - 28 * ONE, today - 27 * ONE]

    def furnish(db):
        facilities.add(db, place(LIBRARY))
        facilities.add(db, place(OFFICE, category="public_office"))
        retention.set_only_mark(db, clock.reading())

    services.store.write(furnish)
    for day in found:
        fill(services, day)
    services.close()
    write_extract_folder(settings.var / "extract" / "old", found[0] - ONE, found[0])
    return found


@pytest.fixture
def call(settings):
    """Return a function that runs a command."""

    def run(*words, demo=False):
        environment = {"ENTRY_VAR": str(settings.var), "COLUMNS": "200"}
        if demo:
            environment["ENTRY_DEMO"] = "1"
        return CliRunner(env=environment).invoke(main, words, catch_exceptions=False)

    return run


def fingerprint(folder: Path) -> dict[str, str]:
    """Return every file with the hash of what is in it; SQLite's shared memory aside, which readers write."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal"))]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def days_of(settings):
    services = open_services(settings, clock.now(), writer=False)
    found = log_days(services)
    services.close()
    return found


def test_a_dry_run_tells_everything_and_changes_nothing(settings, days, call):
    before = fingerprint(settings.var)
    told = call("purge", "--dry-run")
    assert told.exit_code == 0
    assert str(days[0]) in told.output
    assert str(days[1]) in told.output
    assert f"{days[2]} 이후의 기록은 그대로 둡니다." in told.output
    assert "지울 폴더: old" in told.output
    assert "아무것도 바꾸지 않았습니다." in told.output
    assert fingerprint(settings.var) == before
    assert call("purge").exit_code == 0
    assert days_of(settings) == {days[2]}
    assert fingerprint(settings.var) != before


def test_what_a_dry_run_counts_is_what_goes(days, call):
    planned = [line.split("│") for line in call("purge", "--dry-run").output.splitlines() if str(days[0]) in line]
    assert [cell.strip() for cell in planned[0][3:6]] == ["12", "12", "2"]
    assert int(planned[0][6]) >= 1  # the scan that was taken back
    done = call("purge")
    assert "2일을 파기했습니다" in done.output
    assert "연락처 24건, 출입 기록 24건" in done.output


def test_receipts_are_verified_by_a_public_key_alone(settings, days, call, tmp_path):
    call("purge")
    assert str(days[1]) in call("receipt", "list").output
    out = tmp_path / "out"
    for day in days[:2]:
        assert call("receipt", "export", str(day), str(out)).exit_code == 0
    assert (out / "receipts.pem").read_text() == call("receipt", "key").output
    files = sorted(str(path) for path in out.glob("*.json"))
    assert len(files) == 6
    elsewhere = {"PATH": "/usr/bin:/bin", "ENTRY_VAR": str(tmp_path / "nothing"), "PYTHONIOENCODING": "utf-8"}
    root = Path(__file__).resolve().parents[1]
    command = [
        sys.executable,
        "-m",
        "entry_service",
        "receipt",
        "verify",
        *files,
        "--key",
        str(out / "receipts.pem"),
    ]
    verified = subprocess.run(command, env=elsewhere, cwd=root, capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.count("맞습니다") == 6
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("change", ["number", "signature", "hash", "twice", "cut", "chain"])
def test_a_receipt_that_was_touched_is_refused(days, call, tmp_path, change):
    call("purge")
    out = tmp_path / "out"
    for day in days[:2]:
        call("receipt", "export", str(day), str(out))
    target = out / f"receipt-{days[0]}-service.json"
    said = json.loads(target.read_text())
    if change == "number":
        said["receipt"]["contacts"] += 1
    elif change == "signature":
        said["signature"] = said["signature"][::-1]
    elif change == "hash":
        said["sha256"] = "0" * 64
    content = json.dumps(said, ensure_ascii=False)
    if change == "twice":
        content = content.replace('"contacts": 12', '"contacts": 11, "contacts": 12')
    elif change == "cut":
        content = content[:-40]
    elif change == "chain":  # a receipt signed anew, as if the day had been another one
        said["receipt"]["contacts"] = 0
        key = key_file(tmp_path / "var" / "keys", "receipts", may_make=False)
        body = canonical(said["receipt"])
        content = file_of(body, sign(body, key)).decode()
    target.write_text(content)
    files = sorted(str(path) for path in out.glob("*.json"))
    told = call("receipt", "verify", *files, "--key", str(out / "receipts.pem"))
    assert told.exit_code == 1
    if change == "chain":
        assert f"{days[1]}: 앞선 날의 확인서와 이어지지 않습니다." in told.output


def test_a_clock_that_jumped_is_said_and_confirmed_on_the_command_line(settings, days, call):
    services = open_services(settings, clock.now())
    mark = clock.reading()
    mark = replace(mark, wall=mark.wall - 5 * ONE)
    services.store.write(lambda db: retention.set_only_mark(db, mark))
    services.close()
    told = call("purge")
    assert told.exit_code == 0
    assert "앞서갔습니다" in told.output
    assert days_of(settings) == set(days)
    confirmed = call("purge", "--clock-is-right")
    assert "맞다고 확인했습니다" in confirmed.output
    assert days_of(settings) == {days[2]}


def test_a_demonstration_destroys_nothing_but_on_a_day_that_is_given(settings, days, call):
    refused = call("purge", demo=True)
    assert refused.exit_code == 1
    assert days_of(settings) == set(days)
    assert call("purge", "--today", str(days[2]), "--dry-run", demo=True).exit_code == 0
    tried = call("purge", "--today", str(days[0] + 28 * ONE), demo=True)
    assert tried.exit_code == 0, tried.output
    assert days_of(settings) == {days[1], days[2]}


def test_another_today_is_for_demonstrations_only(settings, days, call):
    assert call("purge", "--today", "2030-01-01").exit_code == 1
    assert days_of(settings) == set(days)


def test_the_thread_beside_the_service_destroys_and_ends(settings, days):
    services = open_services(settings, clock.now())
    beside = DailyPurge(services, clock.reading)
    for _ in range(300):
        if log_days(services) == {days[2]}:
            break
        time.sleep(0.1)
    beside.close()
    assert log_days(services) == {days[2]}
    assert not [one for one in threading.enumerate() if one.name == "purge"]
    services.close()
