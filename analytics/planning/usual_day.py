"""A usual day: the mean of the last days, by hour; its people, and where they grow fastest within three hours."""

import warnings

import numpy as np
import pandas as pd

from ..contract import Extract
from .reading import USUAL_DAYS

SURGE_HOURS = 3
"""Seongnam and SKT's disinfection map of May 2020 marks the biggest growth within three hours."""


def usual_profile(figures: np.ndarray) -> np.ndarray:
    """Return units × 24: the mean of the last USUAL_DAYS days by hour, over days with a figure, else NaN."""
    days = figures.reshape(len(figures), -1, 24)[:, -USUAL_DAYS:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a mean of nothing is NaN, which is what is meant
        return np.nanmean(days, axis=1)


def surges(profile: np.ndarray, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each unit's biggest growth within SURGE_HOURS on a usual day, and the hour in which it is reached.

    Only hours from `begin` on are asked: what is past cannot be forestalled. NaN and -1 where none of them has a
    figure both then and before. Before 03:00 the evening before is asked.
    """
    growth = profile - np.roll(profile, SURGE_HOURS, axis=1)
    growth[:, :begin] = np.nan
    none = np.isnan(growth).all(axis=1)
    hour = np.where(none, -1, np.argmax(np.where(np.isnan(growth), -np.inf, growth), axis=1))
    return np.where(none, np.nan, growth[np.arange(len(growth)), hour]), hour


def facility_footfall(extract: Extract) -> pd.Series:
    """Return logged person-hours of a day, by facility: the mean of its last USUAL_DAYS days with a log.

    A facility that logged on no day is absent: not known is not zero.
    """
    hours = extract.facility_hours
    told = hours[hours["missing"] == ""]
    day = told["hour"].dt.normalize()
    by_day = told.groupby([told["facility_id"], day])["person_minutes"].sum() / 60
    last = by_day.groupby(level=0).tail(USUAL_DAYS)
    return last.groupby(level=0).mean()
