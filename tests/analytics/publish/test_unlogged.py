"""Hours without a log as a share: right, coarse, and never of a few facilities, also not by subtraction."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analytics.extract_reading import contract
from analytics.parameters import Parameters
from analytics.publish.counts import Rules
from analytics.publish.earlier import read_hours
from analytics.publish.folder import assert_hours_protected
from analytics.publish.hours import Hours
from analytics.publish.run import publish
from analytics.publish.tables import ALL
from analytics.publish.unlogged import FEWEST, STEP, told_shares
from analytics.refusals import NotPublished
from tests.analytics.town import FIRST, NOW, make_town

QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=1_200.0)


def table(rng, dongs: int, of_one: int) -> pd.DataFrame:
    """Return one day of dongs; the first has fewer facilities than are told of."""
    facilities = np.concatenate([[of_one], rng.integers(FEWEST, 30, dongs - 1)])
    hours = facilities * 12
    unlogged = rng.binomial(hours, rng.choice([0.0, 0.1, 0.5, 0.98, 1.0], dongs))
    made = pd.DataFrame(
        {"hours": hours, "unlogged": unlogged, "facilities": facilities},
        index=pd.Index([f"d{number}" for number in range(dongs)]),
    )
    return pd.concat([made, made.sum().to_frame(ALL).T])


def ends(share: pd.Series, hours: pd.Series, name: str) -> tuple[float, float]:
    """Return the least and the most that a withheld share can be, asked of a solver."""
    dongs = [one for one in share.index if one != ALL]
    box = [
        (0, 100) if share[one] is pd.NA else (max(0, share[one] - STEP / 2), min(100, share[one] + STEP / 2))
        for one in dongs
    ]
    aim = np.array([float(one == name) for one in dongs])
    weight = np.array([hours[one] for one in dongs], float) / hours[ALL]
    rows = {"A_ub": [weight, -weight], "b_ub": [share[ALL] + STEP / 2, STEP / 2 - share[ALL]]}
    known = {} if share[ALL] is pd.NA else rows
    return tuple(way * linprog(way * aim, bounds=box, method="highs", **known).fun for way in (1, -1))


def test_a_solver_narrows_no_withheld_share():
    rng, told, withheld = np.random.default_rng(3), 0, 0
    for _ in range(200):
        one = table(rng, int(rng.integers(2, 9)), int(rng.integers(1, FEWEST)))
        share = told_shares(one)
        assert share["d0"] is pd.NA
        assert ends(share, one["hours"], "d0") == pytest.approx((0.0, 100.0))
        told, withheld = told + (share[ALL] is not pd.NA), withheld + (share[ALL] is pd.NA)
    assert told > 50
    assert withheld > 5  # totals that would have told


def test_a_share_is_told_to_the_nearest_step_where_enough_facilities_stand_behind_it():
    one = pd.DataFrame(
        {"hours": [60, 60, 120], "unlogged": [3, 27, 30], "facilities": [5, 5, 10]}, index=["a", "b", ALL]
    )
    assert told_shares(one).tolist() == [10, 50, 30]  # 5 %, 45 %, 25 %: halves upwards
    assert told_shares(one.assign(facilities=[4, 5, 9]))["a"] is pd.NA


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("unlogged")
    town = make_town(5, days=6, volume=0.3)
    inputs = town.write(place, town.cases(60))
    publish(**inputs, out=place / "public", created=NOW, parameters=QUICK, dongs=_two_dongs(inputs, place))
    return town, inputs, place


def _two_dongs(inputs, place):
    from analytics.geography import read_units

    units = read_units(inputs["units"])
    middle = units.geometry.centroid.x.median()
    side = np.where(units.geometry.centroid.x < middle, "41410901", "41410902")
    halves = units.reset_index(drop=True).assign(unit_code=side, name="모의동").dissolve("unit_code").reset_index()
    halves[["unit_code", "name", "geometry"]].to_file(place / "dongs.geojson", driver="GeoJSON")
    return place / "dongs.geojson"


def test_the_file_conforms_and_closed_hours_are_on_neither_side(made):
    _, _, place = made
    raw = pd.read_csv(
        place / "public" / "public_hours.csv", dtype="str", keep_default_na=False, encoding="utf-8-sig"
    )
    fields = contract("public")["tables"]["hours"]["schema"]["fields"]
    assert list(raw.columns) == [field["name"] for field in fields]
    rows = read_hours(place / "public" / "public_hours.csv")
    out = rows[rows["unlogged_status"] == "published"]
    assert len(out) >= 6
    assert (out["unlogged"] == 0).all()  # the town's facilities are open or closed, never out of order


def test_outages_are_told_with_the_entries_of_their_day_and_stay_as_they_were(made, tmp_path):
    import gzip

    _, inputs, place = made
    extract = tmp_path / "extract"
    _copy_with_outages(inputs["extract"], extract, gzip)
    given = inputs | {"extract": extract}
    publish(**given, out=tmp_path / "public", created=NOW, parameters=QUICK, dongs=place / "dongs.geojson")
    rows = read_hours(tmp_path / "public" / "public_hours.csv").set_index(["day", "dong_code"])
    first, second = FIRST.date(), date(2020, 8, 4)
    assert rows.loc[(first, ALL), "unlogged"] == 100
    assert rows.loc[(second, ALL), "unlogged"] == 0
    later = NOW + timedelta(days=1)
    publish(**inputs, out=tmp_path / "public", created=later, parameters=QUICK, dongs=place / "dongs.geojson")
    again = read_hours(tmp_path / "public" / "public_hours.csv").set_index(["day", "dong_code"])
    assert again.loc[(first, ALL), "unlogged"] == 100  # though the hours were found meanwhile
    assert Rules().due("entries", first, second) is False


def test_a_share_of_too_few_facilities_is_stopped_by_the_audit():
    day = FIRST.date()
    few = pd.DataFrame({"hours": [12, 12], "unlogged": [0, 0], "facilities": [1, 1]}, index=["x", ALL])
    told = pd.DataFrame({"day": day, "dong_code": ["x", ALL], "category": ALL, "unlogged_status": "published"})
    told = told.assign(unlogged=pd.array([0, 0], "Int64"))
    with pytest.raises(NotPublished, match="too few facilities"):
        assert_hours_protected(told, Hours(told, {day: few}), {})


def _copy_with_outages(source, target, gzip):
    """Copy an extract; on its first day every hour that was not closed is an outage."""
    import hashlib
    import json
    import shutil

    shutil.copytree(source, target)
    file = target / "facility_hours" / f"{FIRST.date()}.csv.gz"
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    head = lines[0].split(",")
    rows = [dict(zip(head, line.split(","), strict=True)) for line in lines[1:]]
    for row in rows:
        if row["missing"] == "":
            row |= {"entries": "", "person_minutes": "", "exposed": "", "missing": "outage"}
    text = "\n".join([lines[0], *(",".join(row.values()) for row in rows)]) + "\n"
    file.write_bytes(gzip.compress(text.encode(), mtime=0))
    package = json.loads((target / "datapackage.json").read_text(encoding="utf-8"))
    for entry in package["resources"]:
        if entry["path"] == f"facility_hours/{file.name}":
            raw = file.read_bytes()
            entry |= {"bytes": len(raw), "hash": f"sha256:{hashlib.sha256(raw).hexdigest()}"}
    (target / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False), encoding="utf-8")
