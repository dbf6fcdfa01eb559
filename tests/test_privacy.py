"""Whole journeys with invented people: nothing of them is in a log line, an address, an error, a page or a file.

Everything is written to the log at DEBUG, also by libraries; addresses are kept as gunicorn's access log has them.
What a visitor's phone gets of its own (its pass, its certificate, its form shown again) is its own.
"""

import base64
import gzip
import json
import logging
import re
from datetime import timedelta
from urllib.parse import unquote_plus

import pytest

from entry_service.settings import Settings
from entry_service.store import posters
from entry_service.usecases.extract import write_extract
from entry_service.web.frame import logs
from tests.demo.result_fixture import write_results

from . import people
from .canaries import NAME, PHONE, RESIDENCE, SAFETY_CODE, Net, of_phone, of_text
from .web.conftest import (  # noqa: F401 - fixtures
    PASSWORD,
    ROLES,
    app,
    clock,
    password_hash,
    services,
)

OWN_FORM = re.compile(r"/[Ee]/|/officer/cases$|/cards$")  # pages that show again what the same request brought


@pytest.mark.parametrize(
    "leak",
    [
        f"name={NAME}",
        "갸온누뤼별".encode().hex(),
        json.dumps({"name": NAME}),
        f"GET /pass?name={'%EA%B0%B8%EC%98%A8%EB%88%84%EB%A4%BC%EB%B3%84'}",
        base64.b64encode(b"x" + NAME.encode() + b"yz").decode(),
        base64.urlsafe_b64encode(f"01008297316 {NAME}".encode()).decode(),
        repr(NAME.encode()),
        "tel 01008297316",
        "+82 10 0829 7316",
        "+821008297316",
        "82-10-0829-7316",
        "010.0829.7316",
        "(010) 0829-7316",
        base64.b64encode(b"{+821008297316").decode(),
        f"{SAFETY_CODE}",
        RESIDENCE,
    ],
)
def test_the_net_catches_a_leak_in_any_spelling(leak):
    assert Net().found(f'{{"at": "2020-08-25T18:00+0900", "event": "{leak}"}}')


def test_the_net_catches_nothing_in_clean_lines():
    assert Net().found('{"at": "2020-08-25T18:00+0900", "route": "/pass", "status": 200, "ms": 8297}') == set()
    assert min(map(len, of_phone(PHONE) | of_text(NAME))) >= 6


class Recorder(logging.Handler):
    """Keeps every log line of every logger, and every request and answer that passes the application."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines, self.addresses, self.answers = [], [], []

    def emit(self, record):
        plain = logging.Formatter("%(name)s %(levelname)s %(message)s").format(record)
        self.lines += [
            plain,
            logs.JsonLines().format(record),
            repr(record.args),
            repr(getattr(record, "facts", "")),
        ]

    def around(self, wsgi):
        def call(environ, start_response):
            sent = environ["wsgi.input"].read()
            environ["wsgi.input"].seek(0)
            seen = {}

            def start(status, headers, *exc):
                seen.update(status=int(status.split()[0]), headers=headers)
                return start_response(status, headers, *exc)

            chunks = wsgi(environ, start)
            body = b"".join(chunks)
            getattr(chunks, "close", lambda: None)()
            asked = environ["PATH_INFO"] + "?" + environ.get("QUERY_STRING", "")
            line = f'"{environ["REQUEST_METHOD"]} {asked}" {seen["status"]} "{environ.get("HTTP_REFERER", "-")}"'
            location = [value for name, value in seen["headers"] if name == "Location"]
            self.addresses += [line, *location]
            self.answers.append((environ["PATH_INFO"], sent, body, seen))
            return [body]

        return call


@pytest.fixture
def settings(tmp_path):
    own = {"var": tmp_path / "var", "secret": "a secret of the tests, forty characters.", "secure_cookies": False}
    return Settings(**own, demo=True, sms="simulator", public_per_minute=1_000, daily_cap=2)


@pytest.fixture
def recorder():
    """Record everything at DEBUG, from before the databases are opened."""
    kept = Recorder()
    root, level = logging.getLogger(), logging.getLogger().level
    own = [logging.getLogger(name) for name in ("entry_service", "werkzeug", "alembic", "gunicorn", "sqlalchemy")]
    levels = [one.level for one in own]
    root.addHandler(kept)
    for one in (root, *own):
        one.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept)
    root.setLevel(level)
    for one, before in zip(own, levels, strict=True):
        one.setLevel(before)


@pytest.fixture
def net():
    caught = Net()
    caught.add("password", PASSWORD)
    caught.add("code", people.CODE)
    return caught


@pytest.fixture
def city(recorder, services, app):  # noqa: F811
    """The service with a poster at GP-001, everything recorded, and one-time codes that are known."""
    at = app.extensions["clock"]()
    poster = posters.Poster(poster_id=people.POSTER, facility_id="GP-001", epoch=1, valid_from=at)
    services.store.write(lambda db: posters.add(db, poster))
    services.vault.verification._random_code = lambda: people.CODE
    app.wsgi_app = recorder.around(app.wsgi_app)
    return app


@pytest.fixture
def journey(city, net, clock, services, settings, recorder, monkeypatch, capfd, tmp_path):  # noqa: F811
    """Make all the journeys, write an extract, close everything."""
    write_results(settings.results_dir / "run-1")
    clock.passes(hours=1)
    phone = people.visitor_journey(city, net, clock)
    people.door_journey(city, net, clock, phone)
    people.poster_journey(city)
    people.paper_journey(city, net, clock)
    clock.passes(minutes=50)
    signed_in = people.sign_in_journey(city, net)
    people.officer_journey(signed_in["officer"], clock, phone)
    people.every_page(city, signed_in)
    people.break_everything(city, monkeypatch, services)
    city.test_client().get("/healthz")
    hour = clock().replace(minute=0, second=0, microsecond=0)
    write_extract(services, tmp_path / "extract", as_of=clock(), start=hour - timedelta(days=1), end=hour)
    services.close()
    recorder.printed = "".join(capfd.readouterr())
    return recorder


def test_nothing_personal_leaves_by_log_address_error_page_or_file(journey, net, settings, tmp_path):
    assert len(journey.lines) > 200
    assert len(journey.answers) > 150
    faults = [path for path, _, _, seen in journey.answers if seen["status"] == 500]
    assert faults == ["/api/v1/passes", "/api/v1/passes", "/api/v1/verifications"]  # the three made on purpose
    for line in [*journey.lines, journey.printed]:
        assert net.found(line) == set(), line[:400]
    for line in journey.addresses:
        assert net.found(line) == set(), line
    for path, sent, body, seen in journey.answers:
        own = net.found(unquote_plus(sent.decode())) if OWN_FORM.search(path) else set()
        if seen["status"] >= 400:
            assert net.found(body) - own == set(), (path, seen["status"])
        elif path.split("/")[1] in ROLES or path in {"/healthz", "/login", "/pass", "/ticket"}:
            assert net.found(body) == set(), path
        told = [f"{name}: {value}" for name, value in seen["headers"] if name != "Set-Cookie"]
        assert net.found("\n".join(told)) == set(), (path, told)
    stored = {
        "name",
        "phone",
        "safety code",
        "residence",
        "password",
        "code",
        "certificate",
        "token",
        "pass code",
        "card",
    }
    files = [
        file for folder in (settings.var, tmp_path / "extract") for file in folder.rglob("*") if file.is_file()
    ]
    assert {"log.sqlite", "vault.sqlite", "index_visits.csv", "facilities.csv"} <= {file.name for file in files}
    for file in files:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        kinds = stored if file.is_relative_to(settings.var) else None  # an extract holds no pid either
        assert net.found(content, kinds) == set(), file.name
