"""The whole story of one invented person: through the doors, to the authority, and to the end of every trace.

A ``Story`` records everything on its way. With SQLite the vault is in the process of the service, with PostgreSQL
in one of its own. ``tests/test_privacy.py`` hunts in it, ``benchmarks/canary_hunt.py`` over weeks.
"""

import io
import socket
import time
from collections.abc import Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from entry_service import create_app
from entry_service.core.retention import Reading
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings
from entry_service.store.database.engine import open_store
from entry_service.store.retention import retention
from entry_service.store.sites import posters
from entry_service.usecases.hotspots.extract import write_extract
from entry_service.usecases.retention.purge import Purged, purge
from entry_service.vault.wire import pack
from entry_service.web.frame import auth
from tests.demo.result_fixture import write_results

from . import loud_vault, officials, people, second_factor
from .canaries import NAME, PHONE, Net
from .recording import Recorder, recording
from .vault.apart import served_apart
from .web.camera import Phone
from .web.conftest import PASSWORD, Clock, furnish_service

SECRET = "a secret of the tests, forty characters."
OPTIONS = {
    "demo": True,
    "sms": "simulator",
    "public_per_minute": 10_000,
    "secure_cookies": False,
    "secret": SECRET,
}


@dataclass
class Story:
    """A service that is used, and everything that was heard and seen of it."""

    settings: Settings
    services: Services
    app: object
    net: Net
    clock: Clock
    recorder: Recorder
    deposit_fails: object
    began: float = field(default_factory=time.time)
    office: officials.Office | None = None
    socket_answers: list[bytes] = field(default_factory=list)
    printed: io.StringIO = field(default_factory=io.StringIO)

    def at_the_doors(self, turn: int = 0) -> Phone:
        """Let the visitor come in every way."""
        phone = people.visitor_journey(self.app, self.net, self.clock)
        people.door_journey(self.app, self.net, self.clock, phone, turn)
        people.poster_journey(self.app, turn)
        people.paper_journey(self.app, self.net, self.clock, turn)
        self.clock.passes(minutes=50)
        return phone

    def at_the_office(self, phone: Phone, turn: int = 0) -> None:
        """Follow a case to its end, while the visitor asks who looked."""
        self.office = officials.sign_in(self.app, self.net, self.clock)
        officials.register(self.office, phone, turn)
        officials.disclose(self.office)
        officials.follow_up(self.office)
        officials.publish(self.office)
        self.clock.passes(minutes=20)
        people.rights_journey(self.app, self.net, self.clock, phone)
        officials.review(self.office)
        officials.close(self.office)

    def break_everything(self) -> None:
        """Let things fail in the middle of personal work; where the vault is apart, also its socket."""
        people.break_everything(self.app, self.services, self.clock, self.deposit_fails)
        if self.settings.vault_socket:
            self._talk_nonsense()

    def write_extract(self, folder: Path) -> None:
        """Write the extract of the last day."""
        hour = self.clock().replace(minute=0, second=0, microsecond=0)
        write_extract(self.services, folder, as_of=self.clock(), start=hour - timedelta(days=1), end=hour)

    def purge(self) -> Purged:
        """Destroy what is due now, by a clock that only ever ran."""
        return purge(self.services, self._reading())

    def believe_the_clock(self) -> None:
        """Let the clock be believed from now on."""
        self.services.store.write(lambda db: retention.set_only_mark(db, self._reading()))

    def lines(self) -> list[str]:
        """Return every line of every process, and whatever was printed."""
        apart = loud_vault.lines_of(self.settings)
        theirs = apart.read_text(encoding="utf-8").splitlines() if apart.exists() else []
        return [*self.recorder.lines, *theirs, self.printed.getvalue()]

    def _reading(self) -> Reading:
        return Reading(wall=self.clock(), boot_id="the only run", boot_seconds=self.clock().timestamp())

    def _talk_nonsense(self) -> None:
        """Send frames that no caller sends, full of what must not be repeated; keep what comes back."""
        contact = {"name": NAME, "phone": PHONE}
        for frame in (
            pack({"call": NAME, "with": contact}),
            pack({"call": "deposit", "with": {"day": NAME, "pid": b"12345678", "record": contact}}),
            pack({"call": "deposit", "with": contact}),
            pack({"call": "open_contacts", "with": {"passes": [["2020-08-25", b"12345678"]]}}),
            pack({"call": "find_passes", "with": {"phone_or_code": NAME, "days": ["2020-08-25"]}}),
            pack({"call": "verification.begin", "with": {"phone": PHONE, "now": NAME}}),
            len(NAME.encode()).to_bytes(4, "big") + NAME.encode(),
            PHONE.encode() * 9,
            (1 << 20).to_bytes(4, "big") + msgspec.msgpack.encode(contact),
        ):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
                caller.connect(self.settings.vault_socket)
                caller.sendall(frame)
                caller.shutdown(socket.SHUT_WR)
                with suppress(ConnectionError):  # the vault may end in the middle of nonsense
                    while part := caller.recv(65_536):
                        self.socket_answers.append(part)


@contextmanager
def begun(folder: Path, password_hash: str, *, url: str = "", **options: object) -> Iterator[Story]:
    """Give a story at its beginning, with its service open; ``url``: a PostgreSQL with the newest schemas."""
    settings = Settings(var=folder / "var", log_url=url, vault_url=url, **{**OPTIONS, **options})
    clock, recorder, net = Clock(), Recorder(), Net()
    with ExitStack() as ending:
        printed = io.StringIO()
        for redirect in (redirect_stdout, redirect_stderr):
            ending.enter_context(redirect(printed))
        ending.enter_context(recording(recorder))
        patch = ending.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(auth, "REFUSED_AFTER", 0.0)  # refused at once: the wait is there to say nothing by its time
        prepare(settings)
        services = open_services(settings, clock())
        furnish_service(services, clock(), password_hash)
        poster = posters.Poster(
            poster_id=people.POSTER, facility_id="GP-001", epoch=1, valid_from=clock() - timedelta(hours=1)
        )
        services.store.write(lambda db: posters.add(db, poster))
        write_results(settings.results_dir / "run-1")
        if url:
            services.close()
            settings = ending.enter_context(served_apart(settings, loud_vault.serve_loudly))
            services = open_services(settings, clock())
            services.vault.store = open_store(settings.vault_address, writer=True)
            ending.callback(services.vault.store.close)
        else:
            services.vault.verification._random_code = lambda: people.CODE
            flagged = loud_vault.failing(type(services.vault).deposit, loud_vault.flag_of(settings))
            patch.setattr(type(services.vault), "deposit", flagged)
        ending.callback(services.close)
        app = create_app(settings, services, clock=clock)
        app.wsgi_app = recorder.around(app.wsgi_app)
        net.add("password", PASSWORD)
        net.add("code", people.CODE)
        net.add("factor secret", second_factor.SECRET)

        def fails() -> AbstractContextManager[None]:
            return loud_vault.deposit_fails(settings)

        yield Story(
            settings=replace(settings),
            services=services,
            app=app,
            net=net,
            clock=clock,
            recorder=recorder,
            deposit_fails=fails,
            printed=printed,
        )
