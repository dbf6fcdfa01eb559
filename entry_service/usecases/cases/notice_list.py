"""The list that phones match with: the public list by facility, signed, the same for everybody who asks.

It is signed with the key of the passes over ``EPN1`` and the text, which no pass begins with (``EPC1``): a phone
trusts it from wherever it came, and a copy in between can neither add a place nor bring an older list back.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from entry_service.core.publication import SHOWN_FOR, Place, expiry, is_shown, joined
from entry_service.services import Services
from entry_service.store.cases import notices
from entry_service.store.cases import published_places as places

from .dry_run import notice_rule
from .notice_stop import standing_stop

VERSION = 1
PREFIX = b"EPN1"
STEP = timedelta(hours=6)  # an unchanged list says in such steps when it was made: phones ask once an hour
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedList:
    """The text exactly as it is signed, the key's id, and 64 bytes of Ed25519."""

    body: str
    kid: int
    signature: bytes


def signed_list(services: Services, told_at: datetime, now: datetime) -> SignedList:
    """Return the list of the moment ``told_at``, made ``now``."""
    with services.store.read() as db:
        shown = [place for place in places.live(db, "published", told_at) if is_shown(place, told_at)]
        changed = notices.newest_change(db)
        newest = notices.newest_stop(db)
    stop = standing_stop(services)
    moments = [changed, newest and newest.stopped_at, newest and newest.resumed_at]
    acts = [one for one in moments if one is not None]
    rule = notice_rule(services)
    content = {
        "v": VERSION,
        "issued_at": _text(max([_floor(now), *(one for one in acts if one <= now)])),
        "changed_at": max(map(_text, acts), default=""),
        "stopped_at": _text(stop.stopped_at) if stop else None,
        "rule": {
            "high_minutes": rule.high // MINUTE,
            "after_minutes": rule.after // MINUTE,
            "days": SHOWN_FOR.days,
        },
        "places": [] if stop else _rows(services, shown),
    }
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    signature = services.issuer.private.sign(PREFIX + body.encode())
    return SignedList(body=body, kid=services.issuer.kid, signature=signature)


def _rows(services: Services, shown: Sequence[Place]) -> list[dict[str, object]]:
    """Return the places by name, rows of one facility that meet as one; no remark, no category, no number."""
    known = {place.facility.facility_id: place.facility for place in shown}
    rows = [
        {
            "facility_id": stay.facility_id,
            "name": known[stay.facility_id].name,
            "start": _text(stay.start),
            "end": _text(stay.end),
            "by_date": stay.by_date,
            "advice": "low" if stay.by_date else "high",
            "stay_minutes": services.dwell_of(known[stay.facility_id].category) // MINUTE,
            "until": _text(expiry(stay.end)),
        }
        for stay in joined(place.stay for place in shown)
    ]
    return sorted(rows, key=lambda row: (row["name"], row["facility_id"], row["start"]))


def _floor(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % STEP.total_seconds())


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
