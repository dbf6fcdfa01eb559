"""The invented people of a drill at the real doors: passes read by staff, slips typed, the poster's form sent."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Literal

from entry_service.core.contacts import local_phone
from entry_service.core.drills import PID_MARK, DrillPass, drill_contact
from entry_service.core.errors import EntryError
from entry_service.core.model import Device
from entry_service.core.passes import PassHeader, SignedPass, chain, code_text, sign_pass
from entry_service.core.times import day_number, day_start
from entry_service.services import Services
from entry_service.store.sites import posters

from ..doors.check_in import check_in_pass
from ..doors.paper_contact import SlipContact
from ..doors.poster_entry import check_in_poster, is_self_service
from ..doors.slip import log_slip

SLOT_SECONDS, SLOT_COUNT = 120, 720  # a whole day in the longest slots
SPAN = timedelta(minutes=60)
MOMENT = timedelta(seconds=1)
DEVICE = "drill"  # no device of anybody
# when within the span: a stranger is gone before the index comes; contacts meet it; posters come at the very end
COMES = {"stranger": 0.0, "index": 0.3, "contact": 0.5}
GOES = {"stranger": 0.15, "contact": 0.8}
Random = Callable[[int], bytes]


def enter(services: Services, passes: Sequence[tuple[date, DrillPass]], *, now: datetime, random: Random) -> int:
    """Let everybody in, and out who leaves; return how many came in; what refuses one stops nobody else."""
    came: Counter[bytes] = Counter()
    order = sorted(passes, key=lambda one: (one[1].door == "poster", one[1].role == "index", one[1].pid))
    span = min(SPAN, now - day_start(order[0][0]) - 2 * MOMENT) if order else SPAN
    begins = now - 2 * MOMENT - max(span, timedelta())
    for day, one in order:
        with suppress(EntryError):
            came[one.pid] += _come(services, day, one, begins + COMES[one.role] * span, now, random)
    for day, one in order:
        if one.leaves and came[one.pid]:
            at = begins + GOES[one.role] * span if one.role in GOES else now - MOMENT
            with suppress(EntryError):
                _read(services, day, one, "out", at, now)
    return came.total()


def code_at(services: Services, day: date, one: DrillPass, at: datetime) -> str:
    """Return the text of the QR code that a pass of a drill shows at a moment of its day."""
    elements = chain(one.seed, SLOT_COUNT)
    header = PassHeader(services.issuer.kid, day_number(day), one.pid, 0, SLOT_COUNT, SLOT_SECONDS)
    signed = SignedPass(header, elements[0], sign_pass(header, elements[0], services.issuer))
    i = min(max(int((at - day_start(day)) / timedelta(seconds=SLOT_SECONDS)) + 1, 1), SLOT_COUNT)
    return code_text(signed, i, elements[i])


def _come(services: Services, day: date, one: DrillPass, at: datetime, now: datetime, random: Random) -> bool:
    def own(size: int) -> bytes:
        """Give the pass that is listed, where a door draws one."""
        return one.pid if size == len(one.pid) and one.pid.startswith(PID_MARK) else random(size)

    if one.door == "pass":
        _read(services, day, one, "in", at, now)
        return True
    contact = drill_contact(one.person)
    if one.door == "slip":
        typed = SlipContact(phone=local_phone(contact.phone or ""), residence=contact.residence)
        number = f"drill-{one.person}"
        facts = {"scan_id": f"drill-{one.pid.hex()}", "number": number, "scanned_at": at, "direction": "in"}
        log_slip(services, _device(one), **facts, contact=typed, now=now, random=own)  # type: ignore[arg-type]
        return True
    with services.store.read() as db:
        poster = posters.current(db, one.facility_id)
    is_open = is_self_service(services.facility(one.facility_id), now)  # a refusal would be a row without a pass
    if poster is not None and is_open:
        facts = {"scan_id": f"drill-{one.pid.hex()}", "party_size": 1, "now": now - 2 * MOMENT}
        check_in_poster(services, poster.poster_id, contact, **facts, random=own)  # type: ignore[arg-type]
    return poster is not None and is_open


def _read(
    services: Services, day: date, one: DrillPass, direction: Literal["in", "out"], at: datetime, now: datetime
) -> None:
    check_in_pass(
        services,
        _device(one),
        scan_id=f"drill-{one.pid.hex()}-{direction}",
        text=code_at(services, day, one, at),
        direction=direction,
        scanned_at=at,
        gate="",
        now=now,
        admit="happened",
    )


def _device(one: DrillPass) -> Device:
    return Device(device_id=DEVICE, facility_id=one.facility_id, name="훈련")
