"""Little worlds on 7 × 7 cells in which the truth is known: nothing, a planted cross of five cells, or all equal.

Each maker takes a generator and a kind ("null", "planted", "constant") and returns the frames of one statistic.
Crowds and coverage are very unequal wherever there are any: places that are only busy must stay quiet.
"""

import numpy as np
import pandas as pd

SIDE, DAYS, VISITS = 7, 8, 60
CODES = pd.Index([f"c{number:02d}" for number in range(SIDE * SIDE)], name="unit_code")
CENTRE, PLANTED = "c24", ["c17", "c23", "c24", "c25", "c31"]
HOURS = pd.date_range("2020-08-01", periods=24 * DAYS, freq="h", tz="Asia/Seoul")
DATES = pd.DatetimeIndex(HOURS[::24].tz_localize(None))
Frames = dict[str, pd.DataFrame | pd.Series]


def places() -> pd.DataFrame:
    column, row = np.tile(np.arange(SIDE), SIDE), np.repeat(np.arange(SIDE), SIDE)
    return pd.DataFrame({"x": column * 250.0, "y": row * 250.0}, index=CODES)


def crowds(rng) -> np.ndarray:
    """Return the people of each cell: some hold fifty times what others hold."""
    return rng.lognormal(3, 1.0, len(CODES))


def field(rng, kind: str) -> Frames:
    """Return values that are noise, with a planted rise, or constant."""
    values = pd.Series(rng.normal(5, 1, len(CODES)), index=CODES)
    if kind == "constant":
        values[:] = 0.3
    if kind == "planted":
        values[[*PLANTED, "c16", "c18", "c30", "c32"]] += 6  # a square: arms of a cross have quiet neighbours
    return {"values": values, "coordinates": places()}


def rates(rng, kind: str) -> Frames:
    """Return events on unequal crowds."""
    exposure = pd.Series(crowds(rng), index=CODES)
    events = pd.Series(rng.poisson(exposure * 0.2), index=CODES)
    return {"events": events, "exposure": exposure, "coordinates": places()}


def poisson(rng, kind: str) -> Frames:
    """Return cases by cell and day that fall on crowds which change from day to day."""
    people = pd.DataFrame(np.outer(crowds(rng), rng.uniform(0.5, 2, DAYS)), index=CODES, columns=DATES)
    cases = pd.DataFrame(1, index=CODES, columns=DATES)
    if kind == "constant":
        people[:] = 3.0
    else:
        share = people.to_numpy().ravel() / people.to_numpy().sum()
        cases[:] = rng.multinomial(VISITS, share).reshape(people.shape)
    return {"cases": planted(cases, kind), "baseline": people, "coordinates": places()}


def bernoulli(rng, kind: str) -> Frames:
    """Return cases that are a random sample of all who were tested."""
    tested = rng.poisson(crowds(rng)[:, None] * rng.uniform(0.05, 0.2, DAYS), (len(CODES), DAYS))
    cases = rng.multivariate_hypergeometric(tested.ravel(), VISITS).reshape(tested.shape)
    if kind == "constant":
        tested, cases = np.full(tested.shape, 3), np.ones(tested.shape, int)
    cases = pd.DataFrame(cases, index=CODES, columns=DATES)
    with_rise = planted(cases, kind)
    return {"cases": with_rise, "baseline": tested + with_rise - cases, "coordinates": places()}


def permutation(rng, kind: str) -> Frames:
    """Return cases whose days do not depend on their cells; some cells and days have many."""
    return {name: frame for name, frame in poisson(rng, kind).items() if name != "baseline"}


def planted(cases: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the cases with a rise in the cross, on the last two days, if it is to be."""
    rise = cases.index.isin(PLANTED)[:, None] & (np.arange(DAYS) >= DAYS - 2) & (kind == "planted")
    return cases + 4 * rise


def visited(rng, kind: str) -> Frames:
    """Return visits that fall on unequal crowds, seen with unequal coverage and in some hours not at all."""
    rhythm = 0.2 + np.sin(np.pi * np.arange(24) / 24) ** 2
    exposure = pd.DataFrame(np.outer(crowds(rng), np.tile(rhythm, DAYS)), index=CODES, columns=HOURS)
    exposure *= rng.uniform(0.02, 0.9, (len(CODES), 1))
    exposure = exposure.mask(rng.random(exposure.shape) < 0.2)
    exposure.iloc[:3] = np.nan
    if kind == "constant":
        exposure[:] = 1.0
        rows = [(f"p{n}", code, 24 * (n % DAYS) + 12) for n, code in enumerate(CODES)]
    else:
        hours = rng.choice(24 * DAYS, VISITS, p=np.tile(rhythm, DAYS) / rhythm.sum() / DAYS)
        chance = np.nan_to_num(exposure.to_numpy())[:, hours]
        units = (rng.random(VISITS) >= np.cumsum(chance, axis=0) / chance.sum(axis=0)).sum(axis=0)
        people = rng.integers(0, VISITS // 3, VISITS)
        rows = [(f"p{n}", CODES[unit], hour) for n, unit, hour in zip(people, units, hours, strict=True)]
    if kind == "planted":
        exposure.loc[PLANTED] = exposure.loc[PLANTED].fillna(1.0)
        rows += [(f"q{n}", PLANTED[n % 5], 24 * (DAYS - 1 - n % 2) + 13) for n in range(15)]
    visits = pd.DataFrame(rows, columns=["person", "unit", "hour"])
    start = HOURS[visits.pop("hour")]
    visits = visits.assign(start=start, end=start + pd.Timedelta(hours=1))
    return {"visits": visits, "exposure": exposure, "coordinates": places()}


def premises(rng, kind: str) -> Frames:
    """Return facilities (one a cell) with their visitors and infectious visitors of two evenings."""
    area, stay = rng.uniform(20, 400, len(CODES)), rng.uniform(20, 120, len(CODES))
    infectious = pd.DataFrame(rng.integers(0, 2, (len(CODES), 2)), index=CODES)
    return {
        "facilities": pd.DataFrame({"area_m2": area, "dwell_minutes": stay}, index=CODES),
        "visitors": infectious + rng.integers(1, 40, infectious.shape),
        "infectious": infectious,
    }
