"""The nouns of the entry log, frozen: a changed thing is a new thing.

Words follow the project glossary (docs/architecture.md). All datetimes are aware and kept in UTC; every
interval is half-open, ``[start, end)``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Direction = Literal["in", "out"]
Source = Literal["staff_scan", "poster", "call", "slip", "card"]
Confidence = Literal["high", "medium", "low"]
Profile = Literal["desk", "gate", "kiosk"]
CoordQuality = Literal["surveyed", "geocoded", "dong_point", "simulated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """One multi-use facility; ``opens``/``closes`` are hours of the day, ``closes`` > 24 runs past midnight.

    ``call_number`` is the telephone number (digits) that a visitor dials to be logged (안심콜).
    """

    facility_id: str
    name: str
    category: str
    address: str
    lon: float
    lat: float
    coord_quality: CoordQuality
    area_m2: float | None = None
    capacity: int | None = None
    risk_score: int | None = None
    stage: int = 1
    sensitive: bool = False
    opens: int = 0
    closes: int = 24
    seats: int | None = None
    call_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A staff device, enrolled for one facility; its token is stored only as a hash.

    ``name`` is the gate it stands at, ``zone`` the zone_id behind that gate (empty: the facility as a whole).
    ``profile`` says what it may do: ``desk`` everything, ``gate`` no slips, cards or PIN, ``kiosk`` unattended.
    """

    device_id: str
    facility_id: str
    name: str
    revoked_at: datetime | None = None
    zone: str = ""
    profile: Profile = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One reading of a pass, poster, call, slip or card, as it was reported: a row of the append-only log.

    ``outcome`` is ``"accepted"`` or the code of the refusal (core/errors.py). A refused scan is a row too.
    ``flags`` name doubts that do not refuse (``late``, ``clock_skew``, ``two_places``, ``unverified`` ...).
    ``party_size`` counts everybody who comes with the pass, ``children`` (under 14, with an adult) among them.
    """

    scan_id: str
    facility_id: str
    pid: bytes | None
    direction: Direction
    source: Source
    confidence: Confidence
    scanned_at: datetime
    received_at: datetime
    device_id: str | None = None
    gate: str = ""
    party_size: int = 1
    outcome: str = "accepted"
    flags: tuple[str, ...] = ()
    zone: str = ""
    children: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A reading of the log: one stay of a pass at a facility; ``dwell_assumed`` where no check-out was scanned.

    What is certain: here until ``seen_until``, gone by ``gone_by`` (the same where a check-out was read), which is
    when everyone was ``sent_out`` of the place, or when the pass was seen elsewhere, or its life ended. ``flags``
    are the doubts about its scans.
    """

    pid: bytes
    facility_id: str
    entered_at: datetime
    left_at: datetime
    source: Source
    confidence: Confidence
    seen_until: datetime
    gone_by: datetime
    sent_out: bool = False
    dwell_assumed: bool = False
    party_size: int = 1
    children: int = 0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How a visitor can be reached: the plaintext of a vault record. Exactly one of phone and safety_code."""

    name: str
    phone: str | None = None  # E.164, normalised by core.contacts
    safety_code: str | None = None  # 개인안심번호: four digits and two syllables
    residence: str = ""  # 시·군·구
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A confirmed case in the register; ``registered_at`` is the ``known_at`` of its index visits.

    ``isolated_on`` is the last day on which others could meet it; None while not isolated or not known.
    """

    case_id: str
    number: str
    onset: date | None
    specimen_date: date | None
    registered_at: datetime
    isolated_on: date | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexVisit:
    """A visit of a confirmed case; ``by_date`` when only the day is known, then it is [00:00, next 00:00) KST.

    Where nothing said when it ended (``end`` is assumed) ``seen_until`` and ``gone_by`` bound it as in ``Visit``.
    """

    case_id: str
    facility_id: str
    start: datetime
    end: datetime
    known_at: datetime
    by_date: bool = False
    seen_until: datetime | None = None
    gone_by: datetime | None = None
    sent_out: bool = False
