"""The server: gunicorn with threads, from Python. One process on SQLite, one a core and one more on PostgreSQL.

The process that answers opens log and vault itself, after the fork, and closes them last: what was acknowledged is
on disk, what was accepted before SIGTERM is answered.
"""

import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from entry_service import clock as clocks
from entry_service import create_app
from entry_service.demo.feed import PopulationFeed
from entry_service.log_period import log_period
from entry_service.services import Services, open_services
from entry_service.settings import LOOPBACK, Settings, SettingsRefused
from entry_service.store.database.reserve import ReserveKeeper
from entry_service.usecases.doors.learn_dwell import DailyLearning
from entry_service.usecases.hotspots.refresh_results import Refreshing
from entry_service.usecases.retention.purge_daily import DailyPurge
from entry_service.web.frame.counters import Counters
from entry_service.web.frame.logs import write_json_lines
from entry_service.web.officer.results_ahead import ResultsAhead

log = logging.getLogger("entry_service.serve")

GRACE_SECONDS = 30  # accepted requests get so long to finish after SIGTERM
DRAWN = 8  # random bytes of a request's id
STUCK_SECONDS = 60  # a process that does not answer its parent so long is replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return ``host:port``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(text: str) -> Address:
    """Return the address of ``HOST:PORT``; raise ``SettingsRefused``."""
    try:
        parts = urlsplit(f"//{text}")
        if parts.hostname and parts.port and not (parts.path or parts.query or parts.username):
            return Address(host=parts.hostname, port=parts.port)
    except ValueError:
        pass
    raise SettingsRefused(f"--bind cannot be read: {text!r} is not HOST:PORT, such as 127.0.0.1:8000")


def assert_free(address: Address) -> None:
    """Raise ``SettingsRefused`` when another program listens there, before anything is started."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as taken:
            raise SettingsRefused(
                f"cannot listen on {address} ({taken.strerror}): choose another with --bind HOST:PORT"
            ) from taken


def for_address(settings: Settings, address: Address, *, https: bool, given: set[str]) -> Settings:
    """Return the settings as they fit the address, where the environment did not give them.

    Pages on ``http://127.0.0.1`` need cookies without the ``Secure`` mark; any other address keeps it.
    """
    changes: dict[str, Any] = {}
    if "ENTRY_ORIGIN" not in given:
        changes["origin"] = f"{'https' if https else 'http'}://{address}"
    origin = urlsplit(changes.get("origin", settings.origin))
    is_local_http = origin.scheme == "http" and origin.hostname in LOOPBACK
    if "ENTRY_SECURE_COOKIES" not in given and is_local_http:
        changes["secure_cookies"] = False
    return replace(settings, **changes)


def worker_count(settings: Settings) -> int:
    """Return how many processes answer; raise ``SettingsRefused`` for more than one on SQLite."""
    opened = [settings.log_address, *([] if settings.vault_socket else [settings.vault_address])]
    if any(address.startswith("sqlite") for address in opened):
        if settings.workers > 1:
            raise SettingsRefused("ENTRY_WORKERS: SQLite takes exactly one process; more need PostgreSQL")
        return 1
    return settings.workers or (os.cpu_count() or 1) + 1


class Lines(Logger):
    """gunicorn's log, in the service's own JSON lines and without what callers sent."""

    def setup(self, cfg: Any) -> None:
        """Replace gunicorn's handlers."""
        super().setup(cfg)
        write_json_lines()
        self.error_log.setLevel(logging.WARNING)


class Keeper(Arbiter):
    """The parent process. Its number of children is fixed: a second writer of SQLite would find the lock taken."""

    def _ignore(self) -> None:
        log.warning("signal ignored", extra={"facts": {"hint": "stop with SIGTERM and start again"}})

    handle_hup = handle_ttin = handle_ttou = handle_usr2 = handle_winch = _ignore

    def handle_int(self) -> None:
        """Stop as gracefully on Ctrl-C as on SIGTERM."""
        raise StopIteration


class Server(BaseApplication):
    """The service behind gunicorn; ``run`` returns only by leaving the process."""

    def __init__(
        self,
        settings: Settings,
        address: Address,
        *,
        clock: Callable[[], datetime],
        certificate: tuple[Path, Path] | None = None,
        when_ready: Callable[[], None] = lambda: None,
        when_stopped: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep what the processes need; ``when_ready`` runs when the port is open, ``when_stopped`` at last."""
        self.settings, self.address, self.clock = settings, address, clock
        self._certificate, self._when_ready, self._when_stopped = certificate, when_ready, when_stopped
        self._services: Services | None = None
        self._learning: DailyLearning | None = None
        self._purge: DailyPurge | None = None
        self._reserve: ReserveKeeper | None = None
        self._feed: PopulationFeed | None = None
        self._refreshing: Refreshing | None = None
        self._ahead: ResultsAhead | None = None
        self._counters = Counters()  # before the processes are, which share them
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn everything it needs; its own files and environment are not read."""
        chosen = {
            "bind": str(self.address),
            "worker_class": "gthread",
            "workers": worker_count(self.settings),
            "threads": self.settings.threads,
            "graceful_timeout": GRACE_SECONDS,
            "timeout": STUCK_SECONDS,
            "logger_class": Lines,
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # create_app believes as many proxies as the setting says
            "secure_scheme_headers": {},
            "post_fork": lambda _, worker: self._counters.take(worker.age),
            "post_worker_init": leave_interrupts_to_the_parent,
            "worker_exit": lambda _, worker: worker.app.close(),
            "when_ready": lambda _: self._ready(),
            "on_exit": lambda _: self._stopped(),
        }
        if self._certificate is not None:
            chosen["certfile"], chosen["keyfile"] = map(str, self._certificate)
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Open log and vault in the process that answers, and return the application."""
        self._services = open_services(self.settings, self.clock())
        self._learning = DailyLearning(self._services, self.clock)
        if self.settings.reserve_mb:
            self._reserve = ReserveKeeper(self.settings.var, self.settings.reserve_mb)
        self._ahead = ResultsAhead(self.settings.results_dir)
        if self.settings.refresh_minutes:
            self._refreshing = Refreshing(
                self._services,
                self.clock,
                lambda now: log_period(self.settings, now),
                every=timedelta(minutes=self.settings.refresh_minutes),
                draw=lambda: secrets.token_hex(DRAWN),
            )
        if self.settings.demo and self.settings.demo_feed_minutes:
            self._feed = PopulationFeed(self.settings)
        if not self.settings.demo:  # its days are made up, and long ago
            self._purge = DailyPurge(self._services, lambda: clocks.reading(self.clock()))
        return create_app(self.settings, self._services, clock=self.clock, counters=self._counters)

    def close(self) -> None:
        """Finish accepted writes and close both databases."""
        made = (self._purge, self._learning, self._feed, self._reserve, self._refreshing, self._ahead)
        for beside in made:
            if beside is not None:
                beside.close()
        if self._services is not None:
            self._services.close()

    def _stopped(self) -> None:
        self._when_stopped()
        log.info("stopped")

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or SIGQUIT."""
        Keeper(self).run()

    def _ready(self) -> None:
        facts = {"workers": self.cfg.workers, "threads": self.cfg.threads, "https": self._certificate is not None}
        log.info("started", extra={"facts": facts})
        self._when_ready()


def leave_interrupts_to_the_parent(worker: Any) -> None:
    """Let Ctrl-C, which a terminal sends to every process, reach the children as the parent's SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
