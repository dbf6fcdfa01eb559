"""The container file: built from the archive without a network, run with the settings of an installation."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from click import Group

from benchmarks.offline_install import without_network
from entry_service.cli import main

from .test_dist import archive

__all__ = ["archive"]
ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy" / "Containerfile"
PACKAGES = (
    "base-files",
    "coreutils",
    "dash",
    "findutils",
    "gzip",
    "libstdc++6",
    "passwd",
    "python3.11",
    "sed",
    "tar",
    "util-linux",
)
LINKS = (
    "bin",
    "lib",
    "lib64",
    "sbin",
    "etc/passwd",
    "etc/group",
    "etc/ld.so.cache",
    "etc/ld.so.conf",
    "usr/bin/sh",
)
LOOK = """
import time, urllib.request
def get(path):
    return urllib.request.urlopen("http://127.0.0.1:8000" + path, timeout=10).read().decode()
for _ in range(300):
    try:
        get("/healthz")
        break
    except OSError:
        time.sleep(0.2)
page = get("/")
print("page", "시험 군포시" in page, "'시험" in page or "&#39;시험" in page)
print("figures", "entry_log_readable 1" in get("/metrics"))
"""
KERNELS = """
import os, analytics.statistics.discs
print("kernels", os.environ["NUMBA_CACHE_DIR"])
"""


def needs(*programs: str) -> str:
    """Return why this machine cannot build, empty where it can."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        return f"not installed here: {', '.join(missing)}"
    return "" if os.geteuid() == 0 else "only root builds in a chroot"


def ran(*words: str | Path, **how) -> str:
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=600, **how)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    return done.stdout


@pytest.fixture
def base(tmp_path) -> Path:
    """Return a tar of what Debian's packages with Python 3.11 have put on this machine."""
    depends = ("apt-cache", "depends", "--recurse", "--installed", "--no-recommends", "--no-suggests")
    weak = ("--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances")
    told = ran(*depends, *weak, *PACKAGES)
    packages = sorted({line for line in told.splitlines() if re.match(r"[a-z0-9]", line)})
    listed = subprocess.run(["dpkg", "-L", *packages], capture_output=True, text=True).stdout.splitlines()
    listed = [re.sub("^/(bin|sbin|lib|lib64)/", r"/usr/\1/", name) for name in listed]
    kept = [
        name for name in listed if not name.startswith(("/usr/share/doc", "/usr/share/man", "/usr/share/locale"))
    ]
    files = {name.lstrip("/") for name in kept if name.startswith("/usr") or name in {"/tmp", "/var/tmp", "/opt"}}
    names = sorted(name for name in {*files, *LINKS, "tmp", "opt", "var"} if os.path.lexists(f"/{name}"))
    (tmp_path / "names").write_text("\n".join(names))
    ran("tar", "--create", "--no-recursion", "-C", "/", "-f", tmp_path / "base.tar", "-T", tmp_path / "names")
    return tmp_path / "base.tar"


@pytest.mark.skipif(
    bool(needs("buildah", "apt-cache", "unshare")), reason=needs("buildah", "apt-cache", "unshare")
)
def test_it_is_built_without_a_network_and_runs_with_the_settings_of_an_installation(base, archive, tmp_path):
    store = ("buildah", "--root", tmp_path / "store", "--runroot", tmp_path / "run", "--storage-driver", "vfs")
    probe = subprocess.run(list(map(str, (*store, "from", "scratch"))), capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"buildah cannot work here: {probe.stderr.strip()[-200:]}")
    name = probe.stdout.strip()
    ran(*store, "add", name, base, "/")
    ran(*store, "commit", name, "localhost/base:3.11")
    shutil.copy(archive, tmp_path / "entry-log.tar.gz")
    wishes = (
        "--build-arg",
        "BASE=localhost/base:3.11",
        "--build-arg",
        "ARCHIVE=entry-log.tar.gz",
        "-t",
        "entry-log",
    )
    build = (*store, "bud", "--isolation", "chroot", "--pull-never", *wishes, "-f", FILE, tmp_path)
    (tmp_path / ".dockerignore").write_text("*\n!entry-log.tar.gz\n")
    ran(*without_network(*build))
    made = ran(*store, "from", "--pull-never", "localhost/entry-log").strip()
    settings = tmp_path / "entry-log.env"
    settings.write_text(
        "ENTRY_AUTHORITY='시험 군포시'\nENTRY_BACKUPS=/var/backups/entry-log\nENTRY_RESERVE_MB=0\n"
    )
    settings.chmod(0o444)
    [command] = re.findall(r"^CMD (\[.+\])$", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    (tmp_path / "try.sh").write_text(f"""
{shlex.join(json.loads(command))} > /tmp/serve.log 2>&1 &
.venv/bin/python -c {shlex.quote(LOOK)} || cat /tmp/serve.log
./entry-log backup make --to /var/backups/entry-log --keep 14
./entry-log doctor
PYTHONPATH=/packages .venv/bin/python -c {shlex.quote(KERNELS)}
id -un
kill $!
wait
""")
    (tmp_path / "try.sh").chmod(0o444)  # whatever mask this process has by now
    packages = sysconfig.get_path("purelib")  # the archive of this test has none of the analytics
    mounts = ("-v", f"{settings}:/etc/entry-log.env:ro", "-v", f"{tmp_path}/try.sh:/try.sh:ro")
    mounts = (*mounts, "-v", f"{packages}:/packages:ro")
    run = (*store, "run", "--isolation", "chroot", "--user", "entrylog", *mounts, made, "--", "sh", "/try.sh")
    said = ran(*without_network(*run))
    assert "page True False\nfigures True\n" in said
    assert re.search(r"^log: log\.sqlite", said, re.MULTILINE)
    assert "두 저장소에서 모두 열립니다" in said
    assert "\nkernels /var/cache/entry-log/analytics-kernels-" in said
    assert said.rstrip().endswith("entrylog")


def test_the_lines_for_cron_call_commands_that_exist():
    lines = (ROOT / "deploy" / "container.cron").read_text(encoding="utf-8").splitlines()
    called = [
        re.search(r"podman exec entry-log \./entry-log ([^>)]+)", line)[1] for line in lines if "podman" in line
    ]
    assert len(called) == 3
    for line in called:
        command, words = main, line.split()
        while isinstance(command, Group):
            command = command.commands[words.pop(0)]
        known = {name for option in command.params for name in option.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_what_a_line_for_cron_finds_wrong_is_said_and_told_to_the_institutions_program(tmp_path):
    told, podman, program = tmp_path / "told", tmp_path / "podman", tmp_path / "notify"
    podman.write_text('#!/bin/sh\necho "✗ $4"\nexit $FOUND\n')
    program.write_text(f'#!/bin/sh\necho "$1" >> {told}\n')
    program.chmod(0o755)
    podman.chmod(0o755)
    lines = (ROOT / "deploy" / "container.cron").read_text(encoding="utf-8").splitlines()
    commands = [line.split(" ", 6)[6] for line in lines if " root " in line]

    def run(found: int, notify: Path) -> list[str]:
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "FOUND": str(found), "NOTIFY": str(notify)}
        return [ran("sh", "-c", command, env=environment) for command in commands[:2]]

    assert run(0, program) == ["", ""]
    assert not told.exists()
    assert run(1, program) == run(1, tmp_path / "none") == ["", "✗ doctor\n"]
    assert told.read_text() == "entry-log-backup\nentry-log-doctor\n"
