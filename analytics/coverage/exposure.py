"""How much of the floating population the entry log sees: observable person-hours, unit by unit and hour by hour.

A log of 45 sites must not make a map of the 45 sites: visits are expected where people could have been *seen*.
Formulas and reasons: docs/methods.md, "Observable person-hours".
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

MASKED, ABSENT, NO_FACILITY, NOT_YET = "masked", "absent", "no_active_facility", "not_yet"
WORDS = ("", MASKED, ABSENT, NO_FACILITY, NOT_YET)
"""Why a unit-hour has no figure; arrays units × hours hold positions in here (uint8), as text is large, slow."""
SLOTS = 48
"""Hour of the day, on weekdays and at weekends: what a facility's rhythm is told apart by."""
PRIOR_VISITS = 3.0
"""A facility's slot leans on its category with the weight of this many visits."""


@dataclass(frozen=True)
class Exposure:
    """Denominators as arrays units × hours.

    Attributes
    ----------
    codes, hours : Index of unit_code, aware hour starts (consecutive)
    population : float, people present; NaN where masked or absent
    observable : float, observable person-hours; NaN where there is no figure
    logged : float, person-hours in the log; NaN where there is no figure; None without a log (profile routes)
    entries : float, logged entries; NaN where no facility is active; None without a log
    why : uint8, position in WORDS of why there is no figure; 0 where there is one
    """

    codes: pd.Index
    hours: pd.DatetimeIndex
    population: np.ndarray
    observable: np.ndarray
    logged: np.ndarray | None
    entries: np.ndarray | None
    why: np.ndarray

    @property
    def missing(self) -> np.ndarray:
        """Return the words of `why`: "", masked, absent, no_active_facility."""
        return np.array(WORDS, dtype=object)[self.why]

    def lacks(self, word: str) -> np.ndarray:
        """Return where a figure is missing for this reason ("": where none is missing), bool, units × hours."""
        return self.why == WORDS.index(word)

    def frame(self) -> pd.DataFrame:
        """Return observable person-hours as the statistics take them: index unit_code, columns hours.

        Where no facility logs nothing can be seen, whoever is there: that is a known 0. NaN is left where a
        facility logs among people whose number is masked or absent, and in hours that have not come yet.
        """
        silent = np.isnan(self.entries) if self.entries is not None else np.zeros(self.why.shape, bool)
        silent &= ~self.lacks(NOT_YET)
        return pd.DataFrame(np.where(silent, 0.0, self.observable), index=self.codes, columns=self.hours)

    def coverage(self) -> pd.Series:
        """Return each unit's logged ÷ floating-population person-hours (1 without a log); NaN without figures."""
        known = self.lacks("")
        people = np.where(known, self.population, 0.0).sum(axis=1)
        seen = people if self.logged is None else np.where(known, self.logged, 0.0).sum(axis=1)
        share = np.divide(seen, people, out=np.full(len(people), np.nan), where=people > 0)
        return pd.Series(share, index=self.codes, name="coverage")


def full_coverage(population: pd.DataFrame, why_missing: pd.DataFrame) -> Exposure:
    """Return the exposure of a published list without a log: coverage 1, every unit-hour with population counts.

    Parameters
    ----------
    population, why_missing : DataFrames, index unit_code, columns hours
        People present (NaN where missing) and, for those, the position of "masked" or "absent" in WORDS.
    """
    people = population.to_numpy(float)
    why = np.where(np.isnan(people), why_missing.to_numpy(np.uint8), np.uint8(0))
    return Exposure(population.index, population.columns, people, people.copy(), None, None, why)


def observable_person_hours(population: pd.DataFrame, why_missing: pd.DataFrame, log: pd.DataFrame) -> Exposure:
    """Return population × estimated coverage: what the log can be expected to see of the people who are there.

    Question: how many person-hours of each unit and hour would the log hold, chance fluctuations of single
    visits aside?

    Parameters
    ----------
    population, why_missing : DataFrames, index unit_code, columns consecutive aware hours
        As in full_coverage.
    log : DataFrame, one row per facility and hour
        `facility_id`, `unit_code`, `category`, `hour`, `entries`, `person_minutes`, `missing` ("" while the
        facility logs). Rows outside the units or hours are ignored; a facility-hour without a row does not log.

    Notes
    -----
    P: people present, L: logged person-hours, over unit-hours with both (others leave numerator and denominator
    alike). For a facility f of category k that logs in hour h, of slot s (hour of the day × weekday or weekend):
    coverage c_fs = r_f × (L_fs + κ g_ks) / (A_fs + κ), with r_f = ΣL_f / ΣP_f its overall coverage,
    A_fs = r_f ΣP over its hours of the slot, g_ks the same ratio for its category, κ = 3 visits' person-hours.
    M_uh = P_uh × Σ c_fs over the facilities that log in that very hour. Days, then hours, follow the log by their
    credibility, so that a festival is a crowd and not a risk: M × (1 + Z (L / M − 1)), Z = φ²M / (φ²M + w),
    w = person-hours of one visit (in an hour: at most 1), φ² the unit's variance of levels beyond chance (moments,
    at least 0). O is scaled so that ΣO_u = ΣL_u.
    """
    people = population.to_numpy(float)
    rows = _active(log, population.index, population.columns)
    shape = people.shape
    cell = rows["unit"].to_numpy() * shape[1] + rows["at"].to_numpy()
    logs = np.bincount(cell, minlength=people.size).reshape(shape) > 0
    entries = np.bincount(cell, rows["entries"], minlength=people.size).reshape(shape)
    silent = np.uint8(WORDS.index(NO_FACILITY))
    why = np.where(np.isnan(people), why_missing.to_numpy(np.uint8), np.where(logs, np.uint8(0), silent))
    known = why == 0
    rows = rows[known.ravel()[cell]]
    cell = rows["unit"].to_numpy() * shape[1] + rows["at"].to_numpy()
    logged = np.bincount(cell, rows["person_hours"], minlength=people.size).reshape(shape)
    visit = _person_hours_per_visit(rows)
    rate = _facility_rates(rows, people.ravel()[cell], population.columns, PRIOR_VISITS * visit)
    smooth = np.where(known, people, 0.0) * np.bincount(cell, rate, minlength=people.size).reshape(shape)
    observable = _follow_log(smooth, logged, population.columns, visit)
    return Exposure(
        codes=population.index,
        hours=population.columns,
        population=people,
        observable=np.where(known, observable, np.nan),
        logged=np.where(known, logged, np.nan),
        entries=np.where(logs, entries, np.nan),
        why=why,
    )


def _active(log: pd.DataFrame, codes: pd.Index, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the facility-hours that have a figure, with positions of unit and hour."""
    rows = pd.DataFrame(
        {
            "facility": pd.factorize(log["facility_id"])[0],
            "category": pd.factorize(log["category"])[0],
            "unit": codes.get_indexer(log["unit_code"]),
            "at": hours.get_indexer(pd.DatetimeIndex(log["hour"])),
            "entries": log["entries"].to_numpy(dtype=float, na_value=np.nan),
            "person_hours": log["person_minutes"].to_numpy(dtype=float, na_value=np.nan) / 60,
        }
    )
    return rows[(rows["unit"] >= 0) & (rows["at"] >= 0) & (log["missing"] == "").to_numpy()]


def _person_hours_per_visit(rows: pd.DataFrame) -> float:
    entries = float(rows["entries"].sum())
    return float(rows["person_hours"].sum()) / entries if entries else 1.0


def _facility_rates(rows: pd.DataFrame, people: np.ndarray, hours: pd.DatetimeIndex, prior: float) -> np.ndarray:
    """Return the coverage of each facility-hour: its facility's level × its slot's shape."""
    if rows.empty or prior <= 0:
        return np.zeros(len(rows))
    slot = hours.hour.to_numpy() + 24 * (hours.day_of_week.to_numpy() >= 5)
    facility, category = rows["facility"].to_numpy(), rows["category"].to_numpy()
    seen, at = rows["person_hours"].to_numpy(), slot[rows["at"].to_numpy()]
    total, base = np.bincount(facility, seen), np.bincount(facility, people)
    level = np.divide(total, base, out=np.zeros(len(base)), where=base > 0)
    flat = level[facility] * people
    everyone = _ratio(np.bincount(at, seen, SLOTS), np.bincount(at, flat, SLOTS), prior, np.ones(SLOTS))
    of_category = category * SLOTS + at
    size = (category.max() + 1) * SLOTS
    kind = _ratio(
        np.bincount(of_category, seen, size), np.bincount(of_category, flat, size), prior,
        np.tile(everyone, size // SLOTS),
    )  # fmt: skip
    own = facility * SLOTS + at
    size = (facility.max() + 1) * SLOTS
    lean = np.zeros(size)
    lean[own] = kind[of_category]
    shape = _ratio(np.bincount(own, seen, size), np.bincount(own, flat, size), prior, lean)
    return level[facility] * shape[own]


def _ratio(seen: np.ndarray, flat: np.ndarray, prior: float, lean: np.ndarray) -> np.ndarray:
    return (seen + prior * lean) / (flat + prior)


def _follow_log(smooth: np.ndarray, logged: np.ndarray, hours: pd.DatetimeIndex, visit: float) -> np.ndarray:
    """Return the smooth estimate raised or lowered to the log as far as it is credible: by days, then by hours."""
    _, day = np.unique(hours.normalize().asi8, return_inverse=True)
    days = day.max() + 1
    level = _credible_level(_by_day(smooth, day, days), _by_day(logged, day, days), visit)
    by_day = smooth * level[:, day]
    followed = by_day * _credible_level(by_day, logged, min(visit, 1.0))
    return followed * _quotient(logged.sum(axis=1), followed.sum(axis=1))[:, None]


def _credible_level(expected: np.ndarray, seen: np.ndarray, visit: float) -> np.ndarray:
    """Return by how much to multiply what is expected (units × periods, scaled to what is seen in all of them).

    `visit`: person-hours that one visit adds to a period, the grain of chance.
    """
    scale = _quotient(seen.sum(axis=1), expected.sum(axis=1))[:, None]
    scaled = expected * scale
    excess = ((seen - scaled) ** 2 - visit * scaled).sum(axis=1)
    variance = np.maximum(_quotient(excess, (scaled**2).sum(axis=1)), 0.0)[:, None] * scaled
    credible = variance / (variance + visit)
    return scale * (1 + credible * np.where(scaled > 0, _quotient(seen, scaled) - 1, 0.0))


def _by_day(values: np.ndarray, day: np.ndarray, days: int) -> np.ndarray:
    sums = np.zeros((days, len(values)))
    np.add.at(sums, day, values.T)
    return sums.T


def _quotient(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return np.divide(upper, lower, out=np.zeros_like(upper, dtype=float), where=lower > 0)
