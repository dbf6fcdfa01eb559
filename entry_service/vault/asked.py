"""A request to name people: what it says, the hash that binds it, its states, and why one is refused.

The hash is SHA-256 over canonical JSON: case, purpose, places with their windows, who asks and when, and for each
day how many passes and the digest of exactly those with their evidence. Whatever is changed is another request.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from sqlalchemy import Row

from entry_service.core.actors import PURPOSES, Purpose
from entry_service.core.errors import BadInput, EntryError

APPROVAL_LASTS = timedelta(hours=24)
CASE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")  # it names a key file too
MOST_PLACES = 500
LONGEST_REMARK = 200  # characters
RequestState = Literal["waiting", "approved", "returned", "expired", "opened"]


class OwnRequest(EntryError):
    """Whoever asked may not decide: another account approves."""

    status, code, sentence = 403, "own_request", "자신이 요청한 정보 제공은 승인하거나 반려할 수 없습니다."


class NotApproved(EntryError):
    """The request waits, was returned, or its approval is older than 24 hours; ``state`` says which."""

    status, code = 409, "not_approved"
    sentence = "승인되지 않았거나 승인 후 24시간이 지난 요청입니다. 다시 요청하시기 바랍니다."


class AlreadyDecided(EntryError):
    """The request was approved or returned before; the first decision is kept."""

    status, code, sentence = 409, "already_decided", "이미 처리된 요청입니다."


class AlreadyOpened(EntryError):
    """An approval serves once; what it named is in the case file."""

    status, code = 409, "already_opened"
    sentence = "이미 열람한 요청입니다. 접촉자 명단에서 확인하시기 바랍니다."


class RequestAltered(EntryError):
    """What is kept of the request is not what was approved: nothing is opened."""

    status, code = 409, "request_altered"
    sentence = "승인된 내용과 보관된 내용이 달라 열람할 수 없습니다. 감사 담당자에게 알리시기 바랍니다."


class BudgetSpent(EntryError):
    """More people than one officer may have named in a day; ``left`` says how many are left today."""

    status, code = 429, "reveal_budget_spent"
    sentence = (
        "하루에 열람할 수 있는 접촉자 수를 넘습니다. 장소를 나누어 요청하거나 내일 다시 열람하시기 바랍니다."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPlace:
    """A facility and the time there that the request is about, [start, end)."""

    facility_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: people at these places, for this case and purpose."""

    case_id: str
    purpose: Purpose
    places: tuple[AskedPlace, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPass:
    """A pass that is asked for, and a stay that it was exposed at: ``evidence`` is JSON (core/contact_list.py)."""

    day: date
    pid: bytes
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What an opened request came to: ``asked`` records are ``readable`` + ``unreadable`` + ``destroyed``.

    ``contacts``: persons whom the readable records name, ``new`` of them not in the case file before.
    """

    asked: int
    readable: int
    unreadable: int
    destroyed: int
    contacts: int
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """A request and what became of it. It names nobody: ``people`` and ``passes`` are counts."""

    request_hash: str
    case_id: str
    purpose: Purpose
    places: tuple[AskedPlace, ...]
    passes: int
    people: int
    asked_by: str
    asked_at: datetime
    decision: Literal["", "approved", "returned"]
    decided_by: str | None
    decided_at: datetime | None
    remark: str
    opened_at: datetime | None
    opened_by: str | None
    outcome: Opened | None = None

    def state(self, now: datetime) -> RequestState:
        """Return what the request is worth at a moment."""
        if self.opened_at is not None:
            return "opened"
        if self.decision == "returned":
            return "returned"
        if self.decision == "approved" and self.decided_at is not None:
            return "approved" if now < self.decided_at + APPROVAL_LASTS else "expired"
        return "waiting"


def checked(content: Asked, passes: list[AskedPass]) -> None:
    """Raise ``BadInput`` for a request that says nothing or something that cannot be; ``field`` names it."""
    if not CASE_ID.fullmatch(content.case_id):
        raise BadInput(field="case_id")
    if content.purpose not in PURPOSES:
        raise BadInput("목적을 목록에서 선택하시기 바랍니다.", field="purpose")
    if not 1 <= len(content.places) <= MOST_PLACES or any(place.end <= place.start for place in content.places):
        raise BadInput("장소를 하나 이상 선택하시기 바랍니다.", field="places")
    if not passes:
        raise BadInput("선택한 장소에는 연락할 접촉자가 없습니다.", field="places")


def content_text(content: Asked, passes: list[AskedPass], asked_by: str, asked_at: datetime) -> str:
    """Return the request as canonical JSON; its SHA-256 is the request's name."""
    places = [[one.facility_id, _moment(one.start), _moment(one.end)] for one in content.places]
    days = {day.isoformat(): [len(own), digest(own)] for day, own in by_day(merged(passes)).items()}
    whole = {
        "asked_at": _moment(asked_at),
        "asked_by": asked_by,
        "case_id": content.case_id,
        "passes": days,
        "places": sorted(places),
        "purpose": content.purpose,
    }
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(text: str) -> str:
    """Return the hash that names a request."""
    return hashlib.sha256(text.encode()).hexdigest()


def merged(passes: Iterable[AskedPass]) -> list[AskedPass]:
    """Return each pass once, its evidences as one JSON list, in order of day and pass."""
    stays: dict[tuple[date, bytes], set[str]] = {}
    for one in passes:
        stays.setdefault((one.day, one.pid), set()).add(one.evidence)
    return [
        AskedPass(day=day, pid=pid, evidence=f"[{','.join(sorted(stays[day, pid]))}]")
        for day, pid in sorted(stays)
    ]


def by_day(passes: list[AskedPass]) -> dict[date, list[AskedPass]]:
    """Return the passes of each day."""
    days: dict[date, list[AskedPass]] = {}
    for one in passes:
        days.setdefault(one.day, []).append(one)
    return days


def digest(passes: list[AskedPass]) -> str:
    """Return the SHA-256 over the sorted passes of a day with their evidence, hexadecimal."""
    lines = (one.pid + hashlib.sha256(one.evidence.encode()).digest() for one in passes)
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def read_places(text: str) -> tuple[AskedPlace, ...]:
    """Return the places of a request that is kept."""
    return tuple(
        AskedPlace(facility_id=name, start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
        for name, start, end in json.loads(text)["places"]
    )


def read_disclosure(row: Row) -> Disclosure:
    """Return a request that is kept."""
    return Disclosure(
        request_hash=row.request_hash,
        case_id=row.case_id,
        purpose=row.purpose,
        places=read_places(row.content),
        passes=sum(count for count, _digest in json.loads(row.content)["passes"].values()),
        people=row.people,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        decision=row.decision,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        remark=row.remark,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        outcome=Opened(**json.loads(row.outcome)) if row.outcome else None,
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
