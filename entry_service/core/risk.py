"""The official risk score of a facility: six questions of 0 to 2 points, and from which sum the risk is high.

Questions and answers are those of the Central Disaster Management Headquarters of 2020-05-22, as Gwangjin-gu
published them on 2020-06-18. The limits between high, medium and low were not published: ours can be changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .fields import Fields, one_of, whole

Grade = Literal["high", "medium", "low"]
ITEMS = ("enclosure", "crowding", "gathering", "activity", "duration", "control")
POINTS = ("0", "1", "2")
HIGHEST = 2 * len(ITEMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Points of 0 to 2 for each of the six questions."""

    enclosure: int
    crowding: int
    gathering: int
    activity: int
    duration: int
    control: int

    @property
    def score(self) -> int:
        """Return the sum, 0 to 12."""
        return sum(getattr(self, item) for item in ITEMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which sum a site is of high and of medium risk; without ``since`` they are our proposal."""

    high_from: int = 9
    medium_from: int = 5
    since: datetime | None = None
    set_by: str | None = None

    def grade(self, score: int) -> Grade:
        """Return the grade of a sum."""
        return "high" if score >= self.high_from else "medium" if score >= self.medium_from else "low"


def read_answers(typed: Mapping[str, str]) -> Answers:
    """Return the six answers of a form, or raise ``FieldsRefused`` with a sentence for each that is missing."""
    form = Fields(typed)
    read = {item: form.read(item, one_of(POINTS, "0, 1, 2 가운데 고르시기 바랍니다."), "0") for item in ITEMS}
    form.finish()
    return Answers(**{item: int(text) for item, text in read.items()})


def read_thresholds(typed: Mapping[str, str]) -> tuple[int, int]:
    """Return from which sum the risk is high, and medium; raise ``FieldsRefused``."""
    form = Fields(typed)
    high = form.read("high_from", whole(1, HIGHEST, "1에서 12까지의 수입니다."), 0)
    medium = form.read("medium_from", whole(1, HIGHEST, "1에서 12까지의 수입니다."), 0)
    if not form.errors and medium >= high:
        form.refuse("medium_from", "중위험의 기준은 고위험의 기준보다 낮아야 합니다.")
    form.finish()
    return high, medium
