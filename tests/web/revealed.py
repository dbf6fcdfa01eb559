"""A case whose contacts were asked for: one request opened and followed up, and another one that waits."""

from datetime import datetime, timedelta

from entry_service.core.actors import Actor
from entry_service.core.model import Contact
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.usecases.cases import disclose, follow_up
from entry_service.usecases.cases.trace import trace
from tests import second_factor

OFFICER = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")
APPROVER = Actor(account_id="A-approver", role="approver", origin="127.0.0.1")
HOUR = timedelta(hours=1)
RESIDENCES = ("군포시", "안양시 만안구", "의왕시", "")


def leave_contacts(services: Services, pids: list[bytes], now: datetime) -> None:
    """Leave a contact for each pass of today; every seventh is a personal safety code."""
    for number, pid in enumerate(pids):
        reached = {"safety_code": "12가34나"} if number % 7 == 6 else {"phone": f"+82100000{number:04}"}
        residence = RESIDENCES[number % len(RESIDENCES)]
        contact = Contact(name=f"방문자{number:03}", residence=residence, verified=number % 3 == 0, **reached)
        services.vault.deposit(kst_day(now), pid, contact)


def ask(services: Services, case_id: str, now: datetime, purpose: str = "contact_tracing") -> str:
    """Ask for all places of a case; return the request's hash."""
    traced = trace(services, case_id, now=now, actor=OFFICER)
    places = [one.key for one in disclose.choices(traced) if one.contacts[0.0]]
    code = second_factor.fresh_code(services.vault, OFFICER.account_id, now)
    given = {"places": places, "least": 0.0, "purpose": purpose, "code": code}
    return disclose.ask(services, case_id, **given, actor=OFFICER, now=now).request_hash


def approve(services: Services, request_hash: str, now: datetime) -> None:
    """Approve a request."""
    code = second_factor.fresh_code(services.vault, APPROVER.account_id, now)
    disclose.decide(services, request_hash, approve=True, code=code, remark="", actor=APPROVER, now=now)


def reveal(services: Services, case_id: str, now: datetime) -> str:
    """Open one request of a case, note some states, leave another one waiting; return the hash of that."""
    opened = ask(services, case_id, now)
    approve(services, opened, now)
    disclose.open_approved(services, case_id, opened, actor=OFFICER, now=now)
    for number, state in ((1, "called"), (2, "called"), (2, "tested"), (3, "isolated")):
        follow_up.note_state(services, case_id, number, state, actor=OFFICER, now=now)
    return ask(services, case_id, now, "testing_notice")
