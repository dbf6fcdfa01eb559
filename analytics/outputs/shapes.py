"""Units as SVG: coordinates in metres from the north-west corner, y downwards, borders kept common."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

DETAIL = 2_500
"""Borders are simplified to the width of the map ÷ this: less than half a pixel on a large screen."""
MARGIN = 0.02
PIXELS = 900  # of the map's longer side on a screen, for the size of marks


def simplified(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the units with their outline simplified (neighbours keep one border) and moved to the corner."""
    west, south, east, north = units.total_bounds
    tolerance = max(east - west, north - south) / DETAIL
    shapes = units.geometry.to_numpy()
    if shapely.coverage_is_valid(shapes):
        shapes = shapely.coverage_simplify(shapes, tolerance)
    else:
        shapes = shapely.simplify(shapes, tolerance / 2)
    moved = shapely.transform(shapes, lambda at: np.column_stack([at[:, 0] - west, north - at[:, 1]]))
    return units.set_geometry(gpd.GeoSeries(moved, index=units.index), crs=None)


def view_box(units: gpd.GeoDataFrame) -> tuple[str, float]:
    """Return the viewBox of the whole map, and how many metres a pixel of a usual screen is."""
    _, _, east, south = units.total_bounds
    pad = MARGIN * max(east, south)
    box = (-pad, -pad, east + 2 * pad, south + 2 * pad)
    return " ".join(f"{value:.0f}" for value in box), max(box[2], box[3]) / PIXELS


def outlines(units: gpd.GeoDataFrame) -> list[str]:
    """Return the path data of each unit, whole metres."""
    return ["".join(_ring(ring) for ring in _rings(shape)) for shape in units.geometry]


def marks(units: gpd.GeoDataFrame, clusters: pd.DataFrame, unit: float) -> str:
    """Return discs for persons in units that are not hot, and the ranks of hot clusters (data-at: their place)."""
    told = []
    some = units[(units["status"] == "not significant") & (units["distinct_persons"].fillna(0) > 0)]
    for at, persons in zip(some.geometry.representative_point(), some["distinct_persons"], strict=True):
        disc = f'<circle class="persons" r="{2.2 + 1.6 * float(persons) ** 0.5:.1f}"/>'
        told.append(_mark("", at.x, at.y, unit, disc))
    for row in clusters.itertuples():
        area = units.geometry.loc[list(row.members)].union_all()
        disc = f'<circle cx="15" r="11" stroke-width="2"/><text x="15" font-size="13">{row.rank}</text>'
        told.append(_mark("rank", area.bounds[2], area.representative_point().y, unit, disc))
    return "\n".join(told)


def _mark(kind: str, x: float, y: float, unit: float, drawn: str) -> str:
    """Return something drawn in pixels at a place on the map; the script keeps its size while zooming."""
    at = f"{x:.0f} {y:.0f}"
    return f'<g class="{kind}" data-at="{at}" transform="translate({at}) scale({unit:.2f})">{drawn}</g>'


def _rings(shape) -> list:
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
    return [ring for part in parts for ring in (part.exterior, *part.interiors)]


def _ring(ring) -> str:
    points = np.rint(np.asarray(ring.coords)[:-1]).astype(int)
    return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z"
