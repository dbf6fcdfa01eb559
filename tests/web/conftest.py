"""A service on an empty log and vault of its own, a clock that tests move, and people who sign in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.test import TestResponse

from entry_service import create_app
from entry_service.core.model import Device, Facility
from entry_service.services import Services, open_services
from entry_service.settings import Settings
from entry_service.store.sites import accounts, devices, facilities
from entry_service.web.frame import auth
from entry_service.web.frame.access import ROLES, WITH_SECOND_FACTOR
from entry_service.web.frame.sessions import token_hash
from tests import second_factor
from tests.compiled import compile_once
from tests.prepared import prepare_copy

from .browser import KeptChromium

PASSWORD = "산본-중앙공원-느티나무-2020"
TOKENS = {"GP-001": "token-of-the-library-door", "GP-002": "token-of-the-town-hall-door"}
compile_once()


class Clock:
    """The present of the service under test."""

    def __init__(self) -> None:
        self.now = datetime(2020, 8, 25, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Person:
    """Someone with a browser."""

    client: FlaskClient

    def get(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, **options)

    def token(self, path: str = "/login") -> str:
        page = self.client.get(path).get_data(as_text=True)
        return re.search(r'name="csrf-token" content="([^"]+)"', page)[1]

    def post(self, path: str, form: dict[str, str] | None = None, **options: object) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(form or {})}, **options)

    def gives_password(self, login: str, password: str = PASSWORD, **form: str) -> TestResponse:
        return self.post("/login", {"login": login, "password": password, **form})

    def signs_in(self, login: str, password: str = PASSWORD, **form: str) -> TestResponse:
        """Sign in, with a fresh code where the account has a second factor; return the last answer."""
        answer = self.gives_password(login, password, **form)
        there = answer.headers.get("Location", "")
        if not there.startswith("/login/code"):
            return answer
        return self.post("/login/code", {"code": code_for(self.client.application, login), **form})


def code_for(app: Flask, login: str) -> str:
    """Return a code that the account may use now, for whatever asks for a fresh one."""
    known = app.extensions
    with known["services"].store.read() as db:
        account_id = accounts.by_login(db, login).account_id
    return second_factor.fresh_code(known["services"].vault, account_id, known["clock"]())


@pytest.fixture(autouse=True)
def refused_at_once(monkeypatch) -> None:
    """Do not wait before a sign-in is refused, which is only there to say nothing by its time."""
    monkeypatch.setattr(auth, "REFUSED_AFTER", 0.0)


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Hash at the least cost, as a sign-in costs what its hash says; ``test_passwords`` holds the real one."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture(scope="session")
def kept_chromium() -> Iterator[KeptChromium]:
    """Keep one Chromium for all tests of this process that need no other arguments."""
    with KeptChromium() as kept:
        yield kept


@pytest.fixture
def browser(kept_chromium: KeptChromium) -> Iterator[Browser]:
    """Return a Chromium; pages of one context see nothing of another."""
    with kept_chromium.lent() as browser:
        yield browser


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        var=tmp_path / "var",
        secret="a secret of the tests, forty characters.",
        secure_cookies=False,
        demo=True,
        sms="simulator",
    )


def facility(facility_id: str, name: str, **facts: object) -> Facility:
    place = {"lon": 126.935, "lat": 37.361, "coord_quality": "simulated", "address": "경기도 군포시 산본로 1"}
    return Facility(**{"facility_id": facility_id, "name": name, "category": "library", **place, **facts})


@pytest.fixture
def services(settings: Settings, clock: Clock, password_hash: str) -> Iterator[Services]:
    """Two facilities, a device at each, an account a role (staff and manager belong to the first facility)."""
    prepare_copy(settings)
    opened = open_services(settings, clock())
    furnish_service(opened, clock(), password_hash)
    yield opened
    opened.close()


def furnish_service(services: Services, now: datetime, password_hash: str) -> None:
    """Give an empty service what the fixture ``services`` has."""

    def furnish(db: object) -> None:
        facilities.add(db, facility("GP-001", "산본도서관", capacity=60))
        facilities.add(db, facility("GP-002", "군포시청", category="public_office", sensitive=True))
        for facility_id, token in TOKENS.items():
            device = Device(device_id=f"D-{facility_id}", facility_id=facility_id, name="정문")
            devices.add(db, device, token_hash(token), now)
        for role in ROLES:
            place = "GP-001" if role in {"staff", "manager"} else None
            accounts.add(
                db,
                accounts.Account(
                    account_id=f"A-{role}",
                    login=role,
                    role=role,
                    facility_id=place,
                    password_hash=password_hash,
                    created_at=now,
                ),
            )

    services.store.write(furnish)
    for role in WITH_SECOND_FACTOR:
        second_factor.enrol(services.vault, f"A-{role}", now)


@pytest.fixture
def app(settings: Settings, services: Services, clock: Clock) -> Flask:
    return create_app(settings, services, clock=clock)


@pytest.fixture
def person(app: Flask):
    """Return a function that gives a person with an empty browser, signed in where a role is named."""

    def arrive(role: str | None = None) -> Person:
        someone = Person(app.test_client())
        if role:
            assert someone.signs_in(role).status_code == 303
        return someone

    return arrive


@pytest.fixture
def device() -> dict[str, str]:
    """Return the headers of the staff device at GP-001."""
    return {"Authorization": f"Bearer {TOKENS['GP-001']}"}
