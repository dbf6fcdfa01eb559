"""Neighbours: queen contiguity, distance bands with ties, k nearest, and units nobody touches."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from analytics.statistics import weights
from analytics.statistics.refusals import Misaligned, StatisticRefused


def squares(corners, crs="EPSG:5179") -> gpd.GeoDataFrame:
    shapes = [box(x, y, x + 100, y + 100) for x, y in corners]
    return gpd.GeoDataFrame(geometry=shapes, index=[f"u{number}" for number in range(len(shapes))], crs=crs)


def test_queen_contiguity_joins_corners_and_never_the_unit_itself():
    units = squares([(0, 0), (100, 0), (100, 100), (300, 300)])
    w = weights.contiguity(units)
    assert w.toarray().tolist() == [[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert weights.isolates(w).tolist() == [3]


def test_rook_contiguity_wants_a_stretch_of_boundary():
    units = squares([(0, 0), (100, 0), (100, 100), (0, 200)])
    assert weights.rook(units).toarray().tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]


def test_a_sliver_between_boundaries_can_be_bridged_in_metres():
    units = squares([(0, 0), (101.5, 0)])
    assert weights.contiguity(units).nnz == 0
    assert weights.contiguity(units, gap_m=2).nnz == 2
    with pytest.raises(StatisticRefused, match="metres"):
        weights.contiguity(squares([(0, 0), (101.5, 0)], crs="EPSG:4326"), gap_m=2)


def test_contiguity_of_north_carolina_equals_spdep(golden, reference_data, edges_to_weights):
    counties = gpd.read_file(reference_data / "classical" / "spData_nc_sids.geojson").set_index("FIPS")
    edges = edges_to_weights(golden("ncsids_queen_edges.csv"), pd.Series(counties.index))
    ours = weights.contiguity(counties)
    assert ours.nnz == 490
    assert (ours != edges).nnz == 0
    stretches = weights.rook(counties)
    assert stretches.nnz == 462
    assert (ours - stretches).min() == 0


def test_a_distance_band_includes_its_edge_at_national_coordinates(cells):
    far = cells + [953_000.1, 1_950_000.7]
    assert weights.distance_band(far, 250).sum() == 4 * 64 - 4 * 8
    assert weights.distance_band(far, 249.9).nnz == 0


def test_nearest_neighbours_of_equal_distance_go_by_code_not_by_row(cells):
    w = weights.k_nearest(cells, 4)
    assert (np.diff(w.indptr) == 4).all()
    turned = cells.iloc[::-1]
    assert (weights.k_nearest(turned, 4)[::-1][:, ::-1] != w).nnz == 0
    with pytest.raises(StatisticRefused, match="k must be"):
        weights.k_nearest(cells, 64)


def test_nearest_neighbours_of_scattered_units_are_the_nearest():
    points = pd.DataFrame(np.random.default_rng(1).uniform(0, 1e6, (60, 2)), columns=["x", "y"])
    distance = np.hypot(*(points.to_numpy()[:, None] - points.to_numpy()[None]).T)
    np.fill_diagonal(distance, np.inf)
    nearest = np.sort(np.argsort(distance, axis=1)[:, :7], axis=1)
    assert (weights.k_nearest(points, 7).indices.reshape(60, 7) == nearest).all()
    assert weights.k_nearest(points, 59).nnz == 60 * 59


def test_an_isolate_is_attached_to_its_nearest_unit_both_ways():
    units = squares([(0, 0), (100, 0), (300, 0), (1000, 0)])
    places = units.centroid.get_coordinates()
    w = weights.contiguity(units)
    joined = weights.attach_isolates(w, places)
    assert len(weights.isolates(joined)) == 0
    assert joined.toarray()[2].tolist() == [0, 1, 0, 1]
    assert (joined != joined.T).nnz == 0
    assert weights.isolates(w).tolist() == [2, 3]  # the argument is not changed


def test_units_that_leave_the_map_take_their_links_along():
    units = squares([(0, 0), (100, 0), (200, 0)])
    w = weights.subset(weights.contiguity(units), np.array([True, False, True]))
    assert w.shape == (2, 2)
    assert weights.isolates(w).tolist() == [0, 1]


def test_a_unit_without_geometry_or_a_code_twice_is_refused():
    units = squares([(0, 0), (100, 0)])
    with pytest.raises(Misaligned, match="u1"):
        weights.contiguity(units.set_geometry([units.geometry.iloc[0], None], crs="EPSG:5179"))
    with pytest.raises(Misaligned, match="u0"):
        weights.contiguity(units.iloc[[0, 0]])
    with pytest.raises(Misaligned, match="x and y"):
        weights.distance_band(pd.DataFrame({"lon": [1.0], "lat": [2.0]}), 5)
