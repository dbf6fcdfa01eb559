"""The form of one row of the public list: what was typed, what is wrong by field, and what it means."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from unicodedata import normalize

from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict

from entry_service.core.errors import BadInput
from entry_service.core.publication import Place
from entry_service.core.remark_rules import WordsDoubtful, WordsRefused
from entry_service.core.times import KST, day_start, kst_day
from entry_service.usecases.cases.publish import Correction

from ..frame.asked_day import FIRST
from ..frame.i18n import translated

LONGEST_TEXT = 400  # of a remark as typed; the rule itself is shorter


@dataclass(slots=True)
class PlaceForm:
    """The fields as typed; ``doubtful`` once the remark needs somebody to answer for it."""

    start: str = ""
    end: str = ""
    day: str = ""
    remark: str = ""
    disinfected_at: str = ""
    contacts_known: bool = False
    confirmed: bool = False
    doubtful: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    def correction(self, place: Place) -> Correction | None:
        """Return what the form says of the row, or None and ``errors``."""
        if place.by_date:
            day = self._day()
            start = day_start(day) if day else None
            end = start + timedelta(days=1) if start else None
        else:
            start, end = self._moment("start", self.start), self._moment("end", self.end)
        cleaned = self._moment("disinfected_at", self.disinfected_at) if self.disinfected_at else None
        if self.errors or start is None or end is None:
            return None
        return Correction(
            start=start,
            end=end,
            remark=" ".join(normalize("NFC", self.remark).split()),
            contacts_known=self.contacts_known,
            disinfected_at=cleaned,
        )

    def blame(self, refusal: BadInput, place: Place) -> None:
        """Put a refusal beside its field."""
        if isinstance(refusal, WordsRefused):
            self.doubtful = isinstance(refusal, WordsDoubtful)
            found = " ".join(translated(one.sentence) for one in refusal.findings)
            self.errors["remark"] = f"{found} {translated(refusal.sentence)}"
            return
        name = str(refusal.facts.get("field", "start"))
        self.errors["day" if place.by_date and name in {"start", "end"} else name] = translated(refusal.sentence)

    def _day(self) -> date | None:
        try:
            day = date.fromisoformat(self.day)
        except ValueError:
            day = date.min
        if not FIRST <= day < date.max:
            self.errors["day"] = _("날짜를 2020-08-25와 같이 입력하시기 바랍니다.")
            return None
        return day

    def _moment(self, name: str, text: str) -> datetime | None:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = None
        if at is None or not FIRST <= at.date() < date.max:
            self.errors[name] = _("날짜와 시각을 2020-08-25 14:00과 같이 입력하시기 바랍니다.")
            return None
        return (at if at.tzinfo else at.replace(tzinfo=KST)).replace(second=0, microsecond=0)


def form_of(place: Place) -> PlaceForm:
    """Return the form as the row stands now."""
    return PlaceForm(
        start=_typed(place.start),
        end=_typed(place.end),
        day=kst_day(place.start).isoformat(),
        remark=place.remark,
        disinfected_at=_typed(place.disinfected_at) if place.disinfected_at else "",
        contacts_known=place.contacts_known,
    )


def read_form(sent: ImmutableMultiDict[str, str]) -> PlaceForm:
    """Return the form as it was sent."""

    def text(name: str) -> str:
        return sent.get(name, "").strip()[:LONGEST_TEXT]

    return PlaceForm(
        start=text("start"),
        end=text("end"),
        day=text("day"),
        remark=text("remark"),
        disinfected_at=text("disinfected_at"),
        contacts_known="contacts_known" in sent,
        confirmed="confirmed" in sent,
    )


def numbers(texts: list[str]) -> list[int]:
    """Return the row numbers of ticked boxes; a box may hold several, ``12.15``. Raises ``BadInput``."""
    parts = [part for text in texts for part in text.split(".")]
    if len(parts) > 2_000 or not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in parts):
        raise BadInput(field="place")
    return list(dict.fromkeys(int(part) for part in parts))


def _typed(at: datetime) -> str:
    return f"{at.astimezone(KST):%Y-%m-%dT%H:%M}"
