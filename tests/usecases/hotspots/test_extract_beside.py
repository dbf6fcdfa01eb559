"""An extract by a process of its own: the same folder, its progress, its refusals, and its end with ours."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from entry_service.core.errors import Unavailable
from entry_service.usecases.hotspots import extract_beside as module
from entry_service.usecases.hotspots.extract_beside import extract_beside
from tests.usecases.extracting import PERIOD, case, extract, folder, hours, log
from tests.usecases.small_log import KARAOKE, SmallLog

__all__ = ["folder", "log"]
NOTHING = {"previous": None, "told": lambda part: None}


@pytest.fixture
def filled(log) -> SmallLog:
    for who in (1, 2, 3):
        log.stay(who, KARAOKE, f"13 19:1{who}", "13 20:10")
        log.contact(who, "13", f"+82100000000{min(who, 2)}")
    case(log, "1", 1)
    return log


def beside(log: SmallLog, folder, **facts: Any) -> None:
    extract_beside(log.services, folder, **{**PERIOD, **NOTHING, **facts})


def test_it_is_the_extract_that_would_have_been_written_here(filled, folder):
    heard = []
    beside(filled, folder, told=heard.append)
    assert 0 < heard[0] < heard[-1] == 1.0
    here = folder.with_name("here")
    extract(filled, here)
    assert hours(folder) == hours(here)
    assert hours(folder)[KARAOKE, "13 19:00"]["exposed"] == "1"  # two passes, one phone: the vault was asked
    assert folder.stat().st_mode & 0o077 == 0
    beside(filled, folder.with_name("again"), previous=folder)
    assert hours(folder.with_name("again")) == hours(here)


def test_a_refusal_is_told_with_its_sentence(filled, folder):
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_text("somebody's")
    with pytest.raises(Unavailable) as refused:
        beside(filled, folder)
    assert (refused.value.facts, refused.value.sentence[:5]) == ({"reason": "folder_refused"}, "이 폴더에")
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@dataclass
class Interrupting:
    """A service whose vault does something before it answers."""

    services: Any
    act: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.services, name)

    @property
    def vault(self) -> Any:
        self.act()
        return self.services.vault


def test_a_process_that_is_killed_is_told(filled, folder, monkeypatch):
    begun, popen = [], subprocess.Popen

    def begin(*command: Any, **facts: Any) -> subprocess.Popen:
        begun.append(popen(*command, **facts))
        return begun[0]

    monkeypatch.setattr(module.subprocess, "Popen", begin)
    killing = Interrupting(filled.services, lambda: begun[0].kill())
    with pytest.raises(Unavailable) as ended:
        extract_beside(killing, folder, **PERIOD, **NOTHING)
    assert ended.value.facts == {"reason": "extract_ended_-9"}
    assert not folder.exists()


def test_what_fails_here_ends_it_there(filled, folder):
    def away() -> None:
        raise Unavailable(reason="vault")

    with pytest.raises(Unavailable) as failed:
        extract_beside(
            Interrupting(filled.services, away), folder, **PERIOD, previous=None, told=lambda part: None
        )
    assert failed.value.facts == {"reason": "vault"}
    assert list(folder.parent.iterdir()) == []


def test_it_ends_with_the_service_and_leaves_nothing_behind(filled, folder):
    program = subprocess.Popen(
        [sys.executable, "-m", module.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(module.ROOT)},
        encoding="utf-8",
    )
    times = {name: at.isoformat() for name, at in PERIOD.items()}
    asked = {"log": filled.services.settings.log_address, "folder": str(folder), "previous": None, **times}
    program.stdin.write(json.dumps(asked) + "\n")
    program.stdin.flush()
    while "told" in (said := json.loads(program.stdout.readline())):
        pass
    assert date.fromisoformat(said["count_day"]) == date(2020, 8, 12)
    assert [path.name for path in folder.parent.iterdir()] == [f".{folder.name}.new"]
    assert os.getpriority(os.PRIO_PROCESS, program.pid) >= module.NICE
    program.stdin.close()  # what the end of the service does, however it ends
    assert program.wait(30) == 128 + signal.SIGINT
    assert list(folder.parent.iterdir()) == []
    assert program.stderr.read() == ""
    program.stdout.close()
    program.stderr.close()
