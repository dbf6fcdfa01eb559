"""What in a month of audit rows deserves a look: plain rules, each with its reason. None of them accuses anybody.

The monthly review of access records is the law's duty (안전성 확보조치 기준 제8조); the rules say where to begin.
Hours and days are Korean.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from .times import KST, kst_day

SEARCHES_A_DAY = 20
SAME_PERSON_A_MONTH = 5
EXPORTS_A_DAY = 5
REFUSALS_A_DAY = 3
NIGHT_BEGINS, NIGHT_ENDS = 22, 7
OUR_OWN = {"service", "visitor"}  # jobs of the service, and visitors who ask about themselves
LOOKS = {"phone_searched", "case_traced", "disclosure_opened", "contacts_read", "contacts_exported"}
LEAVES = {"disclosure_opened", "contacts_exported"}  # names left the vault; the reason of each is to be confirmed

Rule = Literal["many_searches", "same_person", "many_exports", "night", "refusals", "no_reason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One audit row as its readers see it: ``case`` is a keyed hash, ``subjects`` and ``rows`` say how many."""

    seq: int
    at: datetime
    action: str
    account_id: str
    role: str
    origin: str
    purpose: str
    request: str
    case: str
    rows: int
    outcome: str
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to look at: which rule, whose acts, on which day (None: in the whole month), how many."""

    rule: Rule
    account_id: str
    day: date | None
    count: int


REASONS: dict[Rule, str] = {
    "many_searches": "하루에 20회 이상 검색했습니다. 확진자 조사에 필요한 검색이었는지 확인하시기 바랍니다.",
    "same_person": "한 달에 같은 번호를 5회 이상 검색했습니다. 사적인 조회가 아닌지 확인하시기 바랍니다.",
    "many_exports": "하루에 5회 이상 내려받았습니다. 내려받은 까닭과 파일의 보관 상태를 확인하시기 바랍니다.",
    "night": "밤 10시부터 아침 7시 사이에 열람했습니다. 비상근무였는지 확인하시기 바랍니다.",
    "refusals": "하루에 3회 이상 거부되었습니다. 권한 밖의 시도나 계정 도용이 아닌지 확인하시기 바랍니다.",
    "no_reason": "연락처가 나갔으나 사유가 적혀 있지 않습니다. 사유를 확인하여 기록하시기 바랍니다.",
}


def is_night(at: datetime) -> bool:
    """Say whether the moment lies in the night, 22:00 to 07:00 KST."""
    hour = at.astimezone(KST).hour
    return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS


def is_refusal(entry: AuditEntry) -> bool:
    """Say whether what was tried was not done; ``outcome`` then is the code of the refusal."""
    return entry.action == "refused"


def has_no_reason(entry: AuditEntry) -> bool:
    """Say whether names left and the row says neither a purpose nor, as its outcome, why."""
    return entry.action in LEAVES and not entry.purpose and entry.outcome == "done"


def findings(entries: Iterable[AuditEntry], subjects: Mapping[int, Iterable[bytes]]) -> list[Finding]:
    """Return what deserves a look among the rows of one month, by rule, day and account.

    Parameters
    ----------
    entries : iterable of AuditEntry
        The month's rows.
    subjects : mapping
        seq → keyed subjects, of the searches at least.
    """
    daily: dict[Rule, Counter[tuple[str, date]]] = {rule: Counter() for rule in REASONS}
    persons: Counter[tuple[str, bytes]] = Counter()
    for entry in entries:
        if entry.role in OUR_OWN:
            continue
        own = (entry.account_id, kst_day(entry.at))
        if is_refusal(entry):
            daily["refusals"][own] += 1
            continue
        if entry.action == "phone_searched":
            daily["many_searches"][own] += 1
            persons.update((entry.account_id, subject) for subject in subjects.get(entry.seq, ()))
        daily["many_exports"][own] += entry.action == "contacts_exported"
        daily["night"][own] += entry.action in LOOKS and is_night(entry.at)
        daily["no_reason"][own] += has_no_reason(entry)
    least = {"many_searches": SEARCHES_A_DAY, "many_exports": EXPORTS_A_DAY, "refusals": REFUSALS_A_DAY}
    found = [
        Finding(rule=rule, account_id=account_id, day=day, count=count)
        for rule, counts in daily.items()
        for (account_id, day), count in counts.items()
        if count >= least.get(rule, 1)
    ]
    again: Counter[str] = Counter()
    for (account_id, _), count in persons.items():
        if count >= SAME_PERSON_A_MONTH:
            again[account_id] = max(again[account_id], count)
    found += [
        Finding(rule="same_person", account_id=account_id, day=None, count=count)
        for account_id, count in again.items()
    ]
    order = list(REASONS)
    return sorted(found, key=lambda one: (order.index(one.rule), one.day or date.min, one.account_id))
