"""Clock, disk and permissions: each check is made to fail by what would really be wrong."""

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from entry_service import clock
from entry_service.doctor import clocks, disks
from entry_service.store.database import reserve
from entry_service.usecases.retention.trusted_clock import look

ROOT = Path(__file__).resolve().parents[2]


def states(found) -> list[str]:
    return [one.state for one in found]


def test_a_clock_that_fell_back_behind_the_past_fails(site):
    services = site.open()
    look(services, clock.reading(site.now + timedelta(days=1)))
    services.close()
    [*_, last] = site.ask("clock")
    assert last.state == "failed"
    assert "보다 늦습니다" in last.ko
    assert "2020-08-25 18:00" in last.en


def test_a_clock_that_jumped_ahead_fails_until_a_person_confirms_it(site):
    services = site.open()
    look(services, clock.reading(site.now))
    services.close()
    [*_, last] = site.ask("clock", site.now + timedelta(days=40))
    assert last.state == "failed"
    assert "/admin/retention" in last.en


def test_another_time_zone_warns(site, zone):
    zone("Asia/Seoul")
    assert site.ask("clock")[0].state == "ok"
    zone("UTC")
    assert site.ask("clock")[0].state == "warning"


@pytest.mark.parametrize(("says", "state"), [("yes", "ok"), ("no", "failed"), ("", "warning")])
def test_a_clock_that_no_time_server_sets_fails(site, program, says, state):
    program("timedatectl", says)
    assert site.ask("clock")[1].state == state


def test_a_time_server_tool_that_hangs_hides_nothing(site, program, monkeypatch):
    program("timedatectl", "; exec sleep 60")
    monkeypatch.setattr(clocks, "SECONDS", 0.1)
    found = site.ask("clock")
    assert (found[1].state, len(found)) == ("warning", 3)


@pytest.mark.parametrize("name", ["log.sqlite", "keys/issuer", "keys"])
def test_a_file_that_others_can_read_fails_by_its_name(site, name):
    assert states(site.ask("permissions")) == ["ok"]
    path = site.settings.var / name
    path.chmod(path.stat().st_mode | 0o040)
    [found] = site.ask("permissions")
    assert found.state == "failed"
    assert path.name in found.ko


def test_the_secrets_of_the_kakao_channel_are_looked_at_too(site, tmp_path):
    path = tmp_path / "kakao-secrets"
    [missing] = site.ask("permissions", kakao_secrets=str(path))
    assert (missing.state, "ENTRY_KAKAO_SECRETS" in missing.ko) == ("failed", True)
    path.write_text("x")
    path.chmod(0o600)
    assert states(site.ask("permissions", kakao_secrets=str(path))) == ["ok"]
    path.chmod(0o604)
    [found] = site.ask("permissions", kakao_secrets=str(path))
    assert (found.state, path.name in found.ko) == ("failed", True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_fails(site):
    os.chown(site.settings.var / "log.sqlite", 65_534, 65_534)
    [found] = site.ask("permissions")
    assert (found.state, "log.sqlite" in found.en) == ("failed", True)


def test_a_disk_that_is_nearly_full_fails(tmp_path):
    """On a real file system of eight megabytes, in a mount namespace of its own."""
    mount = f"mount -t tmpfs -o size=8m,mode=700 none {tmp_path}"
    script = f"{mount} && exec {sys.executable} -m entry_service doctor --only disk"
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script]
    environment = {**os.environ, "ENTRY_VAR": str(tmp_path)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no mount namespaces here: {done.stderr.strip()}")
    assert (done.returncode, done.stderr) == (1, "")
    assert "공간을 늘리시기 바랍니다" in done.stdout


def test_a_reserve_that_was_used_up_warns(site):
    assert states(site.ask("disk")) == ["ok", "warning"]  # nothing has been started yet
    assert reserve.keep(site.settings.var, 1)
    [_, found] = site.ask("disk")
    assert (found.state, "1 MB" in found.en) == ("ok", True)
    reserve.release(site.settings.var)
    assert states(site.ask("disk")) == ["ok", "warning"]
    assert states(site.ask("disk", reserve_mb=0)) == ["ok"]


def test_days_left_are_told_by_the_pace_of_the_days_kept(site):
    monday = date(2020, 8, 24)
    assert disks.days_left({monday: 100}) is None
    assert disks.days_left({monday: 100, monday + timedelta(days=2): 80}) == 8
    assert disks.days_left({monday: 100, monday + timedelta(days=2): 120}) == float("inf")
    site.ask("disk", site.now - timedelta(days=1))
    file = site.settings.var / disks.HISTORY
    yesterday = file.read_text()
    assert "2020-08-24" in yesterday
    file.write_text(yesterday.replace(yesterday.split(": ")[1].strip("}"), str(10**15)))
    [found, _] = site.ask("disk")  # since yesterday the disk lost nearly all of a petabyte
    assert found.state == "warning"
    assert "0일" in found.ko
    assert file.stat().st_mode & 0o077 == 0
