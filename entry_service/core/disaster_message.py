"""The draft of a disaster message (재난문자) on places: its text and length, when it may go out, what is banned.

The service sends nothing. After the rules of 2021-03-31 such a message asks the visitors of a place to be tested
where contacts cannot be found; bare counts of cases, general hygiene, openings and closings, and repeats are not
sent, and nothing at all between 22:00 and 07:00.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from unicodedata import normalize

from .publication import Stay
from .remark_rules import Finding, findings
from .times import KST

QUIET_FROM, QUIET_UNTIL = time(22), time(7)
REPEAT_WITHIN = timedelta(days=1)
WEEKDAYS = "월화수목금토일"
Banned = Literal["counts", "hygiene", "opening"]

BANNED_WORDS: dict[Banned, str] = {
    "counts": "확진자 수만 알리는 내용은 재난문자로 보내지 않습니다.",
    "hygiene": "일반적인 방역 수칙은 재난문자로 보내지 않습니다.",
    "opening": "시설의 개관과 휴관은 재난문자로 보내지 않습니다.",
}
_BANNED = {
    "counts": re.compile(
        r"(?:신규|추가|누적|금일|오늘|총)?\s*확진자?\s*(?:는|가|이)?\s*(?:총\s*)?\d+\s*명"
        r"|\d+\s*명\s*(?:이|의)?\s*(?:추가\s*|신규\s*)?(?:확진|발생)"
    ),
    "hygiene": re.compile(
        r"마스크|손\s*(?:씻기|소독|위생)|거리\s*두기|외출\s*(?:을\s*)?(?:자제|삼가)|기침\s*예절|환기|모임\s*(?:을\s*)?(?:자제|취소)"
        r"|개인\s*위생|방역\s*수칙"
    ),
    "opening": re.compile(
        r"개관|휴관|개장|휴장|휴업|휴원|휴교|재개관|재개장|임시\s*폐쇄|폐쇄\s*(?:합니다|했습니다|되었습니다|됩니다|중)"
        r"|운영\s*(?:을\s*)?(?:중단|재개|시작|종료)"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A place as the message names it, and when."""

    name: str
    stay: Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text that was made; ``form`` says how far it had to be shortened (0: not at all)."""

    text: str
    form: int
    fits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is to be said of a text; ``rest`` is negative where it is too long."""

    characters: int
    rest: int
    banned: tuple[Banned, ...]
    found: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Say whether the text may not be kept as a draft whatever the officer thinks of it."""
        return any(one.refused for one in self.found)


def one_line(text: str) -> str:
    """Return the text as it would be sent: composed, with single spaces and line breaks, none around it."""
    lines = (" ".join(line.split()) for line in normalize("NFC", text).splitlines())
    return "\n".join(line for line in lines if line)


def length(text: str) -> int:
    """Return how many characters the text has: code points after composition, spaces and breaks included.

    >>> length("군포시청"), length("\u1100\u1161")
    (4, 1)
    """
    return len(normalize("NFC", text.replace("\r\n", "\n")))


def sent_not_before(now: datetime) -> datetime | None:
    """Return when a message may go out if it may not now: at 07:00 KST after a night that begins at 22:00."""
    here = now.astimezone(KST)
    if QUIET_UNTIL <= here.time() < QUIET_FROM:
        return None
    day = here.date() + timedelta(days=here.time() >= QUIET_FROM)
    return datetime.combine(day, QUIET_UNTIL, KST).astimezone(now.tzinfo)


def is_repeat(messaged_at: datetime | None, now: datetime) -> bool:
    """Say whether a message about the same place was made ready within a day."""
    return messaged_at is not None and now - messaged_at < REPEAT_WITHIN


def check(
    text: str, longest: int, *, case_numbers: Collection[str] = (), sensitive_names: Collection[str] = ()
) -> Check:
    """Return the length of the text, and what in it is banned, refused or doubtful."""
    count = length(text)
    found = findings(
        without_sender(text), case_numbers=case_numbers, sensitive_names=sensitive_names, phone_allowed=True
    )
    banned = tuple(kind for kind, pattern in _BANNED.items() if pattern.search(normalize("NFC", text)))
    return Check(characters=count, rest=longest - count, banned=banned, found=tuple(found))


def without_sender(text: str) -> str:
    """Return the text without the office in brackets at its beginning, which may be named like a facility."""
    return re.sub(r"^\s*\[[^\]\n]*\]", "", normalize("NFC", text))


def sender(authority: str) -> str:
    """Return the office that signs for an authority.

    >>> sender("군포시")
    '군포시청'
    """
    return f"{authority}청" if authority.endswith(("시", "군", "구")) else authority


def draft(places: Sequence[Told], *, authority: str, contact: str, longest: int) -> Draft:
    """Return the first of the forms that fits into ``longest`` characters, else the shortest of all.

    The forms, from the fullest: every place with its time; a shorter request; the days alone, for no time is ever
    rounded; the first place and how many others, whose times the city's list has; that in fewer words.

    Parameters
    ----------
    places : sequence of Told
        In the order in which they are named; at least one.
    """
    office = f"[{sender(authority)}]"
    inquiry = f"문의 {contact}"
    forms: list[Callable[[], str]] = [
        lambda: f"{office} {_listed(places)} 방문자는 가까운 보건소에서 검사받으시기 {_PLEASE} {inquiry}",
        lambda: f"{office} {_listed(places)} 방문자는 보건소 검사 {_PLEASE} {inquiry}",
        lambda: f"{office} {_days(places)} {_names(places)} 방문자는 시간 확인 후 보건소 검사 {_PLEASE} {inquiry}",
        lambda: f"{office} {_days(places)} {_first(places)} 방문자는 시 누리집 확인 후 검사 {_PLEASE} {inquiry}",
        lambda: f"{office} {_days(places)} {_first(places)} 방문자는 검사 {_PLEASE} {inquiry}",
        lambda: f"{office} {_first(places)} 방문자는 검사 {_PLEASE} {inquiry}",
    ]
    texts = [make() for make in forms]
    form = next((number for number, text in enumerate(texts) if length(text) <= longest), None)
    if form is not None:
        return Draft(text=texts[form], form=form, fits=True)
    return Draft(text=texts[-1], form=len(texts) - 1, fits=False)


_PLEASE = "바랍니다" + "."  # in two parts: the text of a message is not a sentence of our pages


def _listed(places: Sequence[Told]) -> str:
    """Return every place after its time; a day is named where it changes."""
    parts, before = [], None
    for place in places:
        day = _day(place.stay.start)
        when = _hours(place.stay)
        parts.append(" ".join(part for part in (day if day != before else "", when, place.name) if part))
        before = day
    return ", ".join(parts)


def _hours(stay: Stay) -> str:
    if stay.by_date:
        return ""
    start, end = stay.start.astimezone(KST), stay.end.astimezone(KST)
    until = f"{end:%H:%M}"
    if end.date() != start.date():
        until = "24:00" if end == _midnight(start) else f"{_day(stay.end)} {until}"
    return f"{start:%H:%M}~{until}"


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.date() + timedelta(days=1), time(), KST)


def _days(places: Sequence[Told]) -> str:
    first = min(place.stay.start for place in places)
    last = max(place.stay.start for place in places)
    return _day(first) if _day(first) == _day(last) else f"{_day(first)}~{_day(last)}"


def _day(at: datetime) -> str:
    day = at.astimezone(KST)
    return f"{day.month}.{day.day}.({WEEKDAYS[day.weekday()]})"


def _names(places: Sequence[Told]) -> str:
    return ", ".join(dict.fromkeys(place.name for place in places))


def _first(places: Sequence[Told]) -> str:
    names = list(dict.fromkeys(place.name for place in places))
    return names[0] if len(names) == 1 else f"{names[0]} 등 {len(names)}곳"
