"""From the archive to the first scan on a machine without network: minutes and commands.

    python benchmarks/offline_install.py [--archive FILE]

Makes the archive unless one is given, unpacks it in an empty folder inside a network namespace that has a loopback
and nothing else, and does what docs/install.md says: install, migrate, facilities, accounts, serve; then a staff
member signs in, enrols the door and reads a pass (a program does, over HTTP). Where the archive holds the
analytics, a demonstration city is built and its hotspots are marked too. Needs root, or user namespaces.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "첫 설치를 시험하는 긴 암호 하나"
SITES = "facility_id,name,category,address,lon,lat\nGP-001,산본도서관,library,경기도 군포시,126.93,37.36\n"
BIND = "127.0.0.1:8000"  # of the namespace, where nobody else listens
START_SECONDS = 120


@dataclass
class Installation:
    """An empty machine: a folder, an environment without anything of ours, and the commands typed so far."""

    folder: Path
    commands: list[tuple[str, float]] = field(default_factory=list)

    @property
    def tool(self) -> Path:
        """Return the command of the installed release."""
        return self.folder / "opt" / "current" / "entry-log"

    @property
    def environment(self) -> dict[str, str]:
        """Return what a shell of this machine has."""
        path = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        return {**path, "ENTRY_VAR": str(self.folder / "var")}

    def run(self, *words: str | Path, said: str = "", cwd: Path | None = None) -> str:
        """Run a command, keep its seconds, and return what it printed."""
        begun = time.monotonic()
        done = subprocess.run(
            list(map(str, words)),
            cwd=cwd or self.folder,
            env=self.environment,
            input=said,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")
        name = " ".join(Path(word).name if "/" in str(word) else str(word) for word in words)
        self.commands.append((name, time.monotonic() - begun))
        return done.stdout


def first_scan(machine: Installation, archive: Path) -> str:
    """Install from the archive and return the answer to the first scan; everything in this network namespace."""
    machine.run("tar", "xzf", archive)
    unpacked = next(machine.folder.glob("entry-log-*"))
    machine.run(
        shutil.which("python3.11") or sys.executable, "install.py", "--to", machine.folder / "opt", cwd=unpacked
    )
    (machine.folder / "var").mkdir(mode=0o700)
    machine.run(machine.tool, "migrate")
    (machine.folder / "sites.csv").write_text(SITES)
    machine.run(machine.tool, "facility", "import", "sites.csv")
    account = (machine.tool, "account", "add", "--password-stdin")
    machine.run(*account, "cityhall.admin", "--role", "admin", said=PASSWORD)
    machine.run(*account, "door.gp001", "--role", "staff", "--facility", "GP-001", said=PASSWORD)
    begun = time.monotonic()
    with (machine.folder / "serve.log").open("w") as log:
        command = [machine.tool, "serve", "--bind", BIND]
        server = subprocess.Popen(command, cwd=machine.folder, env=machine.environment, stdout=log, stderr=log)
    try:
        wait_until_it_answers(server, machine.folder / "serve.log")
        machine.commands.append((f"entry-log serve --bind {BIND}", time.monotonic() - begun))
        python = machine.tool.with_name(".venv") / "bin" / "python"
        scan = Path(__file__).with_name("first_scan.py")
        return machine.run(python, scan, f"http://{BIND}", "door.gp001", said=PASSWORD)
    finally:
        server.terminate()
        server.wait(60)


def hotspots(machine: Installation) -> str:
    """Build the demonstration city and mark its hotspots with what was installed; return what the run is of."""
    demo = machine.folder / "demo"
    demo.mkdir(mode=0o700)
    machine.run("env", f"ENTRY_VAR={demo}", machine.tool, "demo")
    return ", ".join(sorted(file.name for file in (demo / "results" / "demo").iterdir()))


def wait_until_it_answers(server: subprocess.Popen, log: Path) -> None:
    """Return when the start page is there; fail with what the service said."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://{BIND}/healthz", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit(f"the service did not come up:\n{log.read_text()}")


def assert_no_network() -> None:
    """Fail unless this namespace has a loopback and nothing else."""
    named = {line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]}
    if named != {"lo"} or len(Path("/proc/net/route").read_text().splitlines()) > 1:
        raise SystemExit(f"this namespace has a network: {', '.join(sorted(named))}")


def without_network(*words: str | Path) -> list[str]:
    """Return the command that runs another one in a network namespace of its own, with the loopback up."""
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    return [*unshare, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *map(str, words)]


def main() -> None:
    """Make the archive outside, install it inside, print the figures."""
    wishes = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wishes.add_argument("--archive", type=Path, help="archive that `make dist` made")
    wishes.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    wished = wishes.parse_args()
    if wished.inside:
        assert_no_network()
        machine = Installation(wished.inside)
        answer = first_scan(machine, wished.archive)
        for name, seconds in machine.commands[:-1]:
            print(f"{seconds:7.1f} s  {name}")
        print(
            f"{machine.commands[-1][1]:7.1f} s  over HTTP, as a browser does: sign in, enrol the door, read a pass"
        )
        total = sum(seconds for _, seconds in machine.commands)
        print(f"first scan: {answer.strip()}")
        many = len(machine.commands) - 1
        print(f"from the archive to the first scan: {many} commands, {total / 60:.1f} minutes")
        if any(machine.folder.glob("entry-log-*/wheels/geopandas-*")):
            print(f"a run of the analytics: {hotspots(machine)}")
            print(f"{machine.commands[-1][1]:7.1f} s  {machine.commands[-1][0]}")
        return
    sys.path.insert(0, str(ROOT))
    from deploy.dist import build

    with tempfile.TemporaryDirectory(prefix="offline-install-") as folder:
        archive = wished.archive or build(Path(folder) / "dist")
        empty = Path(folder) / "machine"
        empty.mkdir()
        inside = (sys.executable, __file__, "--archive", archive.absolute(), "--inside", empty)
        sys.exit(subprocess.run(without_network(*inside)).returncode)


if __name__ == "__main__":
    main()
