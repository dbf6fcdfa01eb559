"""`python -m analytics.warm`: compile every kernel once, on a toy town, so that nobody at a desk waits for it.

Set-up does this. What is compiled is kept for these sources (kernel_cache); later runs load it in a moment.
"""

import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

SIDE, DAYS = 6, 40
DRAWS, SEED = 99, 1


def warm() -> None:
    """Run every part of the statistics once, two at a time."""
    with ProcessPoolExecutor(2) as pool:
        for part in [pool.submit(part) for part in (scans, persons, others)]:
            part.result()


def town() -> tuple:
    """Return places, days and people of a toy town (units × days), with a generator."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    codes = pd.Index([f"{41410100 + number}" for number in range(SIDE * SIDE)], name="unit_code")
    east, north = (axis.ravel() * 100.0 for axis in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
    days = pd.date_range("2020-08-01", periods=DAYS, tz="Asia/Seoul", unit="us")
    people = pd.DataFrame(rng.integers(5, 50, (len(codes), DAYS)), codes, days)
    return pd.DataFrame({"x": east, "y": north}, index=codes), people, rng


def scans() -> None:
    """Compile the scan of counts: few cases and many, every model."""
    import numpy as np
    import pandas as pd

    from .statistics.scan import scan

    places, people, rng = town()
    people.columns = people.columns.tz_localize(None)
    share = (people / people.to_numpy().sum()).to_numpy().ravel()
    for cases in (2, 60):
        drawn = np.minimum(rng.multinomial(cases, share).reshape(people.shape), people)
        drawn.iloc[0, :2] += 1
        table = pd.DataFrame(drawn, people.index, people.columns)
        for model in ("poisson", "bernoulli", "permutation"):
            base = None if model == "permutation" else people
            asked = {"model": model, "max_length": 7, "replicates": DRAWS, "seed": SEED}
            scan(table, base, places, analysis="space-time", **asked)


def persons() -> None:
    """Compile the scan of persons, its permutation, and Gi* under its null."""
    import pandas as pd

    from .statistics.gi_star_null import gi_star_under_null
    from .statistics.persons.permutation import person_permutation
    from .statistics.persons.person_scan import person_scan, simulate_counts
    from .statistics.weights import distance_band

    places, people, rng = town()
    day = rng.integers(0, DAYS, 40)
    start = people.columns[day]
    told = {"person": rng.integers(0, 15, 40), "unit": rng.choice(people.index, 40), "start": start}
    visits = pd.DataFrame(told | {"end": start + timedelta(days=1)})
    hours = people.astype(float)
    seen = person_scan(visits, hours, places, replicates=DRAWS, seed=SEED).units
    drawn = simulate_counts(visits, hours, replicates=DRAWS, seed=SEED)
    gi_star_under_null(seen["observed"], drawn, seen["observable"], distance_band(places, 150))
    first, last = people.columns[0].date(), people.columns[-1].date()
    person_permutation(visits, places, start=first, end=last + timedelta(days=1), replicates=DRAWS, seed=SEED)


def others() -> None:
    """Compile the reader of population files, and the draws of Gi* and local Moran."""
    from .population import read_population
    from .statistics.gi_star import gi_star_permutation
    from .statistics.local_moran import local_moran_permutation
    from .statistics.weights import distance_band

    places, people, _ = town()
    for permuted in (gi_star_permutation, local_moran_permutation):
        permuted(people.sum(axis=1).astype(float), distance_band(places, 150), permutations=DRAWS, seed=SEED)
    rows = ['"기준일ID","시간대구분","행정동코드","총생활인구수"']
    for code in places.index:
        rows += [f'"20200801","{hour:02d}","{code}","{"*" if hour < 2 else 7.25}"' for hour in range(24)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "toy.csv")
        path.write_text("\r\n".join(rows) + "\r\n", "cp949", newline="")
        read_population([path])


if __name__ == "__main__":
    warm()
