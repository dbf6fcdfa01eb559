"""The units of systemd: they verify, are closed to what they do not need, and call commands that exist."""

import os
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
    if unit.name == "entry-log-notify@.service":
        assert lines == ["/bin/sh /opt/entry-log/current/deploy/notify.sh %i"]
        return
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
        f"entry-log-{name}" for name in ("hotspots", "daily", "doctor", "backup", "vault-backup", "vault-doctor")
    }
    assert [timer for timer in timers if not timer.with_suffix(".service").exists()] == []


def _spread(words: str) -> set[str]:
    """Return the words with what stands in braces spread, as a shell does."""
    found = set()
    for word in words.split():
        before, brace, rest = word.partition("{")
        inside, _, after = rest.partition("}")
        found |= {f"{before}{one}{after}" for one in inside.split(",")} if brace else {word}
    return found


@pytest.mark.parametrize(
    ("page", "apart"), [("install.md", False), ("operations.md", True), ("ko/install.md", False)]
)
def test_every_unit_that_an_installation_needs_is_copied_and_enabled(page, apart):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    copies = re.search(r"`cp (\S*deploy/systemd/\S+) /etc/systemd/system/", text)[1]
    copied = {word.rpartition("/")[2].removesuffix(".*") for word in _spread(copies)}
    units = {unit.stem for unit in UNITS.iterdir()}
    assert copied == (units if apart else {unit for unit in units if "-vault" not in unit})
    enabled = {name for words in re.findall(r"systemctl enable --now ([^`&]+)", text) for name in _spread(words)}
    wanted = {unit.name for unit in UNITS.iterdir() if "\n[Install]\n" in unit.read_text()}
    wanted = {name.removesuffix(".service") for name in wanted if apart or "-vault" not in name}
    if apart:  # the analytics are begun as on the other page
        wanted -= {"entry-log-watch", "entry-log-hotspots.timer"}
    assert enabled == wanted


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
    units = [unit for unit in SERVICES if "-m entry_service doctor" in unit.read_text()]
    assert [(unit.stem, unit.read_text().count("ExecStart")) for unit in units] == [
        ("entry-log-doctor", 1),
        ("entry-log-vault-doctor", 1),
    ]


def test_whatever_fails_is_told_to_a_person():
    silent = {
        unit.name for unit in SERVICES if "\nOnFailure=entry-log-notify@%n.service\n" not in unit.read_text()
    }
    assert silent == {"entry-log-notify@.service"}


def test_the_word_reaches_the_institutions_own_program_once_an_hour_and_the_journal_always(tmp_path):
    program, kept = tmp_path / "program", tmp_path / "kept"
    kept.mkdir()

    def tell() -> subprocess.CompletedProcess[str]:
        words = ["sh", ROOT / "deploy" / "notify.sh", "entry-log-doctor.service", program]
        environment = {"PATH": "/usr/bin:/bin", "STATE_DIRECTORY": str(kept)}
        return subprocess.run(words, env=environment, capture_output=True, text=True)

    alone = tell()
    assert (alone.returncode, alone.stderr.startswith("<2>출입 기록(")) == (0, True)
    program.write_text(f'#!/bin/sh\nprintf "%s|%s\\n" "$@" >> {tmp_path}/heard\nexit 1\n')
    program.chmod(0o755)
    assert tell().returncode == 1  # it could not say so: the next failure tries again, and this unit fails
    program.write_text(program.read_text().replace("exit 1", "exit 0"))
    assert [tell().returncode, tell().returncode] == [0, 0]
    heard = (tmp_path / "heard").read_text().splitlines()
    assert len(heard) == 2
    assert heard[1].startswith("entry-log-doctor.service|출입 기록(")
    for file in kept.iterdir():
        os.utime(file, (0, 0))
    assert tell().returncode == 0
    assert len((tmp_path / "heard").read_text().splitlines()) == 3


def test_one_of_two_services_is_the_service_but_for_its_port(tmp_path):
    """What is changed for the one is changed for the other; systemd takes it, closed as the first."""
    file = ROOT / "deploy" / "rolling" / "entry-log@.service"
    one = (UNITS / "entry-log.service").read_text().splitlines()
    other = file.read_text().splitlines()
    other = other[other.index("[Unit]") :]
    one = one[one.index("[Unit]") :]
    assert [line for line in other if line not in one] == [
        "Description=Electronic entry log of multi-use facilities, port %i",
        "Conflicts=entry-log.service",
        f"ExecStart={PYTHON} -m entry_service serve --bind 127.0.0.1:%i",
    ]
    assert len(other) == len(one) + 1
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed here")
    for unit in (*UNITS.iterdir(), file):
        (tmp_path / unit.name).write_text(unit.read_text().replace(PYTHON, sys.executable))
    words = ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
