"""Compiled kernels of other sources are never run: the folder they are kept in belongs to the sources."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analytics import kernel_cache
from analytics.kernel_cache import DAY_S, HERE, PREFIX, ROOMS, VARIABLE, fingerprint, keep_kernels

PROBE = "import analytics, os; from analytics.statistics.{}; print({}, os.environ['NUMBA_CACHE_DIR'])"


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """Return a copy of the rooms of kernels that stands for the package; no place is named by the environment."""
    for room in ROOMS:
        shutil.copytree(HERE / room, tmp_path / "analytics" / room, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(kernel_cache, "HERE", tmp_path / "analytics")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setenv(VARIABLE, "")
    return tmp_path / "analytics"


def test_every_kernel_is_in_a_room_that_the_fingerprint_covers():
    numba = re.compile(r"^\s*(from|import) numba", re.MULTILINE)
    using = {
        path.relative_to(HERE).parts[0] for path in HERE.rglob("*.py") if numba.search(path.read_text("utf-8"))
    }
    assert using <= {*ROOMS}


def test_the_fingerprint_changes_with_a_line_a_name_and_a_place(package):
    prints = [fingerprint(package)]
    kernel = package / "statistics" / "scan" / "kernels.py"
    kernel.write_text(kernel.read_text("utf-8") + "# more\n", "utf-8")
    prints.append(fingerprint(package))
    kernel.rename(kernel.with_name("others.py"))
    prints.append(fingerprint(package))
    kernel.with_name("others.py").rename(package / "statistics" / "others.py")
    prints.append(fingerprint(package))
    assert len(set(prints)) == 4


def test_a_place_in_the_environment_stays_and_one_of_other_sources_does_not(package, monkeypatch):
    monkeypatch.setenv(VARIABLE, "/somewhere/else")
    keep_kernels()
    assert os.environ[VARIABLE] == "/somewhere/else"
    monkeypatch.setenv(VARIABLE, f"/somewhere/{PREFIX}0")
    keep_kernels()
    assert os.environ[VARIABLE] == str(package / "__pycache__" / (PREFIX + fingerprint(package)))


def test_folders_of_other_sources_go_when_they_are_a_day_older(package):
    cache = package / "__pycache__"
    for name in (old := cache / f"{PREFIX}0", young := cache / f"{PREFIX}1", strange := cache / "other"):
        name.mkdir(parents=True)
    past = cache.stat().st_mtime - DAY_S - 60
    for name in (old, strange):
        os.utime(name, (past, past))
    keep_kernels()
    assert not old.exists()
    assert young.exists()
    assert strange.exists()


def test_a_package_that_cannot_be_written_to_keeps_its_kernels_among_the_users_caches(package, tmp_path):
    (package / "__pycache__").write_text("no folder", "utf-8")
    keep_kernels()
    assert os.environ[VARIABLE] == str(tmp_path / "user" / (PREFIX + fingerprint(package)))
    (tmp_path / "user").rename(tmp_path / "gone")
    (tmp_path / "user").write_text("no folder either", "utf-8")
    os.environ[VARIABLE] = ""
    keep_kernels()
    assert os.environ[VARIABLE] == ""


def test_a_kernel_sees_a_change_in_a_function_of_another_file(tmp_path):
    """The hazard itself: numba alone would run the old kernel, whose own file has not changed."""
    package = tmp_path / "analytics"
    (package / "population").mkdir(parents=True)
    (package / "statistics").mkdir()
    for file in ("__init__.py", "kernel_cache.py"):
        shutil.copy(HERE / file, package / file)
    called, caller = package / "statistics" / "called.py", package / "statistics" / "caller.py"
    caller.write_text(
        "from numba import njit\nfrom .called import one\n\n@njit(cache=True)\ndef two():\n    return one() + 1\n"
    )
    answers = []
    for number in (1, 10):
        called.write_text(f"from numba import njit\n\n@njit(cache=True)\ndef one():\n    return {number}\n")
        probe = PROBE.format("caller import two", "two()")
        told = subprocess.run(
            [sys.executable, "-c", probe],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name != VARIABLE},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout.split()
        answers.append(int(told[0]))
        assert list(Path(told[1]).rglob("*.nbc")), "kernels are kept there"
    assert answers == [2, 11]
