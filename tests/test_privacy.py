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
from uuid import UUID

import pytest

from entry_service.core.passes import PassHeader, SignedPass, chain
from entry_service.core.posters import poster_id
from entry_service.core.times import day_number
from entry_service.settings import Settings
from entry_service.store import posters
from entry_service.usecases.extract import write_extract
from entry_service.web import logs
from tests.demo.result_fixture import write_results

from .canaries import NAME, PASSWORD_TRIED, PHONE, RESIDENCE, SAFETY_CODE, Net, of_phone, of_text
from .web.camera import SLOT_SECONDS, Phone, forged
from .web.conftest import (  # noqa: F401 - fixtures
    PASSWORD,
    Person,
    app,
    clock,
    password_hash,
    services,
)
from .web.routes import address, rules

POSTER = poster_id(b"0123456789", 1)
CODE = "739154"
OWN_FORM = re.compile(r"/[Ee]/|/officer/cases$")  # pages that show again what the same request brought
SIMULATOR = "/simulator/sms"  # stands in for the visitor's phone; exists with ENTRY_SMS=simulator only
STAFF_PAGES = ("staff", "manager", "officer", "admin")


@pytest.mark.parametrize(
    "leak",
    [
        f"name={NAME}",
        "갸온누뤼별".encode().hex(),
        json.dumps({"name": NAME}),
        f"GET /pass?name={'%EA%B0%B8%EC%98%A8%EB%88%84%EB%A4%BC%EB%B3%84'}",
        base64.b64encode(b"x" + NAME.encode() + b"yz").decode(),
        base64.urlsafe_b64encode(f"01048297316 {NAME}".encode()).decode(),
        repr(NAME.encode()),
        "tel 01048297316",
        "+82 10 4829 7316",
        "+821048297316",
        "82-10-4829-7316",
        "010.4829.7316",
        "(010) 4829-7316",
        base64.b64encode(b"{+821048297316").decode(),
        f"{SAFETY_CODE}",
        RESIDENCE,
    ],
)
def test_the_net_catches_a_leak_in_any_spelling(leak):
    assert Net().found(f'{{"at": "2020-08-25T18:00+0900", "event": "{leak}"}}')


def test_the_net_catches_nothing_in_clean_lines():
    assert Net().found('{"at": "2020-08-25T18:00+0900", "route": "/pass", "status": 200, "ms": 4829}') == set()
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
    caught.add("code", CODE)
    return caught


@pytest.fixture
def city(recorder, services, app):  # noqa: F811
    """The service with a poster at GP-001, everything recorded, and one-time codes that are known."""
    at = app.extensions["clock"]()
    poster = posters.Poster(poster_id=POSTER, facility_id="GP-001", epoch=1, valid_from=at)
    services.store.write(lambda db: posters.add(db, poster))
    services.verification._random_code = lambda: CODE
    app.wsgi_app = recorder.around(app.wsgi_app)
    return app


def visitor_journey(city, net, clock):  # noqa: F811
    """Verify the number, get a pass; before and after everything a visitor can do wrong."""
    client = city.test_client()
    client.get("/pass", headers={"Referer": "http://localhost/"})
    verify = "/api/v1/verifications"
    for phone in ("+82 10-4829-7316", "010 4829 73", NAME, [PHONE], {PHONE: NAME}):
        client.post(verify, json={"phone": phone})
    begun = client.post(verify, json={"phone": PHONE}).json["verification_id"]
    client.get(SIMULATOR)
    for code in ("000000", CODE + "9", NAME, CODE):
        confirmed = client.post(f"{verify}/{begun}/confirm", json={"phone": PHONE, "code": code})
    certificate = confirmed.json["certificate"]
    net.add("certificate", certificate)
    client.post(f"{verify}/{begun}/confirm", json={"phone": PHONE, "code": CODE})
    count = 86_400 // SLOT_SECONDS
    elements = chain(b"0123456789abcdef", count)
    day = {"day": str((clock() + timedelta(hours=9)).date()), "first_slot": 0, "slot_count": count}
    day |= {"slot_seconds": SLOT_SECONDS, "root": base64.urlsafe_b64encode(elements[0]).decode().rstrip("=")}
    wanted = {"name": NAME, "phone": PHONE, "residence": RESIDENCE, "certificate": certificate, "days": [day]}
    for change in (
        {"phone": NAME},
        {"name": f"{NAME}{NAME * 40}"},
        {"residence": RESIDENCE * 9},
        {"safety_code": SAFETY_CODE},
        {"phone": None},
        {"certificate": NAME},
        {"certificate": certificate[:-2] + "AA"},
        {"days": [{**day, "day": NAME}]},
        {"days": NAME},
        {NAME: PHONE},
        {"name": {NAME: PHONE}},
    ):
        assert client.post("/api/v1/passes", json={**wanted, **change}).status_code == 422, change
    for body in (
        f'{{"name": "{NAME}", "phone": "{PHONE}"',
        NAME.encode("euc-kr", "ignore") + PHONE.encode() + b"\xff",
    ):
        client.post("/api/v1/passes", data=body, content_type="application/json")
    client.post("/api/v1/passes", data={"name": NAME, "phone": PHONE})
    client.post("/api/v1/passes", json={**wanted, "phone": None, "safety_code": SAFETY_CODE, "certificate": None})
    answer = client.post("/api/v1/passes", json=wanted)
    assert answer.status_code == 201
    issued = answer.json["passes"][0]
    pid, sig = (base64.urlsafe_b64decode(issued[part] + "==") for part in ("pid", "sig"))
    net.add("pid", pid)
    header = PassHeader(
        issued["kid"], day_number((clock() + timedelta(hours=9)).date()), pid, 0, count, SLOT_SECONDS, True
    )
    phone = Phone(SignedPass(header, elements[0], sig), elements)
    net.add("pass code", phone.code(clock())[4:28])
    return phone


def door_journey(city, net, clock, phone):  # noqa: F811
    """Enrol a browser, scan the pass well and in every wrong way."""
    staff = Person(city.test_client())
    staff.signs_in("staff")
    staff.post("/staff/enrol", {"name": "정문"})
    token = staff.client.get_cookie("device").value
    net.add("token", token)
    net.add("token", staff.client.get_cookie("session").value)
    speaks = {"headers": {"Authorization": f"Bearer {token}"}}
    scan = {"scan_id": str(UUID(int=1)), "text": phone.code(clock()), "direction": "in"}
    scan["scanned_at"] = clock().isoformat()
    assert staff.client.post("/api/v1/scans", json=scan, **speaks).status_code == 200
    assert staff.client.post("/api/v1/scans", json=scan, **speaks).json["repeated"]
    for number, change in enumerate(
        (
            {"text": forged(phone.code(clock()))},
            {"text": phone.code(clock() - timedelta(minutes=30))},
            {"text": phone.code(clock() + timedelta(minutes=30))},
            {"text": NAME},
            {"text": PHONE},
            {"text": phone.code(clock()), "gate": NAME * 20},
            {"scanned_at": NAME},
            {phone.code(clock()): 1},
            {"scan_id": NAME},
            {"scan_id": str(UUID(int=1)), "scanned_at": (clock() - timedelta(seconds=2)).isoformat()},
        )
    ):
        sent = {**scan, "scan_id": str(UUID(int=number + 2)), **change}
        assert 400 <= staff.client.post("/api/v1/scans", json=sent, **speaks).status_code < 500, change
    staff.client.post("/api/v1/scans", json=scan, headers={"Authorization": f"Bearer {NAME.encode().hex()}"})
    staff.get("/staff")
    return staff


def poster_journey(city):
    """Enter by the poster, with every mistake first, then over the cap; leave and forget."""
    visitor = Person(city.test_client())
    path = f"/E/{POSTER}"
    form = {"kind": "phone", "name": NAME, "phone": PHONE, "consent": "1", "party_size": "2"}
    for change in (
        {"phone": NAME},
        {"name": NAME * 30},
        {"consent": ""},
        {"party_size": NAME},
        {"kind": "safety_code", "safety_code": NAME},
        {"certificate": NAME},
    ):
        page = visitor.get(path).get_data(as_text=True)
        scan_id = re.search(r'name="scan_id" value="([^"]+)"', page)[1]
        assert visitor.post(path, {**form, "scan_id": scan_id, **change}).status_code == 422, change
    assert (
        visitor.post(
            path, {**form, "scan_id": scan_id}, headers={"Referer": f"http://localhost{path}"}
        ).status_code
        == 303
    )
    visitor.get("/ticket")
    for number in range(3):
        visitor.post(path, {**form, "scan_id": f"{number:022}"})
    visitor.post(path, {**form, "kind": "safety_code", "safety_code": SAFETY_CODE, "scan_id": "a" * 22})
    visitor.client.post(path, data=form)  # without the page's token
    visitor.post("/ticket/leave")
    visitor.post("/ticket/forget")
    visitor.post("/ticket/leave")


def sign_in_journey(city, net):
    """Sign in wrongly with what people type by mistake, then rightly as everybody; return the signed-in."""
    lost = Person(city.test_client())
    for login, password in (
        (PHONE, PASSWORD_TRIED),
        (NAME, NAME),
        ("officer", PASSWORD_TRIED),
        ("officer", "x" * 9_000),
    ):
        lost.signs_in(login, password)
    lost.get("/officer")
    people = {}
    for role in STAFF_PAGES:
        people[role] = Person(city.test_client())
        assert people[role].signs_in(role).status_code == 303
        net.add("token", people[role].client.get_cookie("session").value)
    return people


def officer_journey(officer, clock, phone):  # noqa: F811
    """Register a case from the pass, after mistakes."""
    day = str((clock() + timedelta(hours=9)).date())
    form = {"number": "군포-37", "onset": day, "passes": phone.code(clock() - timedelta(hours=1))}
    for change in (
        {"onset": NAME},
        {"passes": NAME},
        {"passes": forged(form["passes"])},
        {"number": NAME},
        {"place-0-facility": NAME},
    ):
        assert officer.post("/officer/cases", {**form, **change}).status_code == 422, change
    done = officer.post("/officer/cases", form)
    assert done.status_code == 303
    officer.get(done.headers["Location"])
    officer.get("/api/v1/facilities?q=GP")


def break_everything(city, monkeypatch, services):  # noqa: F811
    """Faults in the middle of personal work: a lost table, a closed log, and a programmer's error."""
    client = city.test_client()
    wanted = {"name": NAME, "phone": PHONE, "residence": RESIDENCE}
    day = {
        "day": "2020-08-25",
        "first_slot": 0,
        "slot_count": 9,
        "slot_seconds": 15,
        "root": "AAECAwQFBgcICQoLDA0ODw",
    }
    passes = {"json": {**wanted, "days": [day]}}
    with monkeypatch.context() as patch:

        def fault(self, day, pid, record):
            raise RuntimeError(f"{record} {pid!r} {NAME} {PHONE}")

        patch.setattr("entry_service.vault.vault.Vault.deposit", fault)
        assert client.post("/api/v1/passes", **passes).status_code == 500
    vault = services.vault.store
    for table, path, sent in (
        ("records", "/api/v1/passes", passes),
        ("challenges", "/api/v1/verifications", {"json": {"phone": PHONE}}),
    ):
        vault.write(lambda db, table=table: db.exec_driver_sql(f"ALTER TABLE {table} RENAME TO away"))
        assert client.post(path, **sent).status_code >= 500  # the failed statement holds what was sent
        vault.write(lambda db, table=table: db.exec_driver_sql(f"ALTER TABLE away RENAME TO {table}"))


def every_page(city, people):
    """Open every page of everybody who is signed in."""
    for rule in rules(city):
        access = city.view_functions[rule.endpoint].access
        for role in access.roles if "GET" in rule.methods else ():
            people[role].get(address(rule))
    people["officer"].get("/officer/cases")


@pytest.fixture
def journey(city, net, clock, services, settings, recorder, monkeypatch, capfd, tmp_path):  # noqa: F811
    """Make all the journeys, write an extract, close everything."""
    write_results(settings.results_dir / "run-1")
    clock.passes(hours=1)
    phone = visitor_journey(city, net, clock)
    door_journey(city, net, clock, phone)
    poster_journey(city)
    clock.passes(minutes=50)
    people = sign_in_journey(city, net)
    officer_journey(people["officer"], clock, phone)
    every_page(city, people)
    break_everything(city, monkeypatch, services)
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
        elif path.split("/")[1] in STAFF_PAGES or path in {"/healthz", "/login", "/pass", "/ticket"}:
            assert net.found(body) == set(), path
        told = [f"{name}: {value}" for name, value in seen["headers"] if name != "Set-Cookie"]
        assert net.found("\n".join(told)) == set(), (path, told)
    stored = {"name", "phone", "safety code", "residence", "password", "code", "certificate", "token", "pass code"}
    files = [
        file for folder in (settings.var, tmp_path / "extract") for file in folder.rglob("*") if file.is_file()
    ]
    assert {"log.sqlite", "vault.sqlite", "index_visits.csv", "facilities.csv"} <= {file.name for file in files}
    for file in files:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        kinds = stored if file.is_relative_to(settings.var) else None  # an extract holds no pid either
        assert net.found(content, kinds) == set(), file.name
