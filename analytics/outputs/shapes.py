"""Units as SVG: coordinates in metres from the north-west corner, y downwards, borders kept common."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

DETAIL = 2_500
"""Borders are simplified to the width of the map ÷ this: less than half a pixel on a large screen."""
MARGIN = 0.02
PIXELS = 900  # of the map's longer side on a screen, for the size of marks
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1))  # of a cluster, where its rank may stand: the first that is free


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
    parts, unit = shapely.get_parts(units.geometry.to_numpy(), return_index=True)
    areas = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, part = shapely.get_rings(parts[areas], return_index=True)
    at, ring = shapely.get_coordinates(rings, return_index=True)
    points = [f"{x} {y}" for x, y in np.rint(at).astype(int).tolist()]
    ends = np.cumsum(np.bincount(ring, minlength=len(rings))).tolist()
    told = [""] * len(units)
    for owner, start, end in zip(unit[areas][part].tolist(), [0, *ends], ends, strict=False):
        told[owner] += "M" + "L".join(points[start : end - 1]) + "Z"
    return told


def marks(units: gpd.GeoDataFrame, clusters: pd.DataFrame, unit: float) -> str:
    """Return discs for persons in units that are not hot, and the ranks of hot clusters (data-at: their place)."""
    told = []
    some = units[(units["status"] == "not significant") & (units["distinct_persons"].fillna(0) > 0)]
    for at, persons in zip(some.geometry.representative_point(), some["distinct_persons"], strict=True):
        disc = f'<circle class="persons" r="{2.2 + 1.6 * float(persons) ** 0.5:.1f}"/>'
        told.append(_mark("", at.x, at.y, unit, disc))
    for rank, (edge, side) in zip(clusters["rank"], beside(units, clusters, 15 * unit), strict=True):
        x, y = (15 * part for part in side)
        disc = f'<circle cx="{x}" cy="{y}" r="11" stroke-width="2"/>'
        told.append(_mark("rank", *edge, unit, f'{disc}<text x="{x}" y="{y}" font-size="13">{rank}</text>'))
    return "\n".join(told)


def beside(
    units: gpd.GeoDataFrame, clusters: pd.DataFrame, reach: float
) -> list[tuple[tuple[float, float], tuple[int, int]]]:
    """Return for each cluster the point of its edge and the side where its rank stands, `reach` metres away.

    A rank keeps off the other clusters and the ranks before it, where one of the four sides allows it.
    """
    areas = [units.geometry.loc[list(members)].union_all() for members in clusters["members"]]
    places, discs = [], []
    for number, area in enumerate(areas):
        others = shapely.union_all([*areas[:number], *areas[number + 1 :], *discs])
        options = [_at_side(area, side, reach) for side in SIDES]
        edge, side, disc = next((one for one in options if not one[2].intersects(others)), options[0])
        places.append((edge, side))
        discs.append(disc)
    return places


def _at_side(area, side: tuple[int, int], reach: float):
    """Return the point on this side of the bounds, the side, and the disc that a rank would cover there."""
    inside, (west, south, east, north) = area.representative_point(), area.bounds
    x = {0: inside.x, 1: east, -1: west}[side[0]]
    y = {0: inside.y, 1: north, -1: south}[side[1]]
    return (x, y), side, shapely.Point(x + side[0] * reach, y + side[1] * reach).buffer(0.9 * reach)


def _mark(kind: str, x: float, y: float, unit: float, drawn: str) -> str:
    """Return something drawn in pixels at a place on the map; the script keeps its size while zooming."""
    at = f"{x:.0f} {y:.0f}"
    return f'<g class="{kind}" data-at="{at}" transform="translate({at}) scale({unit:.2f})">{drawn}</g>'
