"""Every option of the command changes what it says it changes, and p and recurrence follow from the draws."""

import pytest

PLANE = ("--coordinates-type", "cartesian")
PROSPECTIVE = (*PLANE, "--analysis", "prospective", "--model", "permutation")
GEO = [(f"p{at}", at % 3, at // 3) for at in range(9)]
SPREAD = [(f"p{at % 9}", 1 + at % 2, f"2020/8/{1 + at % 7}") for at in range(40)]


@pytest.fixture
def quiet(written):
    """A town without a cluster."""
    return written(cas=SPREAD, geo=GEO, pop=[(place, 2020, 10 + at) for at, (place, *_) in enumerate(GEO)])


@pytest.fixture
def loud(written):
    """A town with one that no draw reaches."""
    rows = [*SPREAD, ("p4", 30, "2020/8/7")]
    return written(cas=rows, geo=GEO, pop=[(place, 2020, 10) for place, *_ in GEO])


@pytest.mark.parametrize("draws", [19, 99, 199])
def test_p_counts_the_draws_asked_for_and_gumbels_goes_below(loud, draws):
    answer = loud.scan(*PLANE, "--analysis", "space-time", draws=draws)
    first = answer["clusters"][0]
    assert answer["replicates"] == answer["parameters"]["replicates"] == draws
    assert first["p_value"] == pytest.approx(1 / (1 + draws))
    assert first["gumbel_p_value"] < 1e-4
    for cluster in answer["clusters"]:
        reached = cluster["p_value"] * (1 + draws)
        assert reached == pytest.approx(round(reached))


def test_draws_stop_after_so_many_exceedances_and_p_is_their_share(quiet):
    whole, stopped = (quiet.scan(*PLANE, *more, draws=299) for more in ((), ("--stop-after", 5)))
    assert whole["replicates"] == 299
    assert 5 <= stopped["replicates"] < 100
    assert stopped["clusters"][0]["p_value"] == pytest.approx(5 / stopped["replicates"])


def test_the_seed_decides_the_draws_and_another_one_draws_others(quiet):
    one, again, other = (quiet.scan(*PLANE, "--seed", seed, draws=99)["clusters"][0] for seed in (3, 3, 4))
    assert one == again
    assert one["gumbel_p_value"] != other["gumbel_p_value"]
    assert one["llr"] == other["llr"]


def test_an_earlier_first_look_raises_p_and_the_recurrence_is_that_of_one_look(quiet):
    options = (*PROSPECTIVE, "--start", "2020/8/1", "--end", "2020/8/7", "--max-duration", 2)
    once = quiet.scan(*options, draws=199)["clusters"][0]
    often = quiet.scan(*options, "--first-look", "2020/8/3", draws=199)["clusters"][0]
    assert once["llr"] == often["llr"]
    assert often["p_value"] > once["p_value"]
    assert once["recurrence_interval"] == pytest.approx(1 / once["p_value"])
    assert often["recurrence_interval"] == pytest.approx(1 / (1 - (1 - often["p_value"]) ** (1 / 5)))


@pytest.mark.parametrize(
    ("unit", "days", "dates"),
    [
        ("day", 1, ("2020/8/1", "2020/8/2")),
        ("month", 31, ("2020/1", "2020/3")),
        ("month", 29, ("2020/1", "2020/2")),
        ("year", 366, ("2018", "2020")),
        ("year", 365, ("2018", "2019")),
    ],
)
def test_one_looks_after_every_interval_so_its_days_are_those_of_the_recurrence(written, unit, days, dates):
    before, last = dates
    runner = written(cas=[("p0", 2, before), ("p1", 9, before), ("p0", 9, last), ("p1", 1, last)], geo=GEO[:2])
    first = runner.scan(*PROSPECTIVE, "--time-unit", unit, "--max-population", 1, draws=99)["clusters"][0]
    assert first["recurrence_interval"] == pytest.approx(days / first["p_value"])


def test_the_permutation_model_refuses_covariates(written):
    runner = written(cas="p0 5 2020/8/1 m\np1 1 2020/8/2 f\n", geo=GEO)
    assert "a.cas, line 1, field covariates: 4 fields" in runner.refusal(*PROSPECTIVE)


def test_a_round_expects_of_what_the_rounds_before_left(written):
    people = {"p0": 1_000, "p1": 20, "p2": 20, "p3": 20, "p4": 20}
    count = {"p0": 60, "p1": 15, "p2": 3, "p3": 3, "p4": 3}
    runner = written(
        geo=[(place, 10 * at, 0) for at, place in enumerate(people)],
        cas=[(place, number, "2020/8/1") for place, number in count.items()],
        pop=[(place, 2020, number) for place, number in people.items()],
    )
    first, second = runner.scan(*PLANE, "--iterative", 2, draws=99)["clusters"]
    assert first["members"] == ["p1"]
    assert first["expected"] == pytest.approx(84 * 20 / 1_080)
    kept = {place for place in people if place not in first["members"]}
    share = sum(people[place] for place in second["members"]) / sum(people[place] for place in kept)
    assert second["expected"] == pytest.approx(sum(count[place] for place in kept) * share)
