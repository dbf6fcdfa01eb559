"""Runs methods on simulated towns and tells what they are worth: power, false alarms, how far off they point."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from scipy import stats

from ..geography import centres
from ..parameters import Parameters
from ..verdict import hot_units, scan_persons
from .model import Planted, Sample, Scenario

LEVEL = 0.95


@dataclass(frozen=True)
class Call:
    """What a method marks: unit codes, the point in metres where it sees the strongest signal, and its days."""

    units: tuple[str, ...]
    peak: tuple[float, float] | None = None
    days: tuple[date, date] | None = None


@dataclass(frozen=True)
class Score:
    """How one method did in one scenario.

    `alarms` of `runs` marked anything; `low`, `high`: exact 95 % interval of that share (Clopper–Pearson). The
    rest is None where nothing was planted. `found`: share of runs in which a planted unit is marked (power). Over
    runs with an alarm: `units_found`, share of the planted units marked; `units_right`, share of the marked units
    that were planted; `distance_m`, median from the centre of what was planted to the peak; `days_overlap`, common
    days ÷ days of either.
    """

    scenario: str
    method: str
    expected: str
    runs: int
    alarms: int
    low: float
    high: float
    found: float | None = None
    units_found: float | None = None
    units_right: float | None = None
    distance_m: float | None = None
    days_overlap: float | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the score for JSON."""
        return asdict(self)


def hot(sample: Sample, parameters: Parameters) -> Call:
    """Return the final word of a run on this town: the units of person-based clusters with p ≤ alpha."""
    places = centres(sample.units)
    scan = scan_persons(sample.visits, sample.exposure, places, parameters, only_hot=True)
    units = hot_units(scan, parameters.alpha)
    if not units:
        return Call(())
    first = scan.clusters.iloc[0]
    return Call(tuple(units), centre_of(places, first["members"]), (first["start"], first["end"]))


def centre_of(places: pd.DataFrame, units: Sequence[str]) -> tuple[float, float]:
    """Return the middle of the units' centres, metres."""
    middle = places.loc[list(units)].mean()
    return float(middle["x"]), float(middle["y"])


def draw(scenario: Scenario, seed: int, run: int) -> Sample:
    """Return town number `run` of a scenario: the same for every method, and however many runs there are."""
    return scenario.make(np.random.default_rng([seed, run]))


def score(
    scenario: Scenario, method: str, planted: Sequence[Planted | None], calls: Sequence[Call], places: pd.DataFrame
) -> Score:
    """Return the score of one method's calls on towns of one scenario, given what was planted in each.

    `places`: `x`, `y` of the units' centres, metres.
    """
    alarms = sum(bool(call.units) for call in calls)
    low, high = interval(alarms, len(calls))
    told = Score(scenario.name, method, scenario.expected, len(calls), alarms, low, high)
    pairs = [(truth, call) for truth, call in zip(planted, calls, strict=True) if call.units and truth is not None]
    if all(truth is None for truth in planted):
        return told
    shared = [len(set(call.units) & set(truth.units)) for truth, call in pairs]
    return replace(
        told,
        found=sum(count > 0 for count in shared) / len(calls),
        units_found=_mean([n / len(truth.units) for n, (truth, _) in zip(shared, pairs, strict=True)]),
        units_right=_mean([n / len(call.units) for n, (_, call) in zip(shared, pairs, strict=True)]),
        distance_m=_median([math.dist(call.peak, centre_of(places, truth.units)) for truth, call in pairs]),
        days_overlap=_mean([_overlap(truth, call.days) for truth, call in pairs if call.days]),
    )


def interval(alarms: int, runs: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share (Clopper & Pearson 1934)."""
    found = stats.binomtest(alarms, runs).proportion_ci(LEVEL, method="exact")
    return float(found.low), float(found.high)


def most_alarms(runs: int, alpha: float) -> int:
    """Return the most alarms that do not reject a rate of alpha at the 1 % level: 67 of 1,000 at 0.05."""
    return int(stats.binom.isf(0.01, runs, alpha))


def _overlap(planted: Planted, days: tuple[date, date]) -> float:
    one = pd.date_range(planted.start, planted.end, inclusive="left")
    other = pd.date_range(*days, inclusive="left")
    return len(one.intersection(other)) / len(one.union(other))


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _median(values: list[float]) -> float | None:
    return float(np.median(values)) if values else None
