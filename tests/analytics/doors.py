"""A town's doors for the tests of visitor coverage: who came and who signed in, by rules the estimator does not
know.

Nothing here is logistic-normal. Facilities are diligent, middling or lax (a mixture with uniform scatter, in
shares that differ by category); rain makes everybody skip; queues make people walk past; staff forget whole
shifts; groups sign in as one; a few counters count a little wrong.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

CATEGORIES = ("academy", "cafe", "gym", "karaoke", "store")
DILIGENT, MIDDLING = np.array([0.7, 0.3, 0.6, 0.8, 0.15]), np.array([0.2, 0.5, 0.3, 0.1, 0.5])
LEVELS = ((0.74, 0.94), (0.5, 0.74), (0.24, 0.5))  # uniform within, for diligent, middling, lax
OPENS, CLOSES = np.array([13, 8, 6, 14, 9]), np.array([22, 22, 23, 24, 23])
BUSY = np.array([17, 12, 19, 21, 18])
FIRST = pd.Timestamp("2020-08-03", tz="Asia/Seoul")


@dataclass(frozen=True)
class Doors:
    """`unit`, `category` of each facility; `came`, `logged`, `open`, `chance` to sign in of facilities × hours."""

    unit: np.ndarray
    category: np.ndarray
    came: np.ndarray
    logged: np.ndarray
    open: np.ndarray
    chance: np.ndarray

    @property
    def hours(self) -> pd.DatetimeIndex:
        return pd.date_range(FIRST, periods=self.came.shape[1], freq="h", unit="us")

    def log(self) -> pd.DataFrame:
        """Return the log as coverage_by takes it, with unit_code."""
        count, size = self.came.shape
        return pd.DataFrame(
            {
                "facility_id": np.repeat([f"f{n:04d}" for n in range(count)], size),
                "unit_code": np.repeat([f"u{n:03d}" for n in self.unit], size),
                "category": np.repeat(np.array(CATEGORIES)[self.category], size),
                "hour": np.tile(self.hours, count),
                "entries": np.where(self.open, self.logged, np.nan).ravel(),
                "missing": np.where(self.open, "", "closed").ravel(),
            }
        )

    def counts(self, rng: np.random.Generator, share: float, hours: float = 1.0) -> pd.DataFrame:
        """Return door counts at a share of the facilities, drawn at random, in a share of their open hours."""
        chosen = rng.choice(len(self.unit), max(int(share * len(self.unit)), 1), replace=False)
        place = np.zeros(self.came.shape, bool)
        place[chosen] = self.open[chosen] & (rng.random((len(chosen), self.came.shape[1])) < hours)
        facility, hour = np.nonzero(place)
        wrong = rng.binomial(self.came[place], 0.02) - rng.binomial(self.came[place], 0.02)
        names = [f"f{n:04d}" for n in facility]
        return pd.DataFrame({"facility_id": names, "hour": self.hours[hour], "counted": self.came[place] + wrong})

    def truth(self, group: np.ndarray, groups: int) -> np.ndarray:
        """Return logged ÷ came of groups (given for each facility-hour); NaN where nobody came."""
        return self._share(self.logged, group, groups)

    def best_guess(self, group: np.ndarray, groups: int) -> np.ndarray:
        """Return the same as somebody would expect it who knows every chance, and not who then signed in."""
        return self._share(self.came * self.chance, group, groups)

    def _share(self, part: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
        group = group.reshape(self.came.shape)
        seen = self.open & (group >= 0)
        inside, came = (np.bincount(group[seen], values[seen], groups) for values in (part, self.came))
        return np.divide(inside, came, out=np.full(groups, np.nan), where=came > 0)


def make_doors(seed: int, *, facilities: int = 1_200, units: int = 30, days: int = 14) -> Doors:
    """Return one town."""
    rng = np.random.default_rng(seed)
    clock, day = np.arange(24 * days) % 24, np.arange(24 * days) // 24
    unit = np.sort(rng.integers(0, units, facilities))
    category = rng.integers(0, len(CATEGORIES), facilities)
    opened = (clock >= OPENS[category][:, None]) & (clock < CLOSES[category][:, None])
    rhythm = 0.4 + 1.6 * np.exp(-(((clock - BUSY[category][:, None]) / 2.5) ** 2))
    usual = np.exp(rng.normal(np.log(6), 0.7, (facilities, 1)))
    came = rng.poisson(usual * rhythm * rng.gamma(8, 1 / 8, days)[day] * opened)
    kind = rng.random(facilities)
    kind = np.where(kind < DILIGENT[category], 0, np.where(kind < (DILIGENT + MIDDLING)[category], 1, 2))
    low, high = np.array(LEVELS).T
    level = rng.uniform(low[kind], high[kind])[:, None]
    rain = np.where(rng.random(days) < 0.3, rng.uniform(0.75, 0.95, days), 1.0)[day]
    queue = 1 / (1 + 0.35 * np.maximum(came / (1.5 * usual) - 1, 0))
    forgot = np.repeat(rng.random((facilities, 2 * days)) < 0.03, 12, axis=1)
    share = np.clip(level * rain * queue * np.where(forgot, 0.3, 1.0), 0, 1)
    groups = rng.binomial(came, 0.25) // 3  # three of them as one: all sign in, or nobody does
    logged = rng.binomial(came - 3 * groups, share) + 3 * rng.binomial(groups, share)
    return Doors(unit, category, came, logged, opened, share)
