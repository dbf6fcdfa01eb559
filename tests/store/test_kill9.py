"""A small, seeded slice of benchmarks/kill9.py and benchmarks/power_cut.py; the long runs are `make chaos`."""

import subprocess
import sys

import pytest

from benchmarks import kill9
from benchmarks.simulated_disk import NoSharedSqlite, _library
from tests.conftest import ROOT


def test_two_kills_under_load_lose_and_double_nothing(tmp_path):
    told = kill9.run(tmp_path, cycles=2, clients=6, seed=1)
    assert told["acknowledged"] > 20
    assert told["cut off and sent again"] > 0
    assert [told[name] for name in ("lost", "doubled", "unanswered at the end", "other answers")] == [0, 0, 0, 0]


def test_sixty_power_cuts_lose_nothing_and_the_control_does():
    try:
        _library()
    except NoSharedSqlite as reason:
        pytest.skip(str(reason))
    command = [sys.executable, "benchmarks/power_cut.py", "--cuts", "60", "--scans", "120"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "synchronous=FULL  : 0 of 60" in ran.stdout
