"""The demo city is Gunpo where facts say so, and says so where they do not."""

import json
from collections import Counter

import numpy as np
import pytest

from entry_service.demo import cells, city, facts, geometry

CITY_HALL = (126.93502, 37.36188)


def test_cell_names_follow_the_national_grid():
    assert geometry.cell_code(952_500, 1_953_250) == "다사52505325"  # Jongno, from Seoul's own file
    east, north = geometry.to_metres(*CITY_HALL)
    assert (round(east), round(north)) == (949_969, 1_929_353)
    assert geometry.cell_code(east // 250 * 250, north // 250 * 250) == "다사49752925"


def test_degrees_and_metres_are_inverse():
    assert geometry.to_degrees(*geometry.to_metres(*CITY_HALL)) == pytest.approx(CITY_HALL, abs=1e-9)


def test_the_outlines_are_the_nine_legal_dongs_with_their_attribution():
    text = (facts.DATA / "gunpo_legal_dong.geojson").read_text(encoding="utf-8")
    assert len(geometry.legal_dongs()) == 9
    assert "NGII" in json.loads(text)["note"]


def test_a_point_is_inside_the_legal_dong_that_holds_it():
    lon, lat = (np.array([value]) for value in CITY_HALL)
    index = int(geometry.legal_dong_of(lon, lat)[0])
    assert geometry.legal_dongs()[index].name == "금정동"  # legal 금정동, administrative 재궁동
    assert geometry.legal_dong_of(lon + 1, lat)[0] == -1


def test_the_city_hall_belongs_to_jaegung_dong():
    made = cells.make_cells(1)
    mine = np.flatnonzero(made.code == "다사49752925")
    assert [made.dong_names[made.dong[cell]] for cell in mine] == ["재궁동"]


def test_the_cells_cover_the_city_and_no_more():
    made = cells.make_cells(1)
    assert 570 <= len(made.code) <= 595  # 36.5 km² ÷ 62,500 m²
    assert len(set(made.code)) == len(made.code)
    assert all(code.startswith("다사") and len(code) == 10 for code in made.code)
    np.testing.assert_allclose(made.shares.sum(axis=1), 1)


def test_the_eleven_dongs_of_2020_hold_everybody():
    made = cells.make_cells(1)
    assert len(made.dong_codes) == 11
    assert "41410630" not in made.dong_codes  # 송부동 exists only since 2021-07-01
    assert set(made.dong) == set(range(11))
    assert made.residents.sum() == pytest.approx(275_000)
    by_dong = np.bincount(made.dong, weights=made.residents)
    assert made.dong_names[by_dong.argmax()] == "군포2동"


def test_the_hills_are_all_but_empty():
    made = cells.make_cells(1)
    assert (made.residents < 3).sum() > 100


def test_forty_five_public_sites_and_some_1700_in_all(whole):
    facilities = whole.city.sites.facilities
    assert 1_650 <= len(facilities) <= 1_750
    assert sum(facility.facility_id.startswith("G") for facility in facilities) == 45
    assert len({facility.facility_id for facility in facilities}) == len(facilities)


def test_what_is_invented_says_so(whole):
    for facility in whole.city.sites.facilities:
        invented = not facility.facility_id.startswith("GP-")
        assert invented == (facility.coord_quality == "simulated")
        assert invented == facility.name.startswith("모의")
    named = Counter(f.coord_quality for f in whole.city.sites.facilities if f.facility_id.startswith("GP-"))
    assert named == {"dong_point": 22, "geocoded": 3}


def test_every_facility_lies_in_the_city_near_its_cell(whole):
    facilities = whole.city.sites.facilities
    lon, lat = (np.array([getattr(facility, key) for facility in facilities]) for key in ("lon", "lat"))
    assert (geometry.legal_dong_of(lon, lat) >= 0).all()
    east, north = geometry.to_metres(lon, lat)
    at = whole.city.cells
    assert np.abs(east - at.east[whole.city.sites.cell] - 125).max() < 400
    assert np.abs(north - at.north[whole.city.sites.cell] - 125).max() < 400


def test_the_same_seed_makes_the_same_city_and_another_seed_another():
    one, again, other = city.make_city(7, 0.05), city.make_city(7, 0.05), city.make_city(8, 0.05)
    assert one.sites.facilities == again.sites.facilities
    np.testing.assert_array_equal(one.cells.residents, again.cells.residents)
    assert one.sites.facilities != other.sites.facilities
    np.testing.assert_array_equal(one.cells.code, other.cells.code)  # geography is not random


def test_scale_is_the_share_of_facilities():
    assert len(city.make_city(1, 0.1).sites.facilities) == pytest.approx(170, abs=25)
