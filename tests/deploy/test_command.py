"""The command of an installed release: it does its work as the service's user, whoever calls it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.install import COMMAND

OTHER = "nobody"
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root becomes another"
)


@pytest.fixture
def release() -> Iterator[Path]:
    """Return a release that everybody may read, whose Python says who it is and what it was asked."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    for name in (".venv", ".venv/bin"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)  # whatever umask an earlier test left
    for file, text in {
        "entry-log": COMMAND,
        ".venv/bin/python": '#!/bin/sh\necho "$(id -un) $(id -G) $(umask) $*"\n',
    }.items():
        (folder / file).write_text(text)
        (folder / file).chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def said(release: Path, var: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ENTRY_VAR": str(var)}
    words = [release / "entry-log", "facility", "import", "two words.csv"]
    return subprocess.run(words, env=environment, capture_output=True, text=True)


def test_what_root_calls_is_done_as_the_owner_of_the_service_s_folder(release):
    var = release / "var"
    var.mkdir(mode=0o700)
    assert said(release, var).stdout.startswith("root ")
    user = pwd.getpwnam(OTHER)
    os.chown(var, user.pw_uid, user.pw_gid)
    told = said(release, var)
    assert (told.returncode, told.stderr) == (0, "")
    name, groups, umask, rest = told.stdout.strip().split(" ", 3)
    assert (name, groups, umask) == (OTHER, str(user.pw_gid), "0077")
    assert rest == "-m entry_service facility import two words.csv"


def test_root_makes_no_folder_for_the_service(release):
    refused = said(release, release / "nowhere")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "nowhere" in refused.stderr
