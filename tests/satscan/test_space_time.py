"""Space-time runs from files against loops that know nothing of the readers or the scan."""

from datetime import date, timedelta

import numpy as np
import pytest

from tests.statistics.scan.brute_force import best_by_centre

FIRST = date(2020, 2, 20)
PLACES, DAYS = 9, 12
STRATA = ("m", "f")


class Town:
    """Nine places, twelve days across a leap day, people of two strata who come and go between two dates."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.xy = draw.uniform(0, 50, (PLACES, 2)).round(3)
        self.people = draw.integers(10, 500, (2, PLACES, 2))  # date, place, stratum
        self.cases = draw.poisson(0.3, (PLACES, DAYS, 2))
        self.cases[draw.integers(PLACES), DAYS - 4 :, 0] += 2
        self.controls = draw.poisson(1.0, (PLACES, DAYS))

    def files(self) -> dict:
        days = [FIRST + timedelta(day) for day in range(DAYS)]
        where = np.argwhere(self.cases)
        return {
            "geo": [(f"p{at}", x, y) for at, (x, y) in enumerate(self.xy)],
            "cas": [(f"p{p}", self.cases[p, d, k], days[d].strftime("%Y/%m/%d"), STRATA[k]) for p, d, k in where],
            "pop": [
                (f"p{place}", day, self.people[at, place, k], stratum)
                for at, day in enumerate(("2020/2", "2020/3"))
                for place in range(PLACES)
                for k, stratum in enumerate(STRATA)
            ],
            "ctl": [(f"p{p}", self.controls[p, d], f"{days[d]}") for p, d in np.argwhere(self.controls)],
        }

    def undivided(self) -> list[tuple]:
        return [row[:3] for row in self.files()["cas"]]

    def expected(self) -> np.ndarray:
        """Return expected cases, places × days: the population at noon is that of the day, exactly."""
        noon = [(FIRST + timedelta(day) - date(2020, 2, 15)).days + 0.5 for day in range(DAYS)]
        part = np.array(noon) / 29
        people = self.people[0][:, None] * (1 - part[:, None]) + self.people[1][:, None] * part[:, None]
        return (people * (self.cases.sum(axis=(0, 1)) / people.sum(axis=(0, 1)))).sum(axis=2)


def options(analysis: str, model: str = "poisson") -> list[str]:
    last = FIRST + timedelta(DAYS - 1)
    return [
        "--coordinates-type", "cartesian", "--analysis", analysis, "--model", model, "--max-radius", "30",
        "--max-duration", "5", "--start", str(FIRST), "--end", str(last),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("analysis", ["space-time", "prospective"])
@pytest.mark.parametrize("model", ["poisson", "bernoulli", "permutation"])
def test_the_best_window_of_every_centre_is_that_of_the_loops(written, model, analysis, seed):
    town = Town(seed)
    made = town.files()
    seen = town.cases.sum(axis=2)
    people = {"poisson": town.expected(), "bernoulli": seen + town.controls, "permutation": None}[model]
    kept = {"poisson": ("cas", "geo", "pop"), "bernoulli": ("geo", "ctl"), "permutation": ("geo",)}[model]
    contents = {name: made[name] for name in kept}
    runner = written(**({"cas": town.undivided()} | contents))
    answer = runner.scan(*options(analysis, model))
    ends = list(range(1, DAYS + 1)) if analysis == "space-time" else [DAYS]
    truth = best_by_centre(model, seen, people, town.xy, longest=5, ends=ends, max_radius=30)
    assert answer["clusters"][0]["llr"] == pytest.approx(truth.max(), rel=1e-9)
    for cluster in answer["clusters"]:
        centre = int(cluster["centre"].removeprefix("p"))
        assert cluster["llr"] == pytest.approx(truth[centre], rel=1e-9)
        inside = [int(code.removeprefix("p")) for code in cluster["members"]]
        first, last = ((date.fromisoformat(cluster[side]) - FIRST).days for side in ("start", "end"))
        assert cluster["observed"] == seen[inside, first : last + 1].sum()
        if model == "poisson":
            assert cluster["expected"] == pytest.approx(people[inside, first : last + 1].sum(), rel=1e-9)
        assert (cluster["recurrence_interval"] is None) == (analysis == "space-time")


def test_degrees_are_scanned_in_kilometres(written):
    runner = written(
        geo=[("a", 37.36, 126.93), ("b", 37.37, 126.93), ("c", 37.9, 127.5)],
        pop=[("a", 2020, 10), ("b", 2020, 10), ("c", 2020, 100)],
        cas=[("a", 5, 2020), ("b", 5, 2020), ("c", 2, 2020)],
    )
    first = runner.scan("--max-radius", "2")["clusters"][0]
    assert sorted(first["members"]) == ["a", "b"]
    assert first["radius"] == pytest.approx(6371 * np.radians(0.01), rel=2e-3)
    assert runner.scan("--max-radius", "1")["clusters"][0]["radius"] == 0


def test_years(written):
    runner = written(
        geo=[("a", 0, 0), ("b", 9, 0)],
        pop=[("a", "75", 100), ("b", "75", 100)],
        cas=[("a", 1, "73"), ("b", 2, "74/5/1"), ("a", 8, "75"), ("b", 1, "76"), ("b", 1, "78/12/31")],
    )
    answer = runner.scan(
        "--coordinates-type", "cartesian", "--analysis", "space-time", "--time-unit", "year",
        "--start", "1973", "--end", "1978",
    )  # fmt: skip
    first = answer["clusters"][0]
    assert (first["members"], first["start"], first["end"]) == (["a"], "1975-01-01", "1975-12-31")
    assert first["expected"] == pytest.approx(13 / 2 * 365 / (6 * 365 + 1), rel=1e-12)


def test_the_iterative_scan_and_sequential_stopping(written):
    town = Town(5)
    made = town.files()
    runner = written(cas=town.undivided(), geo=made["geo"])
    once = runner.scan(*options("space-time", "permutation"))
    again = runner.scan(*options("space-time", "permutation"), "--iterative", 2)
    assert again["clusters"][0]["members"] == once["clusters"][0]["members"]
    assert len(again["clusters"]) <= 2
    stopped = runner.scan(*options("space-time", "permutation"), "--stop-after", 5, draws=999)
    assert stopped["replicates"] <= 999
