"""Every operation, by everybody, as ``authorisation.csv`` says: default deny, and what is another's is not there.

A route without a row fails, a row without a route fails; ``tests/web/authorisation.py`` tells how to add rows.
"""

import re
from dataclasses import replace
from datetime import timedelta
from secrets import token_bytes, token_hex

import pytest
from werkzeug.test import TestResponse

from entry_service import create_app
from entry_service.core.model import Contact, Device
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.store.log import slips
from entry_service.store.retention import receipts
from entry_service.store.retention.destructions import Destruction
from entry_service.store.sites import accounts, devices, poster_reports, signs
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.retention.receipts import sign_day
from entry_service.usecases.sites import enrol_device, zones
from entry_service.web.frame.sessions import token_hash
from tests.demo.result_fixture import write_results

from . import furnished
from .authorisation import OTHERS, WHO, address, call, operations, outcome, plain, read_table
from .conftest import TOKENS, Clock, Person
from .publication_folder import write_public, write_register

CALL_SECRET = "a secret of the exchange, long enough for it"
TABLE = read_table()
MOVES_ON = {"/logout", "/staff/leave", "/ticket/forget", "/ticket/leave"}  # end what the caller came with
FORMS = {  # where nothing is looked up before the form is whole
    "/floods/<int:quarantine_id>": {"decision": "voided.made_up"},
    "/manager/<facility_id>/devices/<device_id>": {"name": "동문", "profile": "gate", "zone": ""},
    "/manager/<facility_id>/zones/<zone_id>": {"name": "서고", "capacity": "9"},
}
HOUR = timedelta(hours=1)
NO_OBJECT = "no-such-object"


class Town:
    """A furnished service, somebody for every column of the table, and an example of every variable part."""

    def __init__(self, folder, password_hash: str) -> None:
        settings = Settings(
            var=folder / "var",
            secret="a secret of the tests, forty characters.",
            secure_cookies=False,
            demo=True,
            sms="simulator",
            call_secret=CALL_SECRET,
            public_per_minute=100_000,
        )
        self.clock = Clock()
        prepare(settings)
        self.services = open_services(settings, self.clock())
        known = furnished.furnish(self.services, self.clock, password_hash)
        write_results(settings.results_dir / "run-1")
        write_register(write_public(settings.public_dir))
        self.app = create_app(settings, self.services, clock=self.clock)
        self._people(password_hash)
        self.values = {**known, **self._objects(known["poster"]), "account_id": "A-spare", "run": "run-1"}
        self.of_rules = {  # where a variable part is not what it is elsewhere
            "/static/<any(css, js, img):kind>/<path:name>": {"name": "base.css"},
            "/api/v1/results/<run>/unit_hours/<day>.json": {"day": "2020-08-13"},
            "/api/v1/results/<run>/events/<day>.json": {"day": "2020-08-13"},
            "/api/v1/results/<run>/layers/<layer>/<day>.i16": {"day": "2020-08-13", "layer": "population"},
            "/api/v1/results/<run>/tables/<table>.json": {"table": "emerging"},
            "/officer/reports/<run>/<name>": {"run": "run-1", "name": "weekly.html"},
            "/officer/cases/<case_id>/close": {"case_id": self._new_case},
        }
        self.cookie_of_ticket = self._ticket(known["poster"])
        self._arrived: dict[str, Person] = {}

    def call(self, who: str, method: str, rule: str, **values: str) -> tuple[str, TestResponse]:
        """Return the address that somebody called, and the answer."""
        path = address(rule, {**self.values, **self.of_rules.get(rule, {}), **values})
        return path, call(self.who(who, rule), method, path, FORMS.get(rule))

    def who(self, who: str, rule: str) -> Person:
        """Return the caller of a column; whoever is about to leave for good is somebody new."""
        if rule in MOVES_ON:
            return self._arrive(who)
        if who not in self._arrived:
            self._arrived[who] = self._arrive(who)
        return self._arrived[who]

    def _arrive(self, who: str) -> Person:
        someone = Person(self.app.test_client())
        kind, _, ownership = who.partition(" ")
        if kind == "visitor":
            someone.client.set_cookie("ticket", self.cookie_of_ticket)
        elif kind == "device":
            someone.client.set_cookie("device", TOKENS["GP-001" if ownership == "own" else "GP-002"])
        elif kind != "nobody":
            login = f"{kind}-of-hall" if ownership == "other" else kind
            assert someone.signs_in(login).status_code == 303
        return someone

    def _people(self, password_hash: str) -> None:
        now = self.clock()
        account = accounts.Account(
            account_id="A-spare",
            login="spare",
            role="staff",
            facility_id="GP-001",
            password_hash="!",
            created_at=now,
        )
        others = [
            replace(account, account_id=f"A-{role}-2", login=f"{role}-of-hall", role=role, facility_id="GP-002")
            for role in ("staff", "manager")
        ]

        def write(db) -> None:
            accounts.add(db, account)
            for other in others:
                accounts.add(db, replace(other, password_hash=password_hash))
            desk = Device(device_id="D-hall", facility_id="GP-002", name="정문", profile="desk")
            devices.add(db, desk, token_hash(TOKENS["GP-002"]), now)

        self.services.store.write(write)

    def _objects(self, poster: str) -> dict:
        """Return examples of what belongs to GP-001; a function makes a new one for every call."""
        now = self.clock()

        def invitation() -> str:
            hashed = token_bytes(32)
            enrol_device.invite(
                self.services, "GP-001", name="후문", zone="", profile="gate", token_hash=hashed, now=now
            )
            return hashed.hex()

        def device() -> str:
            name = f"D-{token_hex(4)}"
            made = Device(device_id=name, facility_id="GP-001", name="정문", profile="gate")
            self.services.store.write(lambda db: devices.add(db, made, token_bytes(32), now))
            return name

        def report() -> str:
            self.services.store.write(lambda db: poster_reports.add(db, poster, "GP-001", "damaged", now))
            with self.services.store.read() as db:
                return str(poster_reports.all_open(db, "GP-001", 1)[0].report_id)

        def zone() -> str:
            name = token_hex(4)
            return zones.add_zone(
                self.services, "GP-001", name=name, capacity=9, now=now, random=token_bytes
            ).zone_id

        def card() -> str:
            contact = Contact(name="시험방문자", phone="+821000001234", residence="", verified=False)
            return self.services.vault.cards.issue(
                contact, issued_by="GP-001", number=token_bytes(8), now=now, secret=token_bytes(10)
            ).card_id

        def sign() -> str:
            with self.services.store.read() as db:
                return signs.of_facility(db, "GP-001")

        counts = {"key_id": "0" * 16, "facilities": {"GP-001": {}}, "contacts": 0, "cards": 0}
        ended = Destruction(
            day=now.date(),
            stage="done",
            begun_at=now,
            finished_at=now,
            counts={**counts, "rows": {}, "folders": 0},
        )
        proofs = sign_day(self.services, ended, now)
        self.services.store.write(lambda db: slips.add(db, "scan-00001", "GP-001", now.date(), "7"))
        self.services.store.write(lambda db: receipts.replace_day(db, now.date(), proofs))
        return {
            "device_id": device,
            "start": invitation,
            "report_id": report,
            "zone_id": zone,
            "card_id": card,
            "sign_id": sign,
            "quarantine_id": "1",
            "skill": "help",
            "language": "ko",
            "kind": "css",
            "path": "base.css",
            "name": "fonts/PretendardGOV-Regular.woff2",
            "day": str(now.date()),
            "scan_id": "scan-00001",
            "verification_id": NO_OBJECT,
            "number": "1",
            "month": f"{now:%Y-%m}",
        }

    def _new_case(self) -> str:
        now, number = self.clock(), token_hex(4)
        place = PlaceTold(facility_id="GP-001", start=now - HOUR, end=now)
        told = {"number": number, "onset": None, "specimen_date": now.date(), "places": [place], "passes": []}
        return register_case(self.services, **told, now=now).case.case_id

    def _ticket(self, poster: str) -> str:
        someone = Person(self.app.test_client())
        page = someone.get(f"/E/{poster}").get_data(as_text=True)
        scan_id = re.search(r'name="scan_id" value="([^"]+)"', page)[1]
        form = {"scan_id": scan_id, "name": "시험방문자", "phone": "010-0000-1234", "consent": "yes"}
        form |= {"kind": "phone", "party_size": "1"}
        assert someone.post(f"/E/{poster}", form).status_code == 303
        return someone.client.get_cookie("ticket").value


@pytest.fixture(scope="module")
def town(tmp_path_factory, password_hash):
    made = Town(tmp_path_factory.mktemp("town"), password_hash)
    yield made
    made.services.close()


def test_the_table_has_a_row_for_every_operation_and_none_besides(town):
    known = operations(town.app)
    assert sorted(known.keys() - TABLE.keys()) == [], "rows are missing: python -m tests.web.authorisation"
    assert sorted(TABLE.keys() - known.keys()) == []
    assert len(TABLE) * len(WHO) > 1_000


@pytest.mark.parametrize("operation", sorted(TABLE), ids=" ".join)
def test_every_cell_is_as_written(town, operation):
    method, rule = operation
    came = {who: outcome(town.call(who, method, rule)[1]) for who in WHO}
    assert came == TABLE[operation]


HIDDEN = sorted((one, who) for one, row in TABLE.items() for who in OTHERS if row[who] == "404")


@pytest.mark.parametrize(("operation", "who"), HIDDEN, ids=lambda part: " ".join(part) if part in TABLE else part)
def test_what_is_anothers_answers_as_what_is_not_there(town, operation, who):
    """Were the two told apart, whoever tries addresses would learn what exists."""
    method, rule = operation
    nowhere = {"facility_id": "GP-404", "quarantine_id": "404", "report_id": "404"}
    there, anothers = town.call(who, method, rule)
    away, nobodys = town.call(who, method, rule, **nowhere)
    assert (anothers.status_code, plain(anothers, there)) == (nobodys.status_code, plain(nobodys, away))


def test_what_is_anothers_is_not_there_below_an_own_facility_either(town):
    """The facility in the address is one's own, what follows belongs to the other one."""
    found = []
    for method, rule in sorted(TABLE):
        if (
            "<facility_id>" in rule
            and len(re.findall("<", rule)) > 1
            and "<any(" not in rule
            and "<day>" not in rule
        ):
            _, answer = town.call("manager other", method, rule, facility_id="GP-002")
            found.append((method, rule, outcome(answer)))
    assert len(found) > 5
    assert [one for one in found if one[2] != "404"] == []
