"""Look at a pass without entering: would it open the door now, and is its visitor inside. Nothing is logged."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from entry_service.core.cards import is_card
from entry_service.core.clock_rules import is_possible
from entry_service.core.errors import BadInput, PassRefused
from entry_service.core.model import Device, Direction
from entry_service.core.visits import longest_stay
from entry_service.services import Services
from entry_service.store.log.neighbours import neighbours_of_pass

from .check_in import new_scan
from .judge import LOOK_AHEAD, direction_of, since_closing
from .log_scan import LOOK_BACK
from .presented import read_presented
from .room import is_inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look tells: no name, no earlier place; ``outcome`` is ``accepted`` or the code of a refusal."""

    valid: bool
    outcome: str
    inside: bool
    direction_if_auto: Direction
    verified: bool


def look(
    services: Services,
    device: Device,
    *,
    text: str,
    scanned_at: datetime,
    now: datetime,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Look:
    """Say what a scan of this text would become; ``BadInput``, ``NotAllowed``, ``TooMany`` as for a scan."""
    if not is_possible(scanned_at, now):
        raise BadInput("기기의 날짜와 시각을 확인하시기 바랍니다.", field="scanned_at")
    if is_card(text):  # a card is photographed easily: it answers no questions
        raise BadInput("카드는 조회할 수 없습니다. 입장으로 기록하시기 바랍니다.", field="text")
    try:
        shown = read_presented(services, device, text, scanned_at, now=now, random=random)
    except PassRefused as refusal:
        return Look(valid=False, outcome=refusal.code, inside=False, direction_if_auto="in", verified=False)
    scan = new_scan(device, scan_id="", direction="auto", scanned_at=scanned_at, gate="", now=now)
    with services.store.read() as db:
        known = neighbours_of_pass(db, shown.pid, scanned_at, before=LOOK_BACK, after=LOOK_AHEAD)
        known = since_closing(db, scan, known)
    facility = services.facility_of_door(device.facility_id, now)
    return Look(
        valid=True,
        outcome="accepted",
        inside=is_inside(services, facility, scan, known, now),
        direction_if_auto=direction_of(scan, known, "auto", longest_stay(services.dwell_of(facility.category))),
        verified=shown.verified,
    )
