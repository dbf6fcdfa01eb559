"""A run with a second process beside it: the same result, the same refusals, nothing left when it is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analytics.beside import second_process
from analytics.contract import read_extract
from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from analytics.refusals import ExtractRefused

from .test_hotspots import NOW, QUICK, planted

PARENT = """
import os, sys, time
from analytics.beside import second_process
with second_process() as beside:
    print(beside.submit(os.getpid).result(), flush=True)
    beside.submit(time.sleep, 60).result()
"""


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_where_the_work_is_done_changes_no_byte(tmp_path):
    town, visits, _ = planted()
    inputs = town.write(tmp_path, visits)
    find_hotspots(**inputs, out=tmp_path / "thread", created=NOW, parameters=Parameters(**QUICK))
    with second_process() as beside:
        find_hotspots(
            **inputs, out=tmp_path / "process", created=NOW, parameters=Parameters(**QUICK), beside=beside
        )
    assert content(tmp_path / "process") == content(tmp_path / "thread")


def test_a_refusal_comes_back_whole(tmp_path):
    (tmp_path / "datapackage.json").write_text('{"name": "else"}')
    with pytest.raises(ExtractRefused) as here:
        read_extract(tmp_path)
    with second_process() as beside, pytest.raises(ExtractRefused) as there:
        beside.submit(read_extract, tmp_path).result()
    assert str(there.value) == str(here.value)
    for name in ("reason", "file", "line", "field"):
        assert getattr(there.value, name) == getattr(here.value, name)


def test_it_ends_with_a_caller_that_is_killed():
    caller = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    worker = int(caller.stdout.readline())
    os.kill(caller.pid, signal.SIGKILL)
    caller.wait()
    caller.stdout.close()
    patience = time.monotonic() + 30
    while Path(f"/proc/{worker}").exists() and _alive(worker):
        assert time.monotonic() < patience, "the second process outlives the run"
        time.sleep(0.05)


def _alive(process: int) -> bool:
    """Return whether it runs; one that has ended may wait to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
