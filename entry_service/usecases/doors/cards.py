"""Printed cards for people without a phone: give one out, read one at a door, end one.

A card is checked online and is worth little (confidence ``low``): it can be photographed. Reading one is an entry
or a leaving, never a question: nothing that only asks takes a card.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from entry_service.core.cards import SECRET_BYTES
from entry_service.core.times import day_start
from entry_service.services import Services
from entry_service.store.log import scans
from entry_service.vault import CardRecord, IssuedCard

from .collecting import assert_collecting
from .issue_pass import PID_BYTES
from .paper_contact import SlipContact, slip_contact


class CardReading(NamedTuple):
    """Whose card it is, by the pass of the day; ``over_cap``: read more often than one person comes in a day."""

    pid: bytes
    over_cap: bool


def issue(
    services: Services,
    facility_id: str,
    contact: SlipContact,
    *,
    form_id: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> IssuedCard:
    """Give out a card of the facility; its text is in the answer and nowhere else.

    ``form_id`` is what makes a form one form: it gives out one card. Raises ``BadInput`` or ``CardIssued``.
    """
    assert_collecting(services, now, now)
    number = hashlib.sha256(f"card|{facility_id}|{form_id}".encode()).digest()[:8]
    secret = random(SECRET_BYTES)
    return services.vault.cards.issue(
        slip_contact(contact), issued_by=facility_id, number=number, now=now, secret=secret
    )


def present(
    services: Services, text: str, day: date, now: datetime, random: Callable[[int], bytes]
) -> CardReading:
    """Return the pass that a card carries on a day, its contact deposited under it.

    The contact counts against the daily cap like any other; beyond it each reading of the same card counts too,
    because a card that was photographed comes in at many doors.

    Raises
    ------
    CardUnknown, CardRevoked
        No card of ours; reported lost, or its time is over. Both are effective at once.
    """
    pid, verdict = services.vault.cards.present(text, day, now, random(PID_BYTES))
    with services.store.read() as db:
        start = day_start(day)
        read = scans.scans_of_pass(db, pid, start, start + timedelta(days=1))
    entries = sum(scan.direction == "in" for scan in read)
    return CardReading(pid, verdict == "over_cap" or entries >= services.settings.daily_cap)


def revoke(services: Services, facility_id: str, card_id: str, *, now: datetime) -> None:
    """End a card that the facility gave out, at once; raise ``NotFound``. Ended twice it is ended once."""
    services.vault.cards.revoke(card_id, issued_by=facility_id, now=now)


def given_out(services: Services, facility_id: str) -> list[CardRecord]:
    """Return the cards that the facility gave out, the newest first: numbers and dates, never whose."""
    return services.vault.cards.all(facility_id)
