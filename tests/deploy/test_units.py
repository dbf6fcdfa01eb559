"""The units of systemd: they verify, are closed to what they do not need, and call commands that exist."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from analytics.commands import main as analytics_main
from entry_service.cli import main as service_main

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"
PYTHON = "/opt/entry-log/current/.venv/bin/python"
SERVICES = sorted(UNITS.glob("*.service"))
EXPOSURE = 20  # of 100; `systemd-analyze security` calls more than that no longer safe
analyse = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed here")


@analyse
def test_systemd_takes_every_unit_without_a_word(tmp_path):
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace(PYTHON, sys.executable))
    units = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@analyse
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_every_service_is_hardened(unit):
    command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", "--no-pager", unit]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_every_command_of_a_unit_exists_with_its_options(unit):
    lines = [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith("ExecStart")]
    assert lines
    for line in lines:
        python, dash_m, package, *words = shlex.split(line)
        assert (python, dash_m) == (PYTHON, "-m")
        command: click.Command = {"entry_service": service_main, "analytics": analytics_main}[package]
        while isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize(
    "unit", [one for one in SERVICES if "Restart=" in one.read_text()], ids=lambda unit: unit.stem
)
def test_a_service_that_restarts_never_gives_up(unit):
    head, _, rest = unit.read_text().partition("[Service]")  # five starts in ten seconds would be the end else
    assert "\nStartLimitIntervalSec=0\n" in head.partition("[Unit]")[2]
    assert "\nRestartSec=" in rest


def test_every_timer_has_its_service():
    timers = sorted(UNITS.glob("*.timer"))
    assert {timer.stem for timer in timers} == {
        f"entry-log-{name}" for name in ("hotspots", "daily", "doctor", "backup", "vault-backup")
    }
    assert [timer for timer in timers if not timer.with_suffix(".service").exists()] == []


def test_a_unit_needs_no_folder_that_an_installation_may_lack():
    """A path without ``-`` that is not there ends a unit before its command could say why (226/NAMESPACE)."""
    needed = {
        path
        for unit in SERVICES
        for line in unit.read_text().splitlines()
        if line.startswith("ReadWritePaths=")
        for path in line.partition("=")[2].split()
        if not path.startswith("-")
    }
    documents = "".join((ROOT / "docs" / name).read_text() for name in ("install.md", "operations.md"))
    assert {path for path in needed if not re.search(rf"install -d [^|]*{path}\b", documents)} == set()
    for folder in ("/var/backups/entry-log", "/var/backups/entry-vault"):
        assert re.search(rf"install -d [^|]*{folder}\b", documents)


def test_the_doctor_looks_whatever_became_of_the_units_that_work():
    [unit] = [unit for unit in SERVICES if "-m entry_service doctor" in unit.read_text()]
    assert unit.read_text().count("ExecStart") == 1
