"""A slice of ``benchmarks/faults.py``: whatever breaks, what a door was told is in the log, once."""

import os
import shutil
import subprocess
import sys

import pytest

from benchmarks import faults

UNDER_LOAD = (
    *("postgresql-fast", "postgresql-kill", "postgresql-locked"),
    *("sqlite-locked", "sqlite-read-only", "clock-20-days-ahead", "clock-1-day-back"),
)


@pytest.mark.parametrize("name", UNDER_LOAD)
def test_a_fault_under_load_loses_and_doubles_nothing(name):
    if name == "sqlite-read-only" and not shutil.which("strace"):
        pytest.skip("strace, which lets writes fail, is not installed here")
    found = faults.run(name, seconds=1, doors=4, rate=20)
    assert found.acknowledged > 8
    assert (found.lost, found.doubled, found.refused, found.unanswered) == (0, 0, 0, 0)
    assert set(found.other) <= {503, None}


@pytest.mark.parametrize("name", ["sqlite-disk-full", "sqlite-disk-full-with-reserve", "postgresql-disk-full"])
def test_a_full_disk_under_load_loses_and_doubles_nothing(name):
    if faults.FAULTS[name].disk and os.geteuid() != 0:
        pytest.skip("only root gives PostgreSQL a disk of its own")
    may_mount = subprocess.run(["unshare", "-rm", "true"], capture_output=True, timeout=20)
    if may_mount.returncode != 0:
        pytest.skip("this kernel gives nobody a file system of their own")
    command = [sys.executable, faults.__file__, "--only", name, "--seconds", "1", "--rate", "20"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=170)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    if name == "sqlite-disk-full":  # PostgreSQL has pages left for a while
        assert "503" in ended.stdout
    if name == "sqlite-disk-full-with-reserve":
        assert "503" not in ended.stdout
