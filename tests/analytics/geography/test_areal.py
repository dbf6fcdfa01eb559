"""Areal interpolation: nothing is lost where all is covered, the rest is reported, missing stays missing."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analytics.geography import METRES, areal_weights, cells_over, read_units
from analytics.refusals import UnitsRefused
from tests.analytics.geography.test_crs import LEGAL


def units(*boxes, codes="abcdefgh"):
    shapes = [shapely.box(*box) for box in boxes]
    return gpd.GeoDataFrame(geometry=shapes, index=list(codes[: len(boxes)]), crs=METRES)


def strips(edges, *, low=0.0, high=100.0, across=False):
    """Return units between consecutive edges."""
    pairs = zip(edges[:-1], edges[1:], strict=True)
    boxes = [(low, a, high, b) if across else (a, low, b, high) for a, b in pairs]
    return units(*boxes, codes=[f"u{number}" for number in range(len(boxes))])


edges = st.lists(st.integers(1, 199), min_size=0, max_size=8, unique=True).map(
    lambda cut: [0.0, *(at / 2 for at in sorted(cut)), 100.0]  # no strip so thin that it counts as rounding
)


@given(edges, edges, st.integers(0, 2**32 - 1))
def test_sums_are_preserved_where_all_is_covered_there_and_back(one, other, seed):
    sources, targets = strips(one), strips(other, across=True)
    weights = areal_weights(sources, targets)
    people = np.random.default_rng(seed).uniform(0, 1e5, (len(sources), 3))
    there = weights.carry(people)
    assert there.sum(axis=0) == pytest.approx(people.sum(axis=0), rel=1e-9)
    back = areal_weights(targets, sources).carry(there)
    assert back.sum(axis=0) == pytest.approx(people.sum(axis=0), rel=1e-9)
    assert weights.covered.eq(1).all()
    assert weights.uncovered() == 0
    share = sources.area.to_numpy()[None, :] / 1e4 * np.ones((len(targets), 1))
    height = targets.area.to_numpy()[:, None] / 1e4
    assert weights.matrix.toarray() == pytest.approx(height * share / share, rel=1e-6)


def test_what_lies_in_no_target_is_lost_and_reported():
    sources = units((0, 0, 10, 10), (10, 0, 20, 10), (50, 0, 60, 10))
    targets = units((0, 0, 15, 10), (100, 0, 110, 10))
    weights = areal_weights(sources, targets)
    assert weights.covered.to_dict() == {"a": 1, "b": 0.5, "c": 0}
    people = np.array([100.0, 40.0, 7.0])
    carried = weights.carry(people)
    assert carried[0] == pytest.approx(120)
    assert np.isnan(carried[1])  # no source reaches it: unknown, not zero
    assert weights.uncovered() == pytest.approx(0.5)
    by_area = weights.uncovered(sources.area)
    assert by_area == pytest.approx(0.5)


def test_a_masked_part_makes_the_whole_missing_and_bounds_go_the_same_way():
    sources = units((0, 0, 10, 10), (10, 0, 20, 10))
    targets = units((0, 0, 5, 10), (5, 0, 15, 10), (15, 0, 20, 10))
    weights = areal_weights(sources, targets)
    people = np.array([[100.0, 100.0], [40.0, np.nan]])
    carried = weights.carry(people)
    assert carried[:, 0] == pytest.approx([50, 70, 20])
    assert carried[0, 1] == pytest.approx(50)
    assert np.isnan(carried[1:, 1]).all()
    low, high = (weights.carry(np.where(np.isnan(people), edge, people)) for edge in (0.0, 3.0))
    assert low[:, 1] == pytest.approx([50, 50, 0])
    assert high[:, 1] == pytest.approx([50, 51.5, 1.5])
    assert weights.reached(np.isnan(people)).tolist() == [[False, False], [False, True], [False, True]]


def test_a_mask_or_points_say_where_in_a_unit_people_are():
    sources = units((0, 0, 10, 10), (10, 0, 20, 10))
    targets = units((0, 0, 5, 10), (5, 0, 10, 10), (10, 0, 15, 10), (15, 0, 20, 10))
    land = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 6, 10)], crs=METRES)
    dry = areal_weights(sources, targets, ancillary=land)
    assert dry.matrix.toarray()[:, 0] == pytest.approx([5 / 6, 1 / 6, 0, 0])
    assert dry.matrix.toarray()[:, 1] == pytest.approx([0, 0, 0.5, 0.5])  # nothing told: by area
    assert dry.by_area == ("b",)
    points = shapely.points([(1, 1), (2, 2), (5, 5), (10, 5), (12, 5)])  # two lie on borders
    houses = gpd.GeoDataFrame({"weight": [1.0, 2, 3, 4, 10]}, geometry=points, crs=METRES)
    built = areal_weights(sources, targets, ancillary=houses)
    assert built.matrix.toarray()[:, 0] == pytest.approx([0.6, 0.4, 0, 0])
    assert built.matrix.toarray()[:, 1] == pytest.approx([0, 0, 1, 0])
    assert built.covered.tolist() == [1, 1]
    counted = areal_weights(sources, targets, ancillary=houses[["geometry"]])
    assert counted.matrix.toarray()[:, 0] == pytest.approx([0.75, 0.25, 0, 0])


def test_degrees_and_overlapping_targets_are_refused():
    one = units((0, 0, 10, 10))
    with pytest.raises(UnitsRefused, match="one projected coordinate system"):
        areal_weights(one, one.to_crs("EPSG:4326"))
    with pytest.raises(UnitsRefused, match=r"unit a is covered 2\.0000 times: the units to be filled overlap"):
        areal_weights(one, units((0, 0, 10, 10), (0, 0, 10, 10)))
    sliver = areal_weights(one, units((0, 0, 5.01, 10), (5, 0, 10, 10)))
    assert sliver.matrix.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("size", [100, 500])
def test_cells_take_what_an_independent_overlay_gives_them(size):
    dongs = read_units(LEGAL)
    cells = cells_over(dongs, size)
    weights = areal_weights(dongs, cells)
    cut = gpd.overlay(
        dongs[["geometry"]].rename_axis("dong").reset_index(),
        cells[["geometry"]].rename_axis("cell").reset_index(),
        keep_geom_type=True,
    )
    cut["share"] = cut.area / dongs.area[cut["dong"]].to_numpy()
    table = cut.pivot_table(index="cell", columns="dong", values="share", aggfunc="sum")
    table = table.reindex(index=cells.index, columns=dongs.index).to_numpy()
    assert weights.matrix.toarray() == pytest.approx(np.where(np.isnan(table), 0, table), abs=1e-8)
    assert weights.covered.to_numpy() == pytest.approx(np.nansum(table, axis=0), abs=1e-5)
    assert 0 < weights.uncovered(dongs.area) < 0.1 * size / 500
