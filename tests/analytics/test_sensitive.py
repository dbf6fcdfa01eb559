"""A sensitive facility is counted; below dong level a unit that would be the site itself is not on the map."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.contract import read_extract
from analytics.geography import read_units
from analytics.parameters import Parameters
from analytics.population import read_population
from analytics.sensitive import SENSITIVE_ALONE, only_sensitive_hours
from analytics.study import make_study
from analytics.summary import summarise
from analytics.unit_hours import unit_hours
from analytics.verdict import judge
from tests.analytics.town import CODES, NOW, make_town

PARAMETERS = Parameters(replicates=199, gi_replicates=999, max_radius_m=1_200.0)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Return a town, its visits, the units in which only sensitive facilities log, and what a study is made of."""
    town = make_town(11)
    sensitive = np.arange(len(town.unit)) % 5 == 0
    town.active[town.unit == town.unit[5]] &= sensitive[
        town.unit == town.unit[5], None
    ]  # its ordinary ones are shut
    town.entries *= town.active
    town.logged = town.logged[town.active[town.logged[:, 0], town.logged[:, 1]]]
    alone = np.setdiff1d(town.unit, town.unit[~sensitive & town.active.any(axis=1)])
    busy = [n for n in np.flatnonzero(np.isin(town.unit, alone)) if town.active[n].any()]
    assert len(alone) > 1
    hour = int(np.flatnonzero(town.active[busy[0]])[20])
    visits = town.cases(25) + [town.visit(100 + person, busy[0], hour) for person in range(8)]
    inputs = town.write(tmp_path_factory.mktemp("sensitive"), visits)
    read = read_extract(inputs["extract"]), read_population(inputs["population"]), read_units(inputs["units"])
    return town, visits, alone, *read


def study_of(parts, kind: str):
    *_, extract, population, units = parts
    return make_study(extract, replace(population, unit_kind=kind), units, PARAMETERS)


@pytest.mark.parametrize("kind", ["cell", "block"])
def test_a_unit_that_would_be_the_site_is_no_data_like_any_without_a_facility(parts, kind):
    town, visits, alone, *_ = parts
    study = study_of(parts, kind)
    verdict = judge(study.kept(), study.exposure, study.units, PARAMETERS)
    hidden, empty = verdict.units.loc[CODES[alone]], verdict.units.loc[CODES[-1]]
    assert set(hidden["status"]) == {empty["status"]} == {"no data"}
    assert set(hidden["reason"]) == {empty["reason"]} == {"no_active_facility"}
    assert set(hidden["agreement"]) == {empty["agreement"]} == {""}
    assert hidden.drop(columns=["name", "status", "reason", "agreement"]).isna().all(axis=None)
    assert not any(set(CODES[alone]) & set(members) for members in verdict.clusters["members"])
    for day in study.days:
        rows = unit_hours(study, verdict.visits, day).set_index("unit_code").loc[CODES[alone]]
        assert rows[["observable", "entries", "index_visits"]].isna().all(axis=None)
    there = np.isin(town.unit, alone)
    gone = sum(there[int(visit["facility_id"][1:])] for visit in visits)
    summary = summarise(study, verdict, PARAMETERS, NOW, None)
    assert summary["rows"]["rejected"][SENSITIVE_ALONE] == gone > 8
    assert summary["rows"]["kept"] + sum(summary["rows"]["rejected"].values()) == len(visits)
    told = [warning["ko"] for warning in summary["warnings"] if warning["code"] == "sensitive_alone"]
    assert f"방문 {gone}건" in told[0]


def test_beside_an_ordinary_facility_a_sensitive_one_is_counted(parts):
    town, _, alone, *_ = parts
    study = study_of(parts, "cell")
    left = study.facilities.loc[study.facilities["reason"] == SENSITIVE_ALONE]
    assert left["sensitive"].all()
    mixed = study.facilities["sensitive"] & ~study.facilities["unit_code"].isin(CODES[alone])
    assert mixed.any()
    assert (study.facilities.loc[mixed, "reason"] == "").all()
    whole = study_of(parts, "dong")
    others = ~np.isin(CODES, CODES[alone])
    entries = [np.nansum(one.exposure.entries[others]) for one in (study, whole)]
    assert entries[0] == entries[1] > 0


def test_hours_in_which_only_a_sensitive_facility_is_open_are_counted_but_not_listed(parts):
    town, visits, *_ = parts
    study, whole = study_of(parts, "cell"), study_of(parts, "dong")
    assert study.unlisted.any()
    assert not whole.unlisted.any()
    assert np.nansum(study.exposure.observable[study.unlisted]) > 0
    for number, day in enumerate(study.days):
        rows = unit_hours(study, study.kept(), day)
        silent = study.unlisted[:, 24 * number : 24 * number + 24].ravel()
        assert rows.loc[silent, ["entries", "index_visits"]].isna().all(axis=None)
        listed = ~silent & (rows["missing"] == "")
        assert rows.loc[listed, ["entries", "index_visits"]].notna().all(axis=None)


def test_an_hour_is_unlisted_where_a_sensitive_facility_logs_and_no_ordinary_one(parts):
    hours = parts[0].hours[:3]
    facilities = [
        ("a", True, ["", "", "closed"]),
        ("a", False, ["", "closed", ""]),
        ("b", True, ["", "", "outage"]),
    ]
    log = pd.concat(
        pd.DataFrame({"unit_code": unit, "hour": hours, "sensitive": sensitive, "missing": missing})
        for unit, sensitive, missing in [*facilities, ("elsewhere", True, ["", "", ""])]
    )
    found = only_sensitive_hours(log, pd.Index(["a", "b", "c"]), hours)
    assert found.tolist() == [[False, True, False], [True, True, False], [False, False, False]]


def test_on_dongs_all_of_them_are_counted_and_the_outbreak_there_is_hot(parts):
    town, visits, alone, *_ = parts
    study = study_of(parts, "dong")
    assert (study.facilities["reason"] == "").all()
    verdict = judge(study.kept(), study.exposure, study.units, PARAMETERS)
    where = CODES[town.unit[int(visits[-1]["facility_id"][1:])]]
    assert where in CODES[alone]
    assert verdict.units.loc[where, "status"] == "hot"
