"""Hot units and exposure on a small ground made by hand: 8 × 8 cells of 100 m, two days."""

from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analytics.geography.places import centres
from analytics.planning.exposure import exposed_person_hours
from analytics.planning.facility_stops import facility_stops
from analytics.planning.ground import make_ground
from analytics.planning.hot_stops import REACH_M, hot_stops
from analytics.planning.model import NOT_NEEDED
from analytics.planning.parameters import PlanParameters
from analytics.planning.reading import Results
from tests.analytics.planning.conftest import KST, place_of
from tests.analytics.town import SOUTH, WEST

SIDE, STEP = 8, 100.0
DAYS = [date(2020, 8, 18), date(2020, 8, 19)]
BEGIN = datetime(2020, 8, 20, 9, tzinfo=KST)


@pytest.fixture
def results() -> Results:
    """Return results in which every cell is hot by one cluster that ended on 19 August."""
    number = np.arange(SIDE * SIDE)
    x, y = WEST + STEP * (number % SIDE), SOUTH + STEP * (number // SIDE)
    codes = pd.Index([f"c{n:02d}" for n in number], name="unit_code")
    columns = {"name": "", "status": "hot", "scan_p": 0.01, "q": 0.01}
    shapes = shapely.box(x, y, x + STEP, y + STEP)
    people = np.repeat(100.0 + number[:, None], 48, axis=1)
    cluster = {"members": [list(codes[:2])], "start": [DAYS[1]], "end": [date(2020, 8, 20)], "p": [0.01]}
    return Results(
        name="made",
        as_of=BEGIN.replace(hour=0),
        profile="log",
        alpha=0.05,
        unit_kind="cell",
        units=gpd.GeoDataFrame(columns, geometry=shapes, index=codes, crs="EPSG:5179"),
        clusters=pd.DataFrame(cluster),
        facility_risk=pd.DataFrame({"relative_hazard": [], "rank": []}),
        days=DAYS,
        going_on=None,
        population=people,
        observable=people / 10,
        index_visits=np.zeros(people.shape),
        span=DAYS,
        span_population=people,
        span_observable=people / 10,
    )


def extract(visits: list[tuple[str, str, str]], sensitive: bool = False):
    """Return what exposure asks of an extract: one facility in the middle of each of two cells, and visits."""
    places = [place_of(WEST + STEP * (n + 0.5), SOUTH + STEP / 2) for n in (4, 5)]
    facilities = pd.DataFrame(
        {"facility_id": ["f4", "f5"], "lon": [p[0] for p in places], "lat": [p[1] for p in places]}
    ).assign(sensitive=sensitive)
    table = pd.DataFrame(visits, columns=["facility_id", "start", "end"])
    for side in ("start", "end"):
        table[side] = pd.to_datetime(table[side]).dt.tz_localize(KST)
    return SimpleNamespace(facilities=facilities, index_visits=table.assign(known_at=BEGIN.replace(hour=0)))


def test_every_hot_unit_is_near_a_visit_and_its_people_count_once(results):
    stops = hot_stops([], make_ground(results, BEGIN), PlanParameters())
    where = centres(results.units)
    seen = where.loc[[stop.unit_code for stop in stops]].to_numpy()
    far = np.hypot(*(where.to_numpy()[:, None] - seen).transpose(2, 0, 1)).min(axis=1)
    assert far.max() <= REACH_M
    assert len(stops) < len(results.units) / 4
    assert sum(stop.footfall for stop in stops) == pytest.approx(results.observable[:, :24].sum())
    assert stops[0].unit_code == "c63"  # the busiest


def test_a_facility_with_a_stop_of_its_own_is_not_counted_again(results):
    ground = make_ground(results, BEGIN)
    alone = hot_stops([], ground, PlanParameters())
    place = {"unit_code": "c63", "beside_sensitive": False, "in_unit": 1, "risk_score": pd.NA, "sensitive": False}
    place |= {"last": pd.Timestamp(BEGIN), "last_day": BEGIN.date(), "lon": 127.0, "lat": 37.3}
    log = pd.DataFrame({"facility_id": "f", "hour": [pd.Timestamp(BEGIN)], "person_minutes": 600.0, "missing": ""})
    places = pd.DataFrame([place], index=pd.Index(["f"], name="facility_id"))
    facility = facility_stops(places, SimpleNamespace(facility_hours=log), {}, ground, PlanParameters())
    assert facility[0].footfall == 10
    with_it = hot_stops(facility, ground, PlanParameters())
    assert [a.footfall - b.footfall for a, b in zip(alone, with_it, strict=True)] == [10, *[0] * (len(alone) - 1)]
    with pytest.raises(ValueError, match="sensitive"):
        facility_stops(places.assign(sensitive=True), None, {}, ground, PlanParameters())


def test_a_hot_unit_without_a_case_for_fourteen_days_is_not_needed(results):
    late = BEGIN.replace(month=9, day=3)  # fifteen days after the cluster's last day
    stops = hot_stops([], make_ground(results, late), PlanParameters())
    near = [stop for stop in stops if stop.status == NOT_NEEDED]
    assert len(near) == len(stops)
    assert near[0].reason[0].ko.startswith("마지막 확진자 방문에서 15일이 지나(14일 초과)")


def test_exposed_are_who_was_there_with_a_case_or_in_a_cluster_of_these_days(results):
    visits = np.zeros_like(results.population)
    visits[9, 5:7], visits[0, 30] = 2, 1
    exposed = exposed_person_hours(replace(results, index_visits=visits), extract([]))
    expected = np.zeros(SIDE * SIDE)
    expected[9] = 2 * 109
    expected[[0, 1]] = 24 * 100, 24 * 101  # the cluster's day; the visit within it counts once
    assert exposed == pytest.approx(expected)


def test_a_visit_known_by_date_only_exposes_one_mean_hour_and_a_sensitive_place_none(results):
    calm = replace(results, clusters=results.clusters.iloc[:0])
    dated = [
        ("f4", "2020-08-18", "2020-08-19"),
        ("f4", "2020-08-18", "2020-08-19"),
        ("f5", "2020-08-01", "2020-08-02"),
    ]
    exposed = exposed_person_hours(calm, extract(dated))
    assert exposed.sum() == pytest.approx(exposed[4]) == pytest.approx(104)
    assert exposed_person_hours(calm, extract(dated, sensitive=True)).sum() == 0
