"""Blind spots add up, rank by what an extension adds, take in no masked hour, and tell doors from streets."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.contract import read_extract
from analytics.coverage import MASKED
from analytics.footfall import blind_spots, open_hours
from analytics.footfall.blind_spots import COLUMNS
from analytics.geography import read_units
from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from analytics.population import read_population
from analytics.study import make_study
from tests.analytics.town import CODES, FIRST, NOW, make_town

PARAMETERS = Parameters(replicates=99, gi_replicates=99)


@pytest.fixture(scope="module")
def town_study(tmp_path_factory):
    """Return a town, its study, what its extract, population and units were read to."""
    town = make_town(31)
    town.people[3, 36:42] = np.nan  # 12 to 18 o'clock of the second day: masked
    inputs = town.write(tmp_path_factory.mktemp("blind"), town.cases(5))
    parts = read_extract(inputs["extract"]), read_population(inputs["population"]), read_units(inputs["units"])
    return town, make_study(*parts, PARAMETERS), parts, inputs


def found_in(study) -> pd.DataFrame:
    return blind_spots(study, study.visitor_coverage(1)).set_index("unit_code")


def test_open_hours_are_those_in_which_half_as_many_facilities_log_as_at_most(town_study):
    town, study, *_ = town_study
    logging = town.active.sum(axis=0).reshape(-1, 24)
    np.testing.assert_array_equal(open_hours(study).reshape(-1, 24), logging >= logging.max(axis=1)[:, None] / 2)


def test_what_is_unseen_is_people_less_observable_over_the_open_hours(town_study):
    town, study, *_ = town_study
    open_, found = open_hours(study), found_in(study)
    people = town.people[:, open_]
    np.testing.assert_allclose(found.loc[CODES[5], "person_hours"], np.nansum(people[5]), rtol=1e-6)
    seen = np.nansum(study.exposure.observable[5, open_])
    np.testing.assert_allclose(found.loc[CODES[5], "unseen_person_hours"], people[5].sum() - seen, rtol=1e-6)
    product = found["person_hours"] * (1 - found["share_seen"])
    np.testing.assert_allclose(found["unseen_person_hours"], product, rtol=1e-9)
    assert found["rank"].tolist() == list(range(1, len(found) + 1))


def test_the_rank_is_that_of_what_an_extension_would_add_and_not_of_crowds(town_study):
    town, study, *_ = town_study
    open_, found = open_hours(study), found_in(study)
    known = np.isfinite(study.exposure.population[:, open_])
    people = np.where(known, study.exposure.population[:, open_], 0.0).sum()
    seen = np.nansum(np.where(known, study.exposure.observable[:, open_], 0.0))
    gain = (found["person_hours"] * (seen / people - found["share_seen"])).clip(lower=0)
    np.testing.assert_allclose(found["gain_person_hours"], gain, rtol=1e-9, atol=1e-9)
    assert found["gain_person_hours"].is_monotonic_decreasing
    assert (gain > 0).any()
    assert (gain == 0).any()
    assert not found["unseen_person_hours"].is_monotonic_decreasing
    equal = found[gain == 0]
    assert equal["unseen_person_hours"].is_monotonic_decreasing


def test_masked_hours_are_in_no_figure_and_counted(town_study):
    town, study, *_ = town_study
    open_, row = open_hours(study), found_in(study).loc[CODES[3]]
    masked = study.exposure.lacks(MASKED)[3, open_].sum()
    assert row["masked_hours"] == masked > 0
    assert row["hours"] + masked == open_.sum()
    assert row["person_hours"] == pytest.approx(np.nansum(town.people[3, open_]), rel=1e-6)


def test_a_place_without_a_facility_is_seen_by_nobody_and_all_of_it_is_elsewhere(town_study):
    row = found_in(town_study[1]).loc[CODES[-1]]
    assert row[["share_seen", "relative_share", "facilities", "unregistered_person_hours"]].tolist() == [
        0,
        0,
        0,
        0,
    ]
    assert row["unseen_person_hours"] == row["person_hours"] == row["elsewhere_low"] == row["elsewhere_high"]
    assert row["basis"] == ""


def test_the_busiest_hour_is_the_one_with_the_most_unseen_people(town_study):
    town, study, *_ = town_study
    row, open_ = found_in(study).loc[CODES[-1]], open_hours(study)
    clock = np.arange(len(open_))[open_] % 24
    mean = pd.Series(town.people[-1, open_]).groupby(clock).mean()
    assert row["busiest_hour"] == mean.idxmax()
    assert row["people_unseen_then"] == pytest.approx(mean.max(), rel=1e-6)


def test_without_door_counts_nothing_tells_doors_from_streets(town_study):
    found = found_in(town_study[1])
    assumed = found[found["basis"] == "no_door_counts"]
    assert len(assumed) > 20
    assert assumed.loc[:, "unregistered_person_hours":"elsewhere_high"].isna().all(axis=None)


def test_door_counts_tell_them_apart_with_intervals_that_hold_the_estimate(town_study):
    town, _, (extract, *others), _ = town_study
    rng = np.random.default_rng(4)
    counted = [(f, h) for f, h in np.argwhere(town.active & (town.entries > 0)) if f % 3 == 0]
    counts = pd.DataFrame(
        {
            "facility_id": [f"f{facility:03d}" for facility, _ in counted],
            "hour": [FIRST + pd.Timedelta(hours=int(hour)) for _, hour in counted],
            "counted": [int(town.entries[at] + rng.poisson(town.entries[at])) for at in counted],  # half sign in
        }
    )
    counts["hour"] = pd.DatetimeIndex(counts["hour"]).as_unit("us")
    found = found_in(make_study(replace(extract, door_counts=counts), *others, PARAMETERS))
    told = found[found["basis"] == "counted"]
    assert len(told) > 5
    for name in ("unregistered", "elsewhere"):
        middle = told[f"{name}_person_hours"]
        assert (told[f"{name}_low"] <= middle).all()
        assert (middle <= told[f"{name}_high"]).all()
    both = told["unregistered_person_hours"] + told["elsewhere_person_hours"]
    np.testing.assert_allclose(both, told["unseen_person_hours"], rtol=1e-6)
    seen = told["person_hours"] - told["unseen_person_hours"]
    share = (seen / (seen + told["unregistered_person_hours"])).median()
    assert 0.4 < share < 0.6


def test_a_cell_of_a_sensitive_facility_alone_looks_like_one_without_any(town_study):
    town, _, (extract, people, units), _ = town_study
    found = found_in(make_study(extract, replace(people, unit_kind="cell"), units, PARAMETERS))
    sensitive = np.arange(len(town.unit)) % 5 == 0
    alone = np.setdiff1d(town.unit, town.unit[~sensitive])
    assert len(alone)
    for code in CODES[alone]:
        assert found.loc[code, ["share_seen", "facilities", "basis"]].tolist() == [0, 0, ""]


def test_published_routes_have_no_blind_spots_and_the_summary_says_why(tmp_path):
    town = make_town(32)
    inputs = town.write(tmp_path, town.cases(10), profile="routes")
    found = find_hotspots(**inputs, out=tmp_path / "out", created=NOW, parameters=PARAMETERS)
    assert list(found.blind_spots.columns) == COLUMNS
    assert found.blind_spots.empty
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["blind_spots"] == {"listed": 0, "unseen_person_hours": 0.0, "hours": 0, "reason": "no_log"}
    assert (tmp_path / "out" / "blind_spots.csv").read_text(encoding="utf-8").count("\n") == 1
