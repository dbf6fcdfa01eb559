"""A city's worst hour: PostgreSQL restarts, its disk fills, a backup runs and an upgrade is rolled out under load.

A real PostgreSQL on a small disk of its own, two services beside each other as behind a proxy, and doors that read
at a steady rate; every second reading is somebody's way out, and one door of four speaks as devices of the first
release do. What is not acknowledged is sent again with its scan_id; meanwhile the visitors of that door wait. One
thing after the other happens; then the log itself and the backup are read. Prints for each phase: scans
acknowledged, the time that a reading waited for its answer, the longest time in which no door at all got one, and
other answers. Exit code 1 where an acknowledged entry is missing or twice there. Needs root.

    python benchmarks/rollercoaster.py [--rate 300] [--doors 32] [--calm 10] [--full 10] [--before REVISION]

``--before``: the services begin with the code of this git revision (its schema is made by it) and are upgraded to
the present one; without, the upgrade restarts the present code. Either way the schema is expanded under load.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cryptography.hazmat.primitives.asymmetric import ed25519

from benchmarks.door_load import ROOT, DoorServer, some_scans
from benchmarks.fault_kinds import Site, fill_disk, free_disk
from benchmarks.faults import PATIENCE, SCANS, SYNC, Told, read_on
from benchmarks.postgresql_process import PostgreSQL, small_disk
from entry_service import clock
from entry_service.core.passes import IssuerKey
from entry_service.services import ISSUER_KID
from entry_service.store.database.migrate import migrate
from entry_service.vault.keys import key_file
from tests.databases import private_server
from tests.deploy.test_upgrade import later

DISK = "1g"
WORKERS = 2  # of each service
STAY = 10  # visitors that come after one leaves
OLD_DEVICE = 4  # one door of so many is of the first release
FURNISH = "import sys; from pathlib import Path; from benchmarks.door_load import DoorServer; "
FURNISH += "from entry_service import clock; "
FURNISH += "DoorServer(Path(sys.argv[1]), sys.argv[2]).furnish(clock.now(), more=int(sys.argv[3]))"


@dataclass
class City:
    """Two services on one PostgreSQL, and where everything lies."""

    site: Site
    services: tuple[DoorServer, DoorServer]
    folder: Path
    root: Path  # the code before the upgrade

    def command(self, *words: str) -> None:
        """Run a command of the present code; ``RuntimeError`` with what it said."""
        address = dict.fromkeys(("ENTRY_LOG_URL", "ENTRY_VAULT_URL"), self.services[0].database)
        environment = {**os.environ, **address, "ENTRY_VAR": str(self.services[0].var), "ENTRY_DEMO": "1"}
        environment["PATH"] = f"{self.programs()}:{environment['PATH']}"
        line = [sys.executable, "-m", "entry_service", *words]
        done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")

    def programs(self) -> str:
        """Return the folder of the server's own programs."""
        [[folder]] = self.site.postgresql.ask("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
        return folder


def restart(city: City, given: argparse.Namespace) -> None:
    """Restart PostgreSQL as its package's upgrade does."""
    city.site.postgresql.stop(signal.SIGINT)
    city.site.postgresql.start()


def kill(city: City, given: argparse.Namespace) -> None:
    """Kill its main process; it recovers at its start."""
    city.site.postgresql.stop(signal.SIGKILL)
    city.site.postgresql.start()


def fill(city: City, given: argparse.Namespace) -> None:
    """Fill its disk to the last byte, and make room again."""
    fill_disk(city.site)
    time.sleep(given.full)
    free_disk(city.site)


def back_up(city: City, given: argparse.Namespace) -> None:
    """Make a backup, verified, while doors go on."""
    city.command("backup", "make", "--to", str(city.folder / "backups"))


def roll_out(city: City, given: argparse.Namespace) -> None:
    """Expand the schema under the code that runs, then restart one service after the other."""
    city.command("migrate")
    migrate(city.services[0].database, later(city.folder / "later", "9999"))
    for service in city.services:
        service.stop()
        service.root = ROOT
        service.start(workers=WORKERS)


def calm(city: City, given: argparse.Namespace) -> None:
    """Let nothing happen."""
    time.sleep(given.calm)


Happening = Callable[[City, argparse.Namespace], None]
PHASES: tuple[tuple[str, Happening], ...] = (
    ("calm", calm),
    ("PostgreSQL restarted", restart),
    ("calm again", calm),
    ("PostgreSQL killed", kill),
    ("and recovered", calm),
    ("disk full", fill),
    ("room again", calm),
    ("backup", back_up),
    ("upgrade, one by one", roll_out),
    ("calm at the end", calm),
)


def with_ways_out(work: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Give each reading, and ``STAY`` visitors later the same visitor's way out."""
    for number, one in enumerate(work):
        yield one
        if number >= STAY:
            _, body = work[number - STAY]
            scan_id = str(UUID(int=(1 << 120) + UUID(work[number - STAY][0]).int))
            yield scan_id, json.dumps({**json.loads(body), "scan_id": scan_id, "direction": "out"}).encode()


def old_scan(body: bytes) -> bytes:
    """Return a scan as a device of the first release brings it: a batch of one."""
    item = {"kind": "scan", "party_size": 1, "children": 0, **json.loads(body)}
    return json.dumps({"v": 1, "device_now": clock.now().isoformat(), "items": [item]}).encode()


def code_of(revision: str, folder: Path) -> Path:
    """Return the code of a git revision, with the browser files of the present."""
    folder.mkdir()
    packed = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x", "-C", folder], input=packed, check=True)
    (folder / "static" / "node_modules").symlink_to(ROOT / "static" / "node_modules")
    return folder


def run(given: argparse.Namespace) -> bool:
    """Let it all happen; print the table and return whether nothing is missing or doubled."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rollercoaster-")))
        disk = stack.enter_context(small_disk(DISK))
        url = stack.enter_context(private_server(disk))
        root = code_of(given.before, folder / "before") if given.before else ROOT
        pair = tuple(DoorServer(folder / "var", url, root=root) for _ in range(2))
        site = Site(folder=folder, server=pair[0], disk=disk)
        stack.callback(site.end)
        site.postgresql = PostgreSQL(url, folder / "postgresql.log")
        city = City(site, pair, folder, root)
        environment = {**os.environ, "PYTHONPATH": str(root)}
        words = [sys.executable, "-c", FURNISH, str(folder / "var"), url, str(given.doors - 1)]
        subprocess.run(words, cwd=root, env=environment, check=True)
        for service in pair:
            stack.callback(service.stop)
            service.start(workers=WORKERS)
        told, phases = Told(), []
        doors, made = open_doors(city, given)
        stack.callback(told.give_up.set)
        for door in doors:
            door(told).start()
        threads = [thread for thread in threading.enumerate() if thread.name.startswith("door ")]
        told.wait_for(given.doors)
        for name, happens in PHASES:
            begun = time.monotonic()
            happens(city, given)
            told.wait_for(len(told.acknowledged) + given.doors)
            phases.append((name, begun, time.monotonic()))
        told.no_more.set()
        for thread in threads:
            thread.join(PATIENCE)
        told.give_up.set()
        for thread in threads:
            thread.join()
        if len(told.asked) >= made:
            print("the readings came to an end before the doors did: more --reserve")
        tell(told, phases)
        return whole(city, told, next(begun for name, begun, _ in phases if name == "backup"))


def open_doors(city: City, given: argparse.Namespace) -> tuple[list[Callable[[Told], threading.Thread]], int]:
    """Return the doors, each with its share of readings, not yet begun, and how many readings there are."""
    private = key_file(city.services[0].var / "keys", "issuer", may_make=False)
    issuer = IssuerKey(ISSUER_KID, "Ed25519", ed25519.Ed25519PrivateKey.from_private_bytes(private))
    seconds = sum(given.calm for _, happens in PHASES if happens is calm) + given.full + given.reserve
    work = some_scans(issuer, clock.now(), int(given.rate * seconds / 2))
    ports = [service.port for service in city.services]

    def door(number: int) -> Callable[[Told], threading.Thread]:
        own, path = list(with_ways_out(work[number :: given.doors])), SCANS
        if number % OLD_DEVICE == 1:
            own, path = [(scan_id, old_scan(body)) for scan_id, body in own], SYNC
        turned = ports if number % 2 else ports[::-1]
        pause = given.doors / given.rate
        return lambda told: threading.Thread(
            target=read_on, args=(turned, number, own, pause, told, path), name=f"door {number}", daemon=True
        )

    return [door(number) for number in range(given.doors)], 2 * len(work) - STAY * given.doors


def tell(told: Told, phases: Sequence[tuple[str, float, float]]) -> None:
    """Print a line for each phase."""
    heads = {"seconds": 8, "scans": 8, "a second": 9, "median": 9, "99 %": 9, "longest": 9, "nobody": 8}
    print(f"{'phase':22}{''.join(f'{head:>{width}}' for head, width in heads.items())}   other")
    ordered = sorted(told.waits)
    for name, begun, ended in phases:
        here = [(at, wait) for at, wait in ordered if begun <= at < ended]
        waits = sorted(wait for _, wait in here) or [0.0]
        edges = [begun, *(at for at, _ in here), ended]
        pause = max(later - at for at, later in zip(edges, edges[1:], strict=False))
        other = dict(Counter(status for at, status in told.others if begun <= at < ended))
        middle, most = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        figures = f"{ended - begun:8.1f}{len(here):8,}{len(here) / (ended - begun):9.0f}"
        figures += f"{1000 * middle:6.0f} ms{1000 * most:6.0f} ms{waits[-1]:7.1f} s{pause:6.1f} s"
        print(f"{name:22}{figures}   {other or ''}")


def whole(city: City, told: Told, backup_begun: float) -> bool:
    """Compare what the doors were told with the log and with the backup; print it."""
    kept = Counter(name for [name] in city.site.postgresql.ask("SELECT scan_id FROM scans"))
    lost = told.acknowledged - kept.keys()
    doubled = [name for name, many in kept.items() if many > 1]
    unanswered = told.asked - told.acknowledged - told.refused
    print(
        f"acknowledged {len(told.acknowledged):,}, lost {len(lost)}, doubled {len(doubled)}, refused "
        f"{len(told.refused)}, unanswered {len(unanswered)}, longest pause {told.longest_pause:.1f} s"
    )
    in_backup = restored(city)
    before = sum(at < backup_begun for at, _ in told.waits)
    print(f"acknowledged before the backup {before:,}, scans in it {in_backup:,}")
    return not (lost or doubled or told.refused or unanswered) and in_backup >= before


def restored(city: City) -> int:
    """Put the backup into a database of its own and return how many scans it holds."""
    [backup] = (city.folder / "backups").glob("2*")
    city.site.postgresql.ask("CREATE DATABASE restored TEMPLATE template0")
    address = city.site.postgresql.url.replace("postgresql+psycopg", "postgresql").replace(
        "/postgres?", "/restored?"
    )
    words = [f"{city.programs()}/pg_restore", "--exit-on-error", "--no-owner", "--dbname", address]
    subprocess.run([*words, str(backup / "log.dump")], check=True)
    other = PostgreSQL(address.replace("postgresql:", "postgresql+psycopg:"), city.folder / "restored.log")
    [[many]] = other.ask("SELECT count(*) FROM scans")
    return many


def main() -> None:
    """Run it in a mount namespace of its own, so that the disk goes with the process."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--rate", type=float, default=300, help="scans a second of all doors")
    ask.add_argument("--doors", type=int, default=32)
    ask.add_argument("--calm", type=float, default=10, help="seconds between two things")
    ask.add_argument("--full", type=float, default=10, help="seconds for which the disk is full")
    ask.add_argument(
        "--reserve", type=float, default=120, help="seconds for which readings are made beforehand, besides"
    )
    ask.add_argument("--before", metavar="REVISION", default="", help="code that the services begin with")
    ask.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = ask.parse_args()
    if os.geteuid() != 0 or not shutil.which("unshare"):
        sys.exit("needs root and unshare: PostgreSQL gets a small disk of its own")
    if not given.inside:
        again = ["unshare", "-m", sys.executable, __file__, "--inside", *sys.argv[1:]]
        sys.exit(subprocess.run(again).returncode)
    sys.exit(0 if run(given) else 1)


if __name__ == "__main__":
    main()
