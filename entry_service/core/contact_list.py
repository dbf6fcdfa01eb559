"""The list of contacts to look into (접촉자 검토 명단): its columns, rows and words, and a count that adds up.

The columns are those that health centres use (docs/disclosure.md). They are evidence: how long, how likely, how
sure. Whether somebody is a contact, an investigator decides: that column is empty, and nothing here fills it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

from .contacts import local_phone
from .exposed import IndexDoubt
from .times import KST

ExportReason = Literal["field_work", "other_centre", "superior_report", "outage"]
EXPORT_REASONS: tuple[ExportReason, ...] = get_args(ExportReason)

SOURCE_WORDS = {
    "staff_scan": "QR(직원 확인)",
    "poster": "QR(포스터)",
    "card": "QR(카드)",
    "call": "전화(안심콜)",
    "slip": "수기",
}
CONFIDENCE_WORDS = {"high": "높음", "medium": "보통", "low": "낮음"}
DOUBT_WORDS: Mapping[IndexDoubt, str] = {"void": "근거 기록이 무효", "waits": "근거 기록이 판단 보류"}
UNREADABLE = "판독 불가"
WARNING = "무단 배포 금지"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Why somebody is on the list: one stay and what is known of the time together.

    ``overlap_minutes`` is None where a leaving was not read; ``overlap_least`` and ``overlap_most`` bound it then,
    and ``together`` is the probability of at least so many minutes. All None where only the day is known.
    """

    facility_id: str
    facility: str
    entered_at: datetime
    left_at: datetime
    dwell_assumed: bool
    overlap_minutes: float | None
    overlap_least: float | None
    overlap_most: float | None
    together: float | None
    after_minutes: float
    source: str
    confidence: str
    party_size: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """How many records were asked for and what became of them; ``persons`` are in the list."""

    asked: int
    readable: int
    unreadable: int
    destroyed: int
    persons: int

    @property
    def adds_up(self) -> bool:
        """Say whether no record is unaccounted for."""
        return self.asked == self.readable + self.unreadable + self.destroyed


class Listed(Protocol):
    """What the list needs of a contact (vault.filed.CaseContact has it)."""

    number: int
    phone: str | None
    safety_code: str | None
    residence: str | None
    evidence: Sequence[str]


def read_stays(evidence: Iterable[str]) -> list[Stay]:
    """Return the stays that the evidence of a contact tells, in order of time; the same stay counts once."""
    found: dict[tuple[str, str, str], Stay] = {}
    for text in evidence:
        for row in json.loads(text):
            found[row["facility_id"], row["entered_at"], row.get("index_start", "")] = _stay(row)
    return sorted(found.values(), key=lambda stay: (stay.entered_at, stay.facility_id))


def columns(minutes: int) -> list[str]:
    """Return the heads of the list; ``minutes`` is what the probability is about."""
    return [
        "연번",
        "시설",
        "입장시각",
        "퇴장시각(추정 체류)",
        "확진자와 겹친 분",
        f"{minutes}분 이상 함께 있었을 확률(%)",
        "등록방법",
        "연락처 또는 안심번호",
        "거주 시군구",
        "신뢰도",
        "비고",
        "판정",
        "배포 표시",
    ]


def rows_of(
    contacts: Sequence[Listed], mark: str, doubts: Sequence[IndexDoubt]
) -> list[list[str | int | float | None]]:
    """Return a row a stay, in order of number: whoever was met twice has two rows under one number.

    ``doubts``: of each contact whether what it rests on is void or waits; every row of it says so.
    """
    rows = []
    for contact, doubt in zip(contacts, doubts, strict=True):
        number = local_phone(contact.phone) if contact.phone else contact.safety_code or UNREADABLE
        for stay in read_stays(contact.evidence) or [None]:
            told = _evidence(stay, number, contact.residence or "")
            if doubt:
                told[-1] = ", ".join(filter(None, [DOUBT_WORDS[doubt], str(told[-1])]))
            rows.append([contact.number, *told, "", mark])
    return rows


def watermark(login: str, at: datetime, hashes: Sequence[str]) -> str:
    """Return what stands on every page and in every row: who took it along, when, on which request."""
    requests = " ".join(one[:8] for one in hashes[-3:])
    return f"{WARNING} · {login} · {at.astimezone(KST):%Y-%m-%d %H:%M} · 요청 {requests}".rstrip()


def overlap_text(stay: Stay) -> str | float | None:
    """Return the minutes together: a figure where it is known, bounds where it is not, nothing without times."""
    if stay.overlap_minutes is not None:
        return round(stay.overlap_minutes)
    if stay.overlap_least is None or stay.overlap_most is None:
        return None
    return f"{round(stay.overlap_least)}~{round(stay.overlap_most)}"


def remarks(stay: Stay) -> str:
    """Return what a reader must know of a stay beside its figures."""
    told = []
    if stay.after_minutes:
        told.append(f"확진자 퇴장 {round(stay.after_minutes)}분 뒤 입장")
    if stay.overlap_most is None and stay.overlap_minutes is None:
        told.append("확진자 방문 시각 모름")
    if stay.party_size > 1:
        told.append(f"일행 {stay.party_size}명")
    return ", ".join(told)


def _evidence(stay: Stay | None, number: str, residence: str) -> list[str | int | float | None]:
    if stay is None:
        return ["", "", "", None, None, "", number, residence, "", "근거를 읽을 수 없음"]
    left = f"{_local(stay.left_at)}(추정)" if stay.dwell_assumed else _local(stay.left_at)
    return [
        stay.facility,
        _local(stay.entered_at),
        left,
        overlap_text(stay),
        None if stay.together is None else round(100 * stay.together),
        SOURCE_WORDS.get(stay.source, stay.source),
        number,
        residence,
        CONFIDENCE_WORDS.get(stay.confidence, stay.confidence),
        remarks(stay),
    ]


def _local(at: datetime) -> str:
    return f"{at.astimezone(KST):%Y-%m-%d %H:%M}"


def _stay(row: Mapping[str, Any]) -> Stay:
    return Stay(
        facility_id=row["facility_id"],
        facility=row.get("facility", row["facility_id"]),
        entered_at=datetime.fromisoformat(row["entered_at"]),
        left_at=datetime.fromisoformat(row["left_at"]),
        dwell_assumed=row["dwell_assumed"],
        overlap_minutes=row["overlap_minutes"],
        overlap_least=row.get("overlap_least"),
        overlap_most=row.get("overlap_most"),
        together=row["together"],
        after_minutes=row["after_minutes"],
        source=row["source"],
        confidence=row["confidence"],
        party_size=row["party_size"],
        flags=tuple(row["flags"]),
    )
