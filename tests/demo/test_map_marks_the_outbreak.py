"""The demo city on the map: the planted outbreak near Gunpo station is hot, and without it nothing is."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analytics.coverage import MASKED, WORDS, observable_person_hours
from analytics.parameters import Parameters
from analytics.verdict import judge
from entry_service.demo import entries, outbreak
from entry_service.demo.cells import CELL
from entry_service.demo.population_files import MASKED_UP_TO
from tests.demo.conftest import SEED


def hours_of(days) -> pd.DatetimeIndex:
    return pd.date_range(pd.Timestamp(days[0], tz="Asia/Seoul"), periods=24 * len(days), freq="h", unit="us")


def log_of(city, logged) -> pd.DataFrame:
    """Return entries and person-minutes by facility and hour as an extract holds them."""
    hours = hours_of(logged.days)
    sites = len(city.sites.facilities)
    minutes = entries.person_minutes(city, logged)
    begin, end = logged.entered / 60, logged.entered / 60 + minutes
    person_minutes, came = np.zeros((sites, len(hours))), np.zeros((sites, len(hours)))
    np.add.at(came, (logged.site, logged.entered // 3_600), 1)
    for hour in range(len(hours)):
        inside = np.clip(np.minimum(end, 60 * hour + 60) - np.maximum(begin, 60 * hour), 0, None)
        person_minutes[:, hour] = np.bincount(logged.site, inside, minlength=sites)
    open_now = entries.opening(city)[:, np.arange(len(hours)) % 24] > 0
    logs = (open_now | (person_minutes > 0)) & (np.arange(len(hours)) // 24 >= city.sites.active_from[:, None])
    facilities = city.sites.facilities
    return pd.DataFrame(
        {
            "facility_id": np.repeat([facility.facility_id for facility in facilities], len(hours)),
            "unit_code": np.repeat(city.cells.code[city.sites.cell], len(hours)),
            "category": np.repeat([facility.category for facility in facilities], len(hours)),
            "hour": np.tile(hours, sites),
            "entries": np.where(logs, came, np.nan).ravel(),
            "person_minutes": np.where(logs, person_minutes, np.nan).ravel(),
            "missing": np.where(logs, "", "closed").ravel(),
        }
    )


def visits_of(city, plan) -> pd.DataFrame:
    logged = plan.entries
    start = hours_of(logged.days)[0]
    chosen = np.flatnonzero(np.isin(logged.person, [case.person for case in plan.cases]))
    minutes = entries.person_minutes(city, logged)[chosen]
    entered = start + pd.to_timedelta(logged.entered[chosen], unit="s")
    return pd.DataFrame(
        {
            "person": logged.person[chosen],
            "unit": city.cells.code[city.sites.cell[logged.site[chosen]]],
            "start": entered,
            "end": entered + pd.to_timedelta(np.ceil(minutes), unit="min"),
        }
    )


def verdict_of(whole, plan):
    cells, hours = whole.city.cells, hours_of(whole.days)
    units = gpd.GeoDataFrame(
        {"name": cells.code},
        geometry=shapely.box(cells.east, cells.north, cells.east + CELL, cells.north + CELL),
        index=pd.Index(cells.code, name="unit_code"),
        crs="EPSG:5179",
    ).sort_index()
    people = pd.DataFrame(whole.population, index=cells.code, columns=hours).loc[units.index]
    people = people.where(people > MASKED_UP_TO)
    why = people.isna() * np.uint8(WORDS.index(MASKED))
    exposure = observable_person_hours(people, why, log_of(whole.city, plan.entries))
    return judge(visits_of(whole.city, plan), exposure, units, Parameters(replicates=199, gi_replicates=999))


def test_the_planted_outbreak_is_hot_and_nothing_far_from_it(whole):
    found = verdict_of(whole, whole.plan)
    places = {str(whole.city.cells.code[whole.city.sites.cell[site]]) for site in whole.plan.places}
    hot = set(found.units.index[found.units["status"] == "hot"])
    assert places <= hot
    assert len(hot) <= 6
    days = found.clusters[(found.clusters["kind"] == "person") & (found.clusters["p"] <= 0.05)]
    assert set(days["start"]) <= set(whole.plan.days)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_the_outbreak_nothing_is_hot(whole, seed):
    plan = outbreak.plant(whole.logged, whole.city, SEED + seed, scenario="null")
    found = verdict_of(whole, plan)
    assert (found.units["status"] != "hot").all()
    assert len(found.visits) > 20
