"""A usual day: days like the one that is planned for, by hour; its people, and where they grow fastest.

Like is a day of the same kind (footfall/day_kinds.py): a Friday is planned by Fridays, a public holiday by Sundays
and holidays. Where there are fewer than two of them, by days of work or by days of rest; else by the last week.
A day that is not over is no usual day. Where the plan is of that very day, its own hours take their place.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ..contract import Extract
from ..footfall.day_kinds import HOLIDAY, WEEKDAYS, kind_of_day
from .model import Sentence

USUAL_DAYS = 7
"""The newest so many of the days that are alike: longer ago is another month."""
FEWEST = 2
"""One day is an anecdote (as on the map: footfall.usual)."""
SURGE_HOURS = 3
"""Seongnam and SKT's disinfection map of May 2020 marks the biggest growth within three hours."""
LEVEL_HOURS = 3
"""The newest hours of today that tell by how much it is busier than usual."""
MOST_LEVEL = 3.0
"""Today is taken to go on at most at so many times the usual, and at least at the same part of it."""
WORK, REST, ANY = "weekday", "weekend or holiday", "any day"
NAMES = {
    **dict(zip(WEEKDAYS, ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일"), strict=True)),
    HOLIDAY: "일요일·공휴일",
    WORK: "평일",
    REST: "주말·공휴일",
    ANY: "최근",
}


@dataclass(frozen=True)
class UsualDays:
    """The days that stand for a usual one, newest last, what they have in common, and what they should have."""

    days: tuple[date, ...]
    like: str
    wanted: str

    @property
    def ko(self) -> str:
        """Return what they are, such as "금요일 2일 평균"."""
        return f"{NAMES[self.like]} {len(self.days)}일 평균"

    @property
    def en(self) -> str:
        """Return the same in English."""
        return f"mean of {len(self.days)} days, {self.like}"

    def note(self) -> Sentence | None:
        """Return what to know where there were too few days of the same kind."""
        if self.like == self.wanted or not self.days:
            return None
        ko = f"{NAMES[self.wanted]} 자료가 {FEWEST}일이 되지 않아 {self.ko}을 여느 날로 보았습니다."
        return Sentence(ko, f"Fewer than {FEWEST} days like it ({self.wanted}): a usual day is the {self.en}.")


def usual_days(days: Sequence[date], planned: date) -> UsualDays:
    """Return which of the days, in order, tell what is usual on the day that is planned for."""
    wanted = kind_of_day(planned)
    groups = {
        wanted: [day for day in days if kind_of_day(day) == wanted],
        REST if _rests(planned) else WORK: [day for day in days if _rests(day) == _rests(planned)],
    }
    for like, found in groups.items():
        if len(found) >= FEWEST:
            return UsualDays(tuple(found[-USUAL_DAYS:]), like, wanted)
    return UsualDays(tuple(days[-USUAL_DAYS:]), ANY, wanted)


def _rests(day: date) -> bool:
    return kind_of_day(day) in (WEEKDAYS[-1], HOLIDAY)


def usual_profile(figures: np.ndarray, days: Sequence[date], chosen: Sequence[date]) -> np.ndarray:
    """Return units × 24: the mean of the chosen days by hour, over those with a figure, else NaN.

    `figures`: units × 24 hours of each of the `days`.
    """
    by_day = figures.reshape(len(figures), -1, 24)[:, [list(days).index(day) for day in chosen]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a mean of nothing is NaN, which is what is meant
        return np.nanmean(by_day, axis=1)


def going_on_from(usual: np.ndarray, today: np.ndarray) -> np.ndarray:
    """Return the day that goes on: its own hours as far as they have come, then a usual day at today's level.

    Today's level in a unit is its people in the last LEVEL_HOURS that have come ÷ those of a usual day then,
    within MOST_LEVEL; 1 where either has no figure. Both arrays are units × 24.
    """
    known = np.isfinite(today)
    come = np.flatnonzero(known.any(axis=0))
    if not len(come):
        return usual
    last = slice(max(int(come[-1]) + 1 - LEVEL_HOURS, 0), int(come[-1]) + 1)
    both = known[:, last] & np.isfinite(usual[:, last])
    now, then = (np.where(both, figures[:, last], 0.0).sum(axis=1) for figures in (today, usual))
    level = np.divide(now, then, out=np.ones(len(now)), where=(then > 0) & both.any(axis=1))
    ahead = usual * np.clip(level, 1 / MOST_LEVEL, MOST_LEVEL)[:, None]
    return np.where(known, today, ahead)


def surges(profile: np.ndarray, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each unit's biggest growth within SURGE_HOURS on that day, and the hour in which it is reached.

    Only hours from `begin` on are asked: what is past cannot be forestalled. NaN and -1 where none of them has a
    figure both then and before. Before 03:00 the evening before is asked.
    """
    growth = profile - np.roll(profile, SURGE_HOURS, axis=1)
    growth[:, :begin] = np.nan
    none = np.isnan(growth).all(axis=1)
    hour = np.where(none, -1, np.argmax(np.where(np.isnan(growth), -np.inf, growth), axis=1))
    return np.where(none, np.nan, growth[np.arange(len(growth)), hour]), hour


def facility_footfall(extract: Extract, planned: date) -> pd.DataFrame:
    """Return logged person-hours of a usual day, by facility: `people`, and the `days` that they are the mean of.

    A facility that logged on no day is absent: not known is not zero.
    """
    hours = extract.facility_hours
    told = hours[hours["missing"] == ""]
    by_day = told.groupby([told["facility_id"], told["hour"].dt.date])["person_minutes"].sum() / 60
    found = {}
    for facility, of_day in by_day.groupby(level=0):
        own = of_day.droplevel(0)
        usual = usual_days(list(own.index), planned)
        found[facility] = {"people": float(own.loc[list(usual.days)].mean()), "days": usual}
    return pd.DataFrame.from_dict(found, orient="index", columns=["people", "days"])
