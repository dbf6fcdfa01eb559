"""A vault in a process of its own, whose disk is really full, still destroys what is due (F05)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOTH = ["reserve", "reserve-destruction"]


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict:
    """Return what happened on a file system of twelve megabytes."""
    full, roomy = tmp_path_factory.mktemp("f"), tmp_path_factory.mktemp("roomy")
    mount = f"mount -t tmpfs -o size=12m,mode=700 none {full}"
    script = f"{mount} && exec {sys.executable} -m tests.vault.full_disk {full} {roomy}"
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=180)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no mount namespaces here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_contacts_are_refused_by_name_once_the_first_reserve_is_used_up(told):
    assert (told["held"], told["refused"], told["held when full"]) == (BOTH, "SQLITE_FULL", BOTH[1:])


def test_what_is_due_is_destroyed_with_the_vaults_own_second_reserve(told):
    assert "2020-08-01" not in told["days left"]
    assert "2020-08-02" not in told["days left"]
    assert (told["dead days left"], told["held after the purge"]) == (0, [])
    assert told["held by the web side"] == BOTH


def test_both_come_back_when_there_is_room(told):
    assert told["held with room"] == BOTH
