"""A vault with contacts, an officer and two approvers with second factors, and what each does."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from entry_service.core.actors import Actor
from entry_service.core.model import Contact
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.vault import Vault
from entry_service.vault.asked import Asked, AskedPass, AskedPlace, Disclosure, Opened
from entry_service.vault.audit_rows import read_body
from entry_service.vault.tables import audit, case_contacts

from .conftest import DAY, pid

NOW = datetime(2020, 8, 26, 1, 0, tzinfo=UTC)
HALF_MINUTE = timedelta(seconds=30)
LONG_AGO = timedelta(days=2)
CASE = "0123456789abcdef"
OFFICER = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")
SECOND_OFFICER = Actor(account_id="A-officer2", role="officer", origin="127.0.0.1")
APPROVER = Actor(account_id="A-approver", role="approver", origin="127.0.0.1")


@dataclass
class Office:
    """An opened vault and a clock that runs on with every code, so that each code is new."""

    vault: Vault
    now: datetime = NOW
    secrets: dict[str, bytes] = field(default_factory=dict)

    def enrol(self, *actors: Actor, ago: timedelta = LONG_AGO) -> None:
        for actor in actors:
            then = self.now - ago
            secret = read_secret(self.vault.factors.begin(actor.account_id, actor.account_id, then).secret)
            self.secrets[actor.account_id] = secret
            self.vault.factors.confirm(actor, code_of(secret, step_of(then)), then)

    def code(self, actor: Actor) -> str:
        """Return a code that was not used yet."""
        self.now += HALF_MINUTE
        return code_of(self.secrets[actor.account_id], step_of(self.now))

    def ask(self, passes: list[AskedPass], actor: Actor = OFFICER, code: str | None = None, **facts) -> Disclosure:
        content = asked(**facts)
        return self.vault.disclosures.ask(
            content, passes, actor, self.code(actor) if code is None else code, self.now
        )

    def approve(self, request: Disclosure, actor: Actor = APPROVER, code: str | None = None) -> Disclosure:
        given = self.code(actor) if code is None else code
        return self.vault.disclosures.decide(request.request_hash, True, actor, given, "", self.now)

    def open(self, request: Disclosure, actor: Actor = OFFICER) -> Opened:
        return self.vault.disclosures.open(request.request_hash, actor, self.now)

    def reveal(self, passes: list[AskedPass], **facts) -> Opened:
        """Ask, approve and open."""
        request = self.ask(passes, **facts)
        self.approve(request)
        return self.open(request)

    def contacts(self, case_id: str = CASE):
        return self.vault.case_files.contacts(case_id, OFFICER, self.now)


def office(vault: Vault) -> Office:
    """Return the office of a vault, with three people enrolled."""
    made = Office(vault)
    made.enrol(OFFICER, SECOND_OFFICER, APPROVER)
    return made


def asked(case_id: str = CASE, purpose: str = "contact_tracing", place: str = "GP-001") -> Asked:
    """Return what a request says."""
    window = AskedPlace(facility_id=place, start=NOW - timedelta(hours=20), end=NOW - timedelta(hours=18))
    return Asked(case_id=case_id, purpose=purpose, places=(window,))


def a_pass(number: int, day: date = DAY, stay: int = 0) -> AskedPass:
    """Return a pass that is asked for, with its evidence."""
    return AskedPass(day=day, pid=pid(number), evidence=f'{{"facility_id":"GP-001","stay":{stay}}}')


def person(number: int) -> Contact:
    """Return a visitor."""
    return Contact(name=f"시험방문자{number}", phone=f"+82100{number:07}", residence="군포시")


def deposit(vault: Vault, numbers: range | list[int], day: date = DAY) -> list[AskedPass]:
    """Leave a contact for each pass; return the passes to ask for."""
    for number in numbers:
        vault.deposit(day, pid(number), person(number))
    return [a_pass(number, day) for number in numbers]


def actions(vault: Vault) -> list[tuple[str, str]]:
    """Return what the audit says was done, with the outcome, in order, after the enrolment of these people."""
    with vault.store.read() as db:
        entries = [read_body(body) for body in db.execute(select(audit.c.body).order_by(audit.c.seq)).scalars()]
    return [(entry.action, entry.outcome) for entry in entries if entry.action != "factor_changed"]


def filed(vault: Vault) -> int:
    """Return how many contacts are in case files."""
    with vault.store.read() as db:
        return len(db.execute(select(case_contacts)).all())
