"""Which system and vintage codes are of, and what they are on another day or in another system."""

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest

from analytics.geography import detect, recode
from analytics.geography.codes import SYSTEMS, districts, dongs, valid_on
from analytics.geography.recode import changes
from analytics.refusals import UnitsRefused

BEFORE, AFTER = date(2021, 6, 30), date(2021, 7, 1)  # 송부동
OLD = ["41410510", "41410520", "41410540", "41410550", "41410560", "41410570", "41410580", "41410590", "41410600"]
OLD += ["41410610", "41410620"]
NEW = [*OLD, "41410630"]


def weights(recoding) -> dict[tuple[str, str], float]:
    return {(row.code, row.to): round(row.weight, 3) for row in recoding.table.itertuples()}


def test_the_tables_say_where_each_row_is_from_and_agree_with_each_other():
    for table in (dongs(), districts(), changes()):
        assert (table["source"].str.len() > 0).all()
    assert dongs()["mois"].is_unique
    assert dongs().loc[dongs()["kostat"] != "", "kostat"].is_unique
    assert districts()["mois"].is_unique
    assert set(dongs()["district"]) <= set(districts()["mois"])
    assert valid_on(dongs(), date(2018, 1, 1)).sum() == 424 + 11
    for row in changes().itertuples():
        day = date.fromisoformat(row.date)
        eve = date.fromordinal(day.toordinal() - 1)
        assert row.old in set(dongs().loc[valid_on(dongs(), eve), "mois"])
        assert row.new in set(dongs().loc[valid_on(dongs(), day), "mois"])


def test_every_code_that_came_or_went_since_2018_has_a_change():
    table = dongs()
    came = set(table.loc[table["valid_from"] > "2018-01-01", "mois"])
    went = set(table.loc[table["valid_until"] != "", "mois"])
    assert came <= set(changes()["new"])
    assert went <= set(changes()["old"])


@pytest.mark.parametrize(
    ("codes", "system", "kind"),
    [
        (OLD, "mois8", "dong"),
        ([f"{code}00" for code in OLD], "mois10", "dong"),
        (["3116051", "3116062"], "kostat7", "dong"),
        (["31160510", "31160620"], "kostat8", "dong"),
        (["1101053", "1125052"], "kostat7", "dong"),
        (["11010530", "11250520"], "kostat8", "dong"),
        (["48890250", "48890310"], "mois8", "dong"),  # a county of which no dong is in the table
        (["41410101", "41410109"], "legal8", ""),
        (["4141010100", "4141010900"], "legal10", ""),
        (["11110", "11740"], "district", "gu"),
        (["1101053010001", "1101053010002"], "block", "block"),
        (["11010530100001"], "block", "block"),
        (["다사52505325"], "cell", "cell"),
        (["41410510", "3116052"], "", ""),
        (["zone 1"], "", ""),
        ([], "", ""),
    ],
)
def test_the_system_is_told_from_all_codes_together(codes, system, kind):
    found = detect(codes)
    assert (found.system, found.kind) == (system, kind)
    assert found.system in {*SYSTEMS, ""}


def test_the_vintage_is_told_from_codes_that_came_and_went():
    assert (detect(OLD).since, detect(OLD).until) == (None, AFTER)
    assert (detect(NEW).since, detect(NEW).until) == (AFTER, None)
    assert detect(NEW[:4]).since is detect(NEW[:4]).until is None  # four of twelve tell nothing
    odd = detect([*NEW, "11680675", "11305590"])  # 개포3동 of 2022 and 번제1동 of 2018
    assert (odd.since, odd.known, odd.not_then) == (date(2022, 12, 23), 14, ("11305590",))
    assert {"11305595", "11680670"} <= set(odd.absent)
    assert detect(OLD).day == BEFORE
    assert detect(NEW).day == AFTER
    assert detect(NEW).as_dict() == {"system": "mois8", "since": "2021-07-01", "until": None}


def test_songbu_dong_came_from_two_dongs_and_the_shares_go_both_ways():
    ahead = recode(OLD, given="mois8", wanted="mois8", on=BEFORE, wanted_on=AFTER)
    assert ahead.split == {"41410520": ("41410520", "41410630"), "41410610": ("41410610", "41410630")}
    assert ahead.merged == {"41410630": ("41410520", "41410610")}
    assert weights(ahead)["41410520", "41410630"] == 0.484
    assert weights(ahead)["41410610", "41410630"] == 0.171
    back = recode(NEW, given="mois8", wanted="kostat8", on=AFTER, wanted_on=BEFORE)
    assert weights(back)["41410630", "31160520"] == 0.532
    assert weights(back)["41410630", "31160620"] == 0.468
    for recoding in (ahead, back):
        assert recoding.lost == ()
        assert recoding.table.groupby("code")["weight"].sum().to_numpy() == pytest.approx(1)


def test_the_order_of_the_two_systems_differs_for_two_dongs_of_gunpo():
    there = recode(["41410610", "41410620"], given="mois8", wanted="kostat7", on=BEFORE)
    assert weights(there) == {("41410610", "3116062"): 1, ("41410620", "3116061"): 1}
    back = recode(["3116062", "31160610", "999"], given="kostat7", wanted="mois10", on=BEFORE)
    assert weights(back) == {("3116062", "4141061000"): 1}
    assert back.lost == ("31160610", "999")


@pytest.mark.parametrize(
    ("code", "on", "wanted_on", "to"),
    [
        ("11305590", "2018-12-31", "2019-01-01", {"11305595": 1}),  # 번1동
        ("11305635", "2021-01-01", "2018-01-01", {"11305630": 1}),  # 수유3동
        ("11530780", "2019-12-31", "2020-01-01", {"11530780": 0.683, "11530800": 0.317}),  # 오류2동, 항동
        ("11530800", "2020-01-01", "2019-12-31", {"11530780": 1}),
        ("11680740", "2020-01-01", "2023-01-01", {"11680675": 1}),  # 일원2동, 개포3동
        ("11740520", "2020-01-01", "2023-01-01", {"11740525": 1}),  # 상일동, 상일1동
        ("11740526", "2023-01-01", "2020-01-01", {"11740515": 1}),  # 상일2동, 강일동
        ("11110530", "2018-01-01", "2026-01-01", {"11110530": 1}),  # 사직동
    ],
)
def test_seouls_changes_lead_where_they_led(code, on, wanted_on, to):
    days = {"on": date.fromisoformat(on), "wanted_on": date.fromisoformat(wanted_on)}
    found = recode([code], given="mois8", wanted="mois8", **days)
    assert {name: weight for (_, name), weight in weights(found).items()} == to


def test_a_split_whose_areas_nobody_published_has_unknown_shares():
    found = recode(["11740515"], given="mois8", wanted="mois8", on=BEFORE, wanted_on=AFTER)
    assert found.split == {"11740515": ("11740515", "11740526")}
    assert found.table["weight"].isna().all()


def test_an_old_number_has_the_other_systems_code_of_its_new_one():
    found = recode(["11305590"], given="mois8", wanted="kostat7", on=date(2018, 6, 1))
    assert weights(found) == {("11305590", "1109060"): 1}
    back = recode(["1109060"], given="kostat7", wanted="mois8", on=date(2018, 6, 1))
    assert weights(back) == {("1109060", "11305590"): 1}
    with pytest.raises(UnitsRefused, match="legal8 is no coding system of dongs: mois8"):
        recode(["41410101"], given="legal8", wanted="mois8", on=BEFORE)


def test_the_areas_of_the_changes_are_those_of_the_published_boundaries(reference_data):
    folder = reference_data / "boundaries"
    old = gpd.read_file(folder / "gunpo_admin_dong_2021.geojson").to_crs("EPSG:5179")
    new = gpd.read_file(folder / "gunpo_admin_dong_202406.geojson").to_crs("EPSG:5179")
    old, new = (units.set_geometry(units.make_valid()) for units in (old, new))
    cut = gpd.overlay(old[["adm_cd2", "geometry"]], new[["admi_cd", "geometry"]], keep_geom_type=True)
    km2 = (cut.area / 1e6).groupby([cut["adm_cd2"].str[:8], cut["admi_cd"].str[:8]]).sum()
    told = changes().query("new.str.startswith('41410')").set_index(["old", "new"])["area_km2"]
    for pair, area in told.items():
        assert km2[pair] == pytest.approx(area, abs=0.001)
    songbu = km2[:, "41410630"] / (new.set_index("admi_cd").area["4141063000"] / 1e6)
    assert songbu["41410520"] == pytest.approx(0.525, abs=0.001)
    assert songbu["41410610"] == pytest.approx(0.461, abs=0.001)
    seoul = gpd.read_file(folder / "seoul_admin_dong.geojson").set_index("adm_cd2").to_crs("EPSG:5179").area / 1e6
    told = changes().query("old == '11530780'").set_index("new")["area_km2"]
    assert told.to_dict() == pytest.approx({code: seoul[f"{code}00"] for code in told.index}, abs=0.001)


def test_residents_moved_otherwise_than_area(reference_data):
    """56,613 people lived in 군포2동 in May 2017 (docs/geography.md): more of them than of its area left it."""
    new = gpd.read_file(reference_data / "boundaries" / "gunpo_admin_dong_202406.geojson").set_index("admi_cd")
    left = 56_613 - new.loc["4141052000", "population"]
    of_songbu = left / new.loc["4141063000", "population"]
    assert of_songbu == pytest.approx(0.73, abs=0.01)
    assert of_songbu > 0.532


def test_the_pairs_of_codes_are_those_of_the_published_boundaries(reference_data):
    folder = reference_data / "boundaries"
    names = ("seoul_admin_dong.geojson", "gunpo_admin_dong_2021.geojson")
    both = pd.concat([gpd.read_file(folder / name) for name in names])
    there = dongs().loc[valid_on(dongs(), date(2021, 4, 1))].set_index("mois")["kostat"]
    assert there.to_dict() == dict(zip(both["adm_cd2"].str[:8], both["adm_cd"], strict=True))
