"""Observable person-hours: what the log can be expected to see, unbiased, and nothing where nothing logs."""

import numpy as np
import pandas as pd
import pytest

from analytics.coverage import full_coverage, observable_person_hours
from tests.analytics.town import CODES, make_town


def exposure_of(town):
    return observable_person_hours(*town.population(), town.log())


def test_observable_adds_up_to_the_log_in_every_unit():
    found = exposure_of(make_town(1))
    np.testing.assert_allclose(np.nansum(found.observable, axis=1), np.nansum(found.logged, axis=1))
    people = np.where(found.missing == "", found.population, 0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(found.coverage(), np.nansum(found.logged, axis=1) / people)


def test_the_estimate_has_no_bias_by_unit_day_and_hour_over_many_logs():
    town = make_town(2, volume=0.3)
    truth = np.zeros_like(town.people)
    np.add.at(truth, town.unit, town.intensity)
    seen = []
    for _ in range(60):
        town.draw_log()
        seen.append(np.nan_to_num(exposure_of(town).observable))
    mean = np.mean(seen, axis=0)
    by_unit, true_unit = mean.sum(axis=1), truth.sum(axis=1)
    busy = true_unit > 20
    np.testing.assert_allclose(by_unit[busy], true_unit[busy], rtol=0.15)
    days, true_days = (values.reshape(len(CODES), town.days, 24).sum(axis=2) for values in (mean, truth))
    busy = true_days > 8  # enough for the log to tell a day apart from chance, coverage moving × 20 between days
    assert np.median(np.abs(days[busy] / true_days[busy] - 1)) < 0.15
    assert abs(np.sum(days[busy]) / np.sum(true_days[busy]) - 1) < 0.05
    hours = [values.reshape(len(CODES), town.days, 24).sum(axis=(0, 1)) for values in (mean, truth)]
    np.testing.assert_allclose(hours[0], hours[1], rtol=0.1, atol=2)


def test_nearer_to_the_truth_than_the_raw_log_is():
    town = make_town(3, volume=0.3)
    truth = np.zeros_like(town.people)
    np.add.at(truth, town.unit, town.intensity)
    found = exposure_of(town)
    raw, ours = (np.nan_to_num(values) - truth for values in (found.logged, found.observable))
    assert np.abs(ours).sum() < 0.8 * np.abs(raw).sum()


def test_where_no_facility_logs_or_the_population_is_masked_there_is_no_figure():
    town = make_town(4)
    town.people[3, 30:40] = np.nan
    found = exposure_of(town)
    assert (found.missing[3, 30:40] == "masked").all()
    assert np.isnan(found.observable[3, 30:40]).all()
    assert np.isnan(found.logged[3, 30:40]).all()
    assert (found.missing[-1] == "no_active_facility").all()
    assert np.isnan(found.coverage().iloc[-1])
    logs = np.zeros_like(town.people, bool)
    np.logical_or.at(logs, town.unit, town.active)
    np.testing.assert_array_equal(found.frame().isna(), logs & np.isnan(town.people))
    assert (found.frame().to_numpy()[~logs] == 0).all()  # nothing can be seen there: known, and no gap
    np.testing.assert_array_equal(np.isnan(found.observable), ~logs | np.isnan(town.people))


def test_a_masked_hour_leaves_numerator_and_denominator_alike():
    town = make_town(5)
    whole = exposure_of(town)
    unit = town.unit[0]
    town.people[unit, ::2] = np.nan
    half = exposure_of(town)
    kept = half.missing[unit] == ""
    assert half.coverage().iloc[unit] == pytest.approx(
        np.nansum(whole.logged[unit, kept]) / whole.population[unit, kept].sum()
    )


def test_a_crowd_that_the_log_sees_is_exposure():
    town = make_town(6)
    facility = int(np.argmax(town.intensity.sum(axis=1)))
    hour = int(np.flatnonzero(town.active[facility])[40])
    before = exposure_of(town).observable[town.unit[facility], hour]
    town.entries[facility, hour] += 400
    after = exposure_of(town).observable[town.unit[facility], hour]
    assert after > before + 200


def test_the_order_of_rows_and_the_names_of_facilities_do_not_matter():
    town = make_town(7)
    people, why = town.population()
    log = town.log()
    found = observable_person_hours(people, why, log).observable
    renamed = log.assign(facility_id="x" + log["facility_id"].str[::-1]).sample(frac=1, random_state=1)
    np.testing.assert_allclose(observable_person_hours(people, why, renamed).observable, found)


def test_without_a_log_everybody_is_observable():
    town = make_town(8)
    town.people[0, 5] = np.nan
    people, why = town.population()
    found = full_coverage(people, why)
    np.testing.assert_array_equal(found.observable, people)
    assert found.missing[0, 5] == "masked"
    assert (found.coverage() == 1).all()
    assert found.entries is None


def test_an_empty_log_has_no_observable_person_hours():
    town = make_town(9)
    people, why = town.population()
    found = observable_person_hours(people, why, town.log().iloc[:0])
    assert np.isnan(found.observable).all()
    assert isinstance(found.frame(), pd.DataFrame)
