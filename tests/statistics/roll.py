"""The roll of every statistic: its input, how to run it, which p-values must be uniform under its null."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.statistics import weights
from analytics.statistics.facility_risk import facility_risk
from analytics.statistics.gi_star import gi_star, gi_star_permutation
from analytics.statistics.gi_star_null import gi_star_under_null
from analytics.statistics.local_moran import local_moran, local_moran_permutation
from analytics.statistics.persons.permutation import person_permutation
from analytics.statistics.persons.person_scan import person_scan, simulate_counts
from analytics.statistics.persons.visit_null import visit_null
from analytics.statistics.rates import empirical_bayes, local_empirical_bayes, relative_risk, smoothed_interval
from analytics.statistics.scan import scan
from analytics.statistics.significance import fdr
from tests.statistics import little_worlds as worlds
from tests.statistics.little_worlds import Frames

LOCAL_DRAWS = 4_999
"""With 1,999 a single cell of 49 could only just pass the false discovery rate two-sided."""


@dataclass(frozen=True)
class Statistic:
    """One statistic. `run(seed, replicates, **frames)` gives a number per unit: for tests, p (NaN: not tested)."""

    name: str
    world: Callable[[np.random.Generator, str], Frames]
    run: Callable[..., pd.Series]
    random: bool = True
    gap: str = ""

    def frames(self, kind: str = "null", seed: int = 1) -> Frames:
        return self.world(np.random.default_rng(seed), kind)


@dataclass(frozen=True)
class LocalTest(Statistic):
    """A test of every unit: each p is uniform, and q says hot."""

    def hot(self, p: pd.Series, alpha: float = 0.05) -> pd.Series:
        tested = p.notna()
        q = pd.Series(1.0, index=p.index)
        q[tested] = fdr(p[tested].to_numpy())
        return q <= alpha

    def uniform(self, p: pd.Series) -> np.ndarray:
        return p.dropna().to_numpy()


@dataclass(frozen=True)
class ScanTest(Statistic):
    """A test of the whole map: the p of its strongest window is uniform, and p says hot."""

    def hot(self, p: pd.Series, alpha: float = 0.05) -> pd.Series:
        return p <= alpha

    def uniform(self, p: pd.Series) -> np.ndarray:
        return np.array([p.min()])


def near(coordinates: pd.DataFrame):
    return weights.distance_band(coordinates, 360)


def of_clusters(clusters: pd.DataFrame, codes: pd.Index) -> pd.Series:
    p = {code: row.p for row in clusters.iloc[::-1].itertuples() for code in row.members}
    return pd.Series([p.get(code, 1.0) for code in codes], index=codes)


def gi(seed, replicates, values, coordinates):
    return gi_star(values, near(coordinates))["p"]


def gi_drawn(seed, replicates, values, coordinates):
    return gi_star_permutation(values, near(coordinates), permutations=LOCAL_DRAWS, seed=seed)["p_sim"]


def moran(seed, replicates, values, coordinates):
    return local_moran(values, near(coordinates))["p"]


def moran_drawn(seed, replicates, values, coordinates):
    return local_moran_permutation(values, near(coordinates), permutations=LOCAL_DRAWS, seed=seed)["p_sim"]


def gi_null(seed, replicates, visits, exposure, coordinates):
    null = visit_null(visits, exposure)
    seen = null.codes[null.unit].value_counts().reindex(exposure.index, fill_value=0)
    drawn = simulate_counts(visits, exposure, replicates=max(replicates, 999), seed=seed)
    return gi_star_under_null(seen, drawn, exposure.sum(axis=1), near(coordinates))["p"]


def persons(seed, replicates, visits, exposure, coordinates):
    found = person_scan(visits, exposure, coordinates, max_days=4, replicates=replicates, seed=seed)
    return of_clusters(found.clusters, exposure.index)


def gathered(rng: np.random.Generator, kind: str) -> Frames:
    """Return visits; where people gather, each is another person's: only the others can tell what is usual."""
    frames = worlds.visited(rng, kind)
    if kind == "planted":
        frames["visits"] = frames["visits"].assign(person=[f"p{n}" for n in range(len(frames["visits"]))])
    return frames


def persons_only(seed, replicates, visits, exposure, coordinates):
    period = {"start": worlds.DATES[0].date(), "end": (worlds.DATES[-1] + pd.Timedelta(days=1)).date()}
    told = {**period, "max_share": 0.3, "max_days": 4, "replicates": replicates, "seed": seed}
    return of_clusters(person_permutation(visits, coordinates, **told), coordinates.index)


def scanned(model: str, analysis: str) -> Statistic:
    def run(seed, replicates, cases, coordinates, baseline=None):
        told = {"model": model, "analysis": analysis, "replicates": replicates, "seed": seed}
        return of_clusters(scan(cases, baseline, coordinates, **told), cases.index)

    gap = "cases" if model == "permutation" else "baseline"
    return ScanTest(f"scan: {model}, {analysis}", getattr(worlds, model), run, gap=gap)


def smoothed(seed, replicates, events, exposure, coordinates):
    return empirical_bayes(events, exposure)["smoothed"]


def smoothed_nearby(seed, replicates, events, exposure, coordinates):
    return local_empirical_bayes(events, exposure, near(coordinates))["smoothed"]


def at_least(seed, replicates, events, exposure, coordinates):
    return smoothed_interval(events, exposure)["ci_low"]


def times_the_rest(seed, replicates, events, exposure, coordinates):
    expected = exposure * events.sum() / exposure.sum()
    return relative_risk(events, expected, int(events.sum()))["ci_low"]


def hazard(seed, replicates, facilities, visitors, infectious):
    return facility_risk(facilities, visitors, infectious)["relative_hazard"]


TESTS = [
    LocalTest("gi_star", worlds.field, gi, random=False, gap="values"),
    LocalTest("gi_star_permutation", worlds.field, gi_drawn, gap="values"),
    LocalTest("gi_star_under_null", worlds.visited, gi_null),
    LocalTest("local_moran", worlds.field, moran, random=False, gap="values"),
    LocalTest("local_moran_permutation", worlds.field, moran_drawn, gap="values"),
    ScanTest("person_scan", worlds.visited, persons),
    ScanTest("person_permutation", gathered, persons_only),
    *(scanned("poisson", analysis) for analysis in ("spatial", "space-time", "prospective")),
    *(scanned("bernoulli", analysis) for analysis in ("spatial", "space-time", "prospective")),
    *(scanned("permutation", analysis) for analysis in ("space-time", "prospective")),
]
ESTIMATES = [
    Statistic("empirical_bayes", worlds.rates, smoothed, random=False, gap="exposure"),
    Statistic("local_empirical_bayes", worlds.rates, smoothed_nearby, random=False, gap="exposure"),
    Statistic("smoothed_interval", worlds.rates, at_least, random=False, gap="exposure"),
    Statistic("relative_risk", worlds.rates, times_the_rest, random=False, gap="events"),
    Statistic("facility_risk", worlds.premises, hazard, random=False, gap="infectious"),
]
EVERY = TESTS + ESTIMATES
WITH_NEIGHBOURS = [statistic for statistic in EVERY if "gi_" in statistic.name or "local" in statistic.name]
