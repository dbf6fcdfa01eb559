"""Entries follow from the population, are incomplete and unequal, and hide exactly one planted outbreak."""

from collections import Counter
from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from entry_service.core.times import kst_day
from entry_service.demo import calendar, city, entries, outbreak, population


def test_about_18000_scans_a_day(whole):
    scans = len(whole.logged.site) + whole.logged.checked_out.sum()
    assert scans / 28 == pytest.approx(18_000, rel=0.03)


def test_busier_days_of_the_population_are_busier_days_of_the_log(whole):
    logged = np.bincount(whole.logged.day(), minlength=28)
    assert logged.min() > 8_000
    before, after = logged[4:14].mean(), logged[19:28].mean()
    assert after < before  # the assembly ban of 19 August closes karaokes, PC rooms, buffets


def test_nobody_enters_a_closed_or_banned_facility(whole):
    facilities, visits = whole.city.sites.facilities, whole.logged
    hour = visits.entered % 86_400 // 3_600
    for site, at, day in zip(visits.site[::50], hour[::50], visits.day()[::50], strict=True):
        facility = facilities[site]
        assert facility.opens <= at < facility.closes or at + 24 < facility.closes
        assert day >= whole.city.sites.active_from[site]
        assert facility.category not in calendar.BANNED or whole.days[day] < date(2020, 8, 19)


def test_coverage_is_incomplete_and_unequal_between_sites(whole):
    low, high = np.percentile(whole.city.sites.coverage, [10, 90])
    assert low < 0.15
    assert high > 0.6
    per_site = np.bincount(whole.logged.site, minlength=len(whole.city.sites.facilities))
    assert (per_site == 0).any()
    assert per_site.max() > 50 * np.median(per_site) / 10


def test_entries_follow_the_people_present_once_coverage_is_taken_out(whole):
    """Within one category the entries per person-hour and coverage are the same everywhere, up to noise."""
    sites = whole.city.sites
    is_restaurant = np.array([facility.category == "restaurant" for facility in sites.facilities])
    open_hours = entries.opening(whole.city)[:, np.arange(28 * 24) % 24]
    joined = np.arange(28 * 24) // 24 >= sites.active_from[:, None]
    person_hours = (whole.population[sites.cell] * open_hours * joined).sum(axis=1)
    chosen = is_restaurant & (person_hours > np.median(person_hours[is_restaurant])) & (sites.coverage > 0.2)
    observed = np.bincount(whole.logged.site, minlength=len(sites.facilities))
    ratio = (observed / (person_hours * sites.weight * sites.coverage))[chosen]
    assert ratio.std() / ratio.mean() < 0.25


def test_only_some_visits_have_a_check_out_and_fewer_at_posters(whole):
    visits = whole.logged
    with_device = whole.city.sites.has_device[visits.site]
    assert 0.2 < visits.checked_out.mean() < 0.5
    assert visits.checked_out[~with_device].mean() < 0.15
    assert not visits.by_staff[~with_device].any()
    assert 0.3 < visits.by_staff.mean() < 0.7


def test_a_visit_ends_after_it_began_and_nobody_is_in_two_places(whole):
    for visits in (whole.logged, whole.plan.entries):
        assert (visits.left > visits.entered).all()
        assert len(entries.in_two_places(visits.person, visits.entered, visits.left)) == 0
        assert (np.diff(visits.entered) >= 0).all()


def test_the_planted_people_meet_on_two_evenings_in_two_places(whole):
    plan, visits = whole.plan, whole.plan.entries
    assert plan.days == (date(2020, 8, 23), date(2020, 8, 24))
    assert len({whole.city.sites.cell[place] for place in plan.places}) == 2
    planted = [case for case in plan.cases if case.planted]
    assert len(planted) == 7
    met = Counter()
    for case in planted:
        mine = np.flatnonzero(visits.person == case.person)
        for place, day in zip(plan.places, (22, 23), strict=True):
            met[place] += int(((visits.site[mine] == place) & (visits.day()[mine] == day)).any())
    assert [met[place] for place in plan.places] == [7, 5]


def test_cases_become_known_days_after_their_visits(whole):
    visits, days = whole.plan.entries, whole.days
    for case in whole.plan.cases:
        mine = visits.day()[visits.person == case.person]
        assert mine.size
        assert kst_day(case.registered_at) > case.specimen_date > case.onset
        assert all(days[day] >= date.fromordinal(case.onset.toordinal() - 2) for day in mine)
        assert all(days[day] <= case.specimen_date for day in mine)
        assert case.registered_at < whole.plan.as_of


def test_background_cases_follow_observable_person_hours(small):
    """Drawn many times, the share of index visits per facility is its share of logged person-minutes."""
    minutes = np.bincount(
        small.logged.site,
        weights=entries.person_minutes(small.city, small.logged),
        minlength=len(small.city.sites.facilities),
    )
    drawn = np.zeros_like(minutes)
    for seed in range(40):
        plan = outbreak.plant(small.logged, small.city, seed, scenario="null", background=12)
        cases = [case.person for case in plan.cases]
        drawn += np.bincount(plan.entries.site[np.isin(plan.entries.person, cases)], minlength=len(minutes))
    expected = minutes / minutes.sum() * drawn.sum()
    big = expected > 20
    assert big.sum() >= 5
    assert np.abs(drawn[big] / expected[big] - 1).mean() < 0.25


def test_the_null_has_background_cases_and_no_plant(small):
    plan = outbreak.plant(small.logged, small.city, 1, scenario="null")
    assert plan.places == ()
    assert plan.cases
    assert not any(case.planted for case in plan.cases)
    assert len(plan.entries.site) == len(small.logged.site)


def test_everything_repeats_by_seed_and_differs_without_it():
    def make(seed):
        made, days = city.make_city(5, 0.02), calendar.demo_days(2)
        people = population.floating_population(made, days, seed)
        return outbreak.plant(entries.simulate_entries(made, people, days, seed), made, seed)

    one, again, other = make(1), make(1), make(2)
    assert one.cases == again.cases
    for field in fields(one.entries):
        np.testing.assert_array_equal(getattr(one.entries, field.name), getattr(again.entries, field.name))
    assert len(one.entries.site) != len(other.entries.site) or one.cases != other.cases


def test_the_inputs_are_not_changed(small):
    before = small.logged.person.copy()
    outbreak.plant(small.logged, small.city, 3)
    np.testing.assert_array_equal(before, small.logged.person)
