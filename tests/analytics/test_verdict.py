"""What may and what must be called hot: equal risk never beyond alpha, a planted outbreak, no busy patient."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics.coverage import MASKED, WORDS, full_coverage, observable_person_hours
from analytics.geography import centres
from analytics.parameters import Parameters
from analytics.statistics.persons.person_scan import person_scan
from analytics.verdict import _agreement, hot_units, judge, scan_persons
from tests.analytics.town import CODES, FIRST, make_town, squares

QUICK = Parameters(replicates=199, gi_replicates=999, max_radius_m=1_200)


def told(town, rows: list[dict]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    unit = CODES[town.unit][table["facility_id"].str[1:].astype(int)]
    return pd.DataFrame({"person": table["ordinal"], "unit": unit, "start": table["start"], "end": table["end"]})


def exposure_of(town):
    return observable_person_hours(*town.population(), town.log())


def false_alarms(towns: int, volume: float) -> int:
    """Return in how many towns of equal risk a unit is hot; coverage differs × 20, crowds × 50, days differ."""
    alarms = 0
    for seed in range(towns):
        town = make_town(seed, volume=volume)
        visits = told(town, town.cases(30))
        parameters = Parameters(seed=seed, replicates=199, max_radius_m=1_200)
        scan = scan_persons(visits, exposure_of(town), centres(squares()), parameters)
        alarms += bool(hot_units(scan, 0.05))
    return alarms


@pytest.mark.parametrize("volume", [1.0, 0.05], ids=["dense log", "sparse log"])
def test_unequal_coverage_and_equal_risk_leave_nothing_hot_beyond_alpha(volume):
    towns = 100
    assert false_alarms(towns, volume) <= stats.binom.isf(0.01, towns, 0.05)


def test_the_test_can_fail_without_coverage_the_same_towns_are_full_of_false_alarms():
    alarms = 0
    for seed in range(20):
        town = make_town(seed)
        scan = person_scan(
            told(town, town.cases(30)),
            full_coverage(*town.population()).frame(),
            centres(squares()),
            max_share=0.25,
            max_days=7,
            max_radius_m=1_200,
            replicates=199,
            seed=seed,
        )
        alarms += bool(hot_units(scan, 0.05))
    assert alarms > 10


@pytest.fixture(scope="module")
def outbreak():
    """Return a town with eight infected persons in one facility on one evening, and that facility's dong."""
    town = make_town(11)
    facility = int(np.argsort(town.intensity.sum(axis=1))[len(town.unit) // 2])
    hour = int(np.flatnonzero(town.active[facility])[50])
    rows = town.cases(25) + [town.visit(100 + person, facility, hour) for person in range(8)]
    return town, told(town, rows), CODES[town.unit[facility]]


def test_a_planted_outbreak_is_found_and_told_with_its_evidence(outbreak):
    town, visits, where = outbreak
    found = judge(visits, exposure_of(town), squares(), QUICK)
    assert found.units.loc[where, "status"] == "hot"
    first = found.clusters[found.clusters["kind"] == "person"].iloc[0]
    assert where in first["members"]
    assert first["distinct_persons"] >= 8
    assert first["relative_risk"] == pytest.approx(first["distinct_persons"] / first["expected"])
    assert first["p"] == pytest.approx(1 / 200)
    assert found.units.loc[where, "q"] < 0.1  # the second opinion is weaker: it smooths over the neighbours
    assert found.units.loc[where, "ci_low"] > 1
    visit_kind = found.clusters[found.clusters["kind"] == "visit"].iloc[0]
    assert where in visit_kind["members"]
    assert visit_kind["distinct_persons"] <= visit_kind["visits"]


def test_one_busy_patient_with_twenty_visits_is_not_hot(outbreak):
    town, _, where = outbreak
    facility = int(np.flatnonzero(CODES[town.unit] == where)[0])
    hours = np.flatnonzero(town.active[facility])[:20]
    rows = make_town(11).cases(25) + [town.visit(100, facility, hour) for hour in hours]
    found = judge(told(town, rows), exposure_of(town), squares(), QUICK)
    assert found.units.loc[where, "observed"] >= 20
    assert (found.units["status"] != "hot").all()
    by_visits = found.clusters[(found.clusters["kind"] == "visit") & (found.clusters["p"] <= 0.05)]
    assert len(by_visits)  # counting visits, the same patient is a cluster: that is why persons decide


def test_the_order_of_visits_and_the_names_of_persons_do_not_matter(outbreak):
    town, visits, _ = outbreak
    exposure = exposure_of(town)
    found = judge(visits, exposure, squares(), QUICK)
    other = visits.assign(person=visits["person"].map(lambda person: 7_000 + 3 * person))
    again = judge(other.sample(frac=1, random_state=2), exposure, squares(), QUICK)
    pd.testing.assert_frame_equal(again.units, found.units)
    pd.testing.assert_frame_equal(again.clusters, found.clusters)


def test_no_data_is_said_with_its_reason_and_holds_no_figure(outbreak):
    town, visits, _ = outbreak
    people, why = town.population()
    people.iloc[0] = np.nan
    why.iloc[0] = WORDS.index(MASKED)
    found = judge(visits, observable_person_hours(people, why, town.log()), squares(), QUICK)
    numbers = ["observed", "distinct_persons", "expected", "rate", "relative_risk", "z", "q", "scan_p", "coverage"]
    for code, reason in ((CODES[0], "masked"), (CODES[-1], "no_active_facility")):
        assert found.units.loc[code, ["status", "reason"]].tolist() == ["no data", reason]
        assert found.units.loc[code, numbers].isna().all()
    lost = visits["unit"] == CODES[0]
    assert lost.any()
    assert (found.reasons[lost] == "not observable: masked").all()


def test_a_visit_known_only_by_date_meets_the_person_hours_of_its_day():
    town = make_town(12)
    exposure = full_coverage(*town.population())
    day = {"start": FIRST, "end": FIRST + pd.Timedelta(days=1)}
    visits = pd.DataFrame([{"person": n, "unit": CODES[n], **day} for n in range(4)])
    found = judge(visits, exposure, squares(), QUICK)
    first_day = town.people[:, :24].sum(axis=1)
    np.testing.assert_allclose(found.units["expected"], 4 * first_day / first_day.sum())


def test_without_a_single_case_the_map_says_not_significant_everywhere():
    town = make_town(13)
    visits = told(town, town.cases(1)).iloc[:0]
    found = judge(visits, exposure_of(town), squares(), QUICK)
    assert set(found.units["status"]) == {"not significant", "no data"}
    assert found.clusters.empty
    assert (found.units["observed"].dropna() == 0).all()


def test_agreement_says_which_of_scan_and_gi_star_mark_a_unit(outbreak):
    town, visits, where = outbreak
    units = judge(visits, exposure_of(town), squares(), QUICK).units
    assert units.loc[where, "agreement"] == ("both" if units.loc[where, "q"] <= 0.05 else "scan_only")
    assert units.loc[CODES[-1], "agreement"] == ""  # no data
    drawn = pd.DataFrame(
        {
            "status": ["hot", "hot", "not significant", "not significant", "not significant", "no data"],
            "q": [0.05, 0.06, 0.01, 0.9, np.nan, np.nan],  # the fifth has no neighbour with data: Gi* cannot say
        }
    )
    assert _agreement(drawn, 0.05).tolist() == ["both", "scan_only", "gi_only", "neither", "", ""]
