"""facility_risk.csv: ordinary facilities by hazard, no default for an unknown area, nothing that gives away a
sensitive one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.contract import read_extract
from analytics.facility_table import COLUMNS, facility_table, listed_facilities
from analytics.geography import read_units
from analytics.parameters import Parameters
from analytics.population import read_population
from analytics.study import make_study
from analytics.verdict import judge
from tests.analytics.town import CODES, make_town

PARAMETERS = Parameters(replicates=99, gi_replicates=99)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Return a town, its visits, and the study of it on dongs and on cells."""
    town = make_town(11)
    ordinary = [n for n in range(len(town.unit)) if n % 5 and town.entries[n].sum() > 50]
    ordinary.sort(key=lambda n: -town.entries[n].max())
    hour = int(np.argmax(town.entries[ordinary[0]]))  # others are there too
    dated = town.visit(9, ordinary[1], 24)
    dated |= {"start": dated["start"].normalize(), "end": dated["start"].normalize() + pd.Timedelta(days=1)}
    visits = [town.visit(1, ordinary[0], hour), town.visit(2, ordinary[0], hour), town.visit(3, 0, hour), dated]
    inputs = town.write(tmp_path_factory.mktemp("facilities"), visits)
    extract = read_extract(inputs["extract"])
    area = extract.facilities["area_m2"].mask(np.arange(len(town.unit)) != ordinary[2], 100.0)
    extract = replace(extract, facilities=extract.facilities.assign(area_m2=area))
    population, units = read_population(inputs["population"]), read_units(inputs["units"])
    dong, cell = (
        make_study(extract, replace(population, unit_kind=kind), units, PARAMETERS) for kind in ("dong", "cell")
    )
    return town, ordinary, dong, cell


def test_the_facility_with_confirmed_visitors_comes_first_and_one_without_an_area_is_no_data(parts):
    _, ordinary, dong, _ = parts
    found = facility_table(dong).set_index("facility_id")
    assert found.index[0] == f"f{ordinary[0]:03d}"
    assert found["rank"].iloc[0] == 1
    assert found["infectious_person_hours"].iloc[0] == pytest.approx(1.0)  # two persons, each half of an hour
    unknown = found.loc[f"f{ordinary[2]:03d}"]
    assert unknown["reason"] == "floor area unknown"
    assert unknown[["density", "relative_hazard", "rank"]].isna().all()
    judged = found[found["reason"] == ""]
    assert (judged["dwell_minutes"] == 60).all()
    assert judged["relative_hazard"].iloc[1:].eq(0).all()  # a visit known only by date invents no hour


def test_sensitive_facilities_are_never_listed_nor_below_dong_level_what_would_give_them_away(parts):
    town, _, dong, cell = parts
    sensitive = np.arange(len(town.unit)) % 5 == 0
    listed = facility_table(dong)["facility_id"]
    assert set(listed) == {f"f{n:03d}" for n in np.flatnonzero(~sensitive)}
    beside = np.isin(town.unit, town.unit[sensitive])
    kept = cell.facilities.loc[cell.facilities["reason"] == "", "sensitive"]
    assert kept.any()
    assert not set(facility_table(cell)["facility_id"]) & {f"f{n:03d}" for n in np.flatnonzero(sensitive)}
    still = cell.facilities.loc[(cell.facilities["reason"] == "") & cell.facilities["sensitive"], "unit_code"]
    assert not listed_facilities(cell)["unit_code"].isin(still).any()
    assert beside.any()


def test_without_a_log_there_are_no_rows(parts):
    found = facility_table(replace(parts[2], log=None))
    assert list(found.columns) == COLUMNS
    assert found.empty


def test_a_unit_too_thin_is_no_data_keeps_what_was_seen_and_hot_stays_hot(parts):
    town, ordinary, dong, _ = parts
    whole = judge(dong.kept(), dong.exposure, dong.units, replace(PARAMETERS, min_person_hours=0.0)).units
    observable = dong.exposure.frame().sum(axis=1)
    middle = float(np.sort(observable[observable > 0])[14:16].mean())  # between two units
    found = judge(dong.kept(), dong.exposure, dong.units, replace(PARAMETERS, min_person_hours=middle)).units
    thin = (observable < middle) & (whole["status"] == "not significant")
    assert thin.any()
    assert found.loc[thin, "status"].eq("no data").all()
    assert found.loc[thin, "reason"].eq("too_thin").all()
    assert found.loc[thin, ["rate", "relative_risk", "ci_low", "ci_high", "z", "q"]].isna().all(axis=None)
    kept = ["observed", "distinct_persons", "expected", "scan_p"]
    pd.testing.assert_frame_equal(found[kept], whole[kept])
    pd.testing.assert_frame_equal(found[~thin], whole[~thin])
    loose = replace(PARAMETERS, min_person_hours=1e9, alpha=0.9)
    hot = judge(dong.kept(), dong.exposure, dong.units, loose).units
    where = CODES[town.unit[ordinary[0]]]
    assert hot.loc[where, "scan_p"] <= 0.9
    assert (hot["status"] == "hot").equals(hot["scan_p"] <= 0.9)
    assert hot.loc[where, ["rate", "observed"]].notna().all()
