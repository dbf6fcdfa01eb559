"""The facility at which the demo's staff and manager sign in, set up so that all of the door can be tried.

It has a limit, two zones (one so small that a party of six fills it), a manager's PIN, a sign at the entrance and
a printed card that works. On the last day of the history people also came by telephone and with paper slips, so
that the manager's pages have something to show: several ways in, and paper that is due to be destroyed.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from entry_service.core.errors import BadInput
from entry_service.core.model import Device
from entry_service.core.times import day_start
from entry_service.services import Services
from entry_service.store.sites import facilities
from entry_service.usecases.doors import cards
from entry_service.usecases.doors.call_in import Call, log_call
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.usecases.doors.pins import DIGITS, set_pin
from entry_service.usecases.doors.slip import log_slip
from entry_service.usecases.sites.signs import renew_sign
from entry_service.usecases.sites.zones import add_zone

from .scans import GATE

FACILITY = "GP-001"  # the city hall
PEOPLE = 120  # assumed: the public facts name neither area nor seats
ZONES = (("민원실", 40), ("소회의실", 6))
SLIPS, CALLS = 12, 9
RESIDENCE = "경기도 군포시"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What only the person who runs the demo is told."""

    pin: str
    sign_id: str
    card: str


def furnish(services: Services, *, now: datetime) -> Home:
    """Give the facility its limit, zones, PIN, sign and a card, all drawn anew."""

    def limit(db) -> None:
        facilities.update_facility(db, replace(facilities.get(db, FACILITY), capacity=PEOPLE))

    services.store.write(limit)
    services.forget_facilities()
    for name, capacity in ZONES:
        add_zone(services, FACILITY, name=name, capacity=capacity, now=now, random=secrets.token_bytes)
    card = cards.issue(
        services,
        FACILITY,
        SlipContact(phone=_phone(0), residence=RESIDENCE),
        form_id="demo",
        now=now,
        random=secrets.token_bytes,
    )
    sign_id = renew_sign(services, FACILITY, now=now, random=secrets.token_bytes)
    return Home(pin=_set_pin(services, now), sign_id=sign_id, card=card.text)


def log_other_doors(services: Services, device_id: str, day: date, seed: int) -> int:
    """Log the slips and calls of one day of the history, as they would have come; return how many rows."""
    rng = np.random.default_rng([seed, 9])
    with services.store.read() as db:
        number = facilities.get(db, FACILITY).call_number or ""
    device = Device(device_id=device_id, facility_id=FACILITY, name=GATE)
    opening = day_start(day) + timedelta(hours=9)
    minutes = np.sort(rng.integers(0, 8 * 60, SLIPS + CALLS))
    by_slip = rng.permutation(SLIPS + CALLS) < SLIPS
    for place, (minute, paper) in enumerate(zip(minutes.tolist(), by_slip.tolist(), strict=True), 1):
        at = opening + timedelta(minutes=minute)
        if paper:
            _slip(services, device, place, at, rng.bytes)
        else:
            call = Call(call_id=f"demo-{place}", facility_number=number, caller=_phone(place), called_at=at)
            log_call(services, call, now=at, random=rng.bytes)
    return SLIPS + CALLS


def keep(path: Path, home: Home) -> None:
    """Write it where only its owner can read it, beside the sign-ins."""
    path.touch(mode=0o600)
    path.write_text(json.dumps({"pin": home.pin, "sign_id": home.sign_id, "card": home.card}), encoding="utf-8")


def read(path: Path) -> Home | None:
    """Return what was kept; None for a city of an earlier version."""
    return Home(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _slip(services: Services, device: Device, place: int, at: datetime, random: Callable[[int], bytes]) -> None:
    log_slip(
        services,
        device,
        scan_id=f"demo-slip-{place}",
        number=str(100 + place),
        scanned_at=at,
        direction="in",
        contact=SlipContact(phone=_phone(place), residence=RESIDENCE),
        now=at,
        random=random,
    )


def _phone(number: int) -> str:
    return f"010-0999-{number:04d}"


def _set_pin(services: Services, now: datetime) -> str:
    while True:
        pin = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        try:
            set_pin(services, FACILITY, pin, now)
        except BadInput:  # too easy to guess
            continue
        return pin
