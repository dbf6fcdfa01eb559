"""The form of the case register: what was typed, what is wrong with it by field, and what it means.

Nothing typed is lost: a refused form is shown again as it was sent, each error beside its field.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict

from entry_service.core.errors import EntryError
from entry_service.core.model import Facility
from entry_service.core.times import KST
from entry_service.usecases.cases.case_visits import PlaceTold
from entry_service.vault.searches import LookupBudgetSpent

from ..frame.asked_day import FIRST
from ..frame.i18n import translated

ROWS = 2  # empty rows of a new form
MOST_ROWS = 50
MOST_PASSES = 50
LONGEST_TEXT = 80  # of a facility as typed
SUGGESTED = 6  # facilities named where the text fits several


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One row as typed: a facility, and start and end or only the day."""

    facility: str = ""
    start: str = ""
    end: str = ""
    day: str = ""

    @property
    def empty(self) -> bool:
        """Say whether nothing was typed."""
        return not (self.facility or self.start or self.end or self.day)


@dataclass(frozen=True, slots=True)
class Told:
    """What a form without errors says; ``rows`` gives the row of each place."""

    onset: date | None
    specimen_date: date | None
    isolated_on: date | None
    phone: str
    places: list[PlaceTold]
    rows: list[int]
    passes: list[str]


@dataclass(slots=True)
class CaseForm:
    """The fields as typed, and the sentence of each field that is wrong, in the order of the page."""

    number: str = ""
    onset: str = ""
    specimen_date: str = ""
    isolated_on: str = ""
    phone: str = ""
    passes: str = ""
    rows: list[PlaceRow] = field(default_factory=lambda: [PlaceRow()] * ROWS)
    errors: dict[str, str] = field(default_factory=dict)

    def add_row(self) -> None:
        """Offer one more place."""
        if len(self.rows) < MOST_ROWS:
            self.rows.append(PlaceRow())

    def told(self, find: Callable[[str], list[Facility]]) -> Told | None:
        """Return what the form says, or None and ``errors``.

        Parameters
        ----------
        find : function
            Text → the facilities that it may mean, the best first.
        """
        if not self.number:
            self.errors["number"] = _("확진자 번호를 입력하시기 바랍니다.")
        if not self.onset and not self.specimen_date:
            self.errors["onset"] = _("증상 발생일이나 검체채취일 가운데 하나는 입력하시기 바랍니다.")
        onset = self._day("onset", self.onset)
        specimen_date = self._day("specimen_date", self.specimen_date)
        isolated_on = self._day("isolated_on", self.isolated_on)
        places, rows = [], []
        for index, row in enumerate(self.rows):
            if not row.empty:
                place = self._place(index, row, find)
                if place is not None:
                    places.append(place)
                    rows.append(index)
        passes = [line.strip() for line in self.passes.splitlines() if line.strip()]
        if len(passes) > MOST_PASSES:
            self.errors["passes"] = _("출입증은 한 번에 %(most)s개까지 입력할 수 있습니다.", most=MOST_PASSES)
        if not self.errors and not places and not passes and not self.phone:
            self.errors["phone"] = _("휴대전화번호, 방문 장소, 출입증 가운데 하나 이상을 입력하시기 바랍니다.")
        told = Told(onset, specimen_date, isolated_on, self.phone, places, rows, passes)
        return None if self.errors else told

    def blame(self, refusal: EntryError, told: Told) -> bool:
        """Put the refusal of the register beside its field; False where it names none of ours."""
        name, _dot, rest = str(refusal.facts.get("field", "")).partition(".")
        sentence = translated(refusal.sentence)
        if name == "places":
            number, _dot, part = rest.partition(".")
            row = told.rows[int(number)]
            by_day = part != "facility_id" and told.places[int(number)].by_date
            name = f"place-{row}-{'facility' if part == 'facility_id' else 'day' if by_day else part}"
        elif name == "passes":
            sentence = _("%(line)s번째 출입증: %(sentence)s", line=int(rest) + 1, sentence=sentence)
        elif isinstance(refusal, LookupBudgetSpent):
            name = "phone"
        elif name not in {"number", "onset", "specimen_date", "isolated_on", "phone"}:
            return False
        self.errors[name] = sentence
        return True

    def _day(self, name: str, text: str) -> date | None:
        try:
            day = date.fromisoformat(text) if text else None
        except ValueError:
            self.errors[name] = _("날짜를 2020-08-25와 같이 입력하시기 바랍니다.")
            return None
        if day is not None and not FIRST <= day < date.max:  # neither has a day before or after it here
            self.errors[name] = _("날짜의 연도를 확인하시기 바랍니다.")
            return None
        return day

    def _moment(self, name: str, text: str) -> datetime | None:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.errors[name] = _("날짜와 시각을 2020-08-25 14:00과 같이 입력하시기 바랍니다.")
            return None
        return at if at.tzinfo else at.replace(tzinfo=KST)

    def _place(self, index: int, row: PlaceRow, find: Callable[[str], list[Facility]]) -> PlaceTold | None:
        before = len(self.errors)
        facility = self._facility(f"place-{index}-facility", row.facility, find)
        names = {part: f"place-{index}-{part}" for part in ("start", "end", "day")}
        if row.day and (row.start or row.end):
            self.errors[names["day"]] = _("시각을 알면 날짜 칸은 비우고, 날짜만 알면 시각 칸을 비우시기 바랍니다.")
            return None
        if row.day:
            day = self._day(names["day"], row.day)
            return PlaceTold.on(facility, day) if facility and day else None
        if not row.start and not row.end:
            self.errors[names["start"]] = _("들어온 때와 나간 때, 또는 날짜를 입력하시기 바랍니다.")
            return None
        moments = []
        for part, text in (("start", row.start), ("end", row.end)):
            if not text:
                self.errors[names[part]] = _("시각을 모르면 날짜 칸만 입력하시기 바랍니다.")
            moments.append(self._moment(names[part], text) if text else None)
        if len(self.errors) > before:
            return None
        return PlaceTold(facility_id=facility, start=moments[0], end=moments[1])

    def _facility(self, name: str, text: str, find: Callable[[str], list[Facility]]) -> str | None:
        """Return the id of the facility that is meant, or None and an error that offers those that may be."""
        if not text:
            self.errors[name] = _("시설을 입력하시기 바랍니다.")
            return None
        found = find(text)
        exact = [one for one in found if text in (label(one), one.facility_id, one.name)]
        if len(exact) == 1:
            return exact[0].facility_id
        if found:
            offered = ", ".join(label(one) for one in (exact or found)[:SUGGESTED])
            self.errors[name] = _("어느 시설인지 골라 입력하시기 바랍니다: %(offered)s", offered=offered)
        else:
            self.errors[name] = _("등록되지 않은 시설입니다. 시설 이름이나 번호를 확인하시기 바랍니다.")
        return None


def label(facility: Facility) -> str:
    """Return the facility as the form writes and reads it: name and identifier."""
    return f"{facility.name} ({facility.facility_id})"


def read_form(sent: ImmutableMultiDict[str, str]) -> CaseForm:
    """Return the form as it was sent, shortened only where no honest input is that long."""

    def text(name: str) -> str:
        return sent.get(name, "").strip()[:LONGEST_TEXT]

    last = max((row_number(name) for name in sent), default=-1)
    parts = ("facility", "start", "end", "day")
    rows = [PlaceRow(*(text(f"place-{row}-{part}") for part in parts)) for row in range(last + 1)]
    plain = {name: text(name) for name in ("number", "onset", "specimen_date", "isolated_on", "phone")}
    return CaseForm(passes=sent.get("passes", ""), rows=rows or [PlaceRow()] * ROWS, **plain)


def row_number(name: str) -> int:
    """Return the row of a field's name, −1 where it belongs to none."""
    kind, _dash, rest = name.partition("-")
    number = rest.partition("-")[0]
    known = kind == "place" and number.isascii() and number.isdecimal() and len(number) <= 2
    return int(number) if known and int(number) < MOST_ROWS else -1
