"""map.png: the verdict as a picture for a report or a wall, readable in black and white."""

from pathlib import Path

import geopandas as gpd
import matplotlib
import numpy as np
import pandas as pd
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.path import Path as Outline

from ..verdict import Verdict
from .fonts import Face, korean_face
from .shapes import beside
from .words import PAGE, STATUS, cluster_line, end_of, hot_clusters, minute

DPI = 150
WIDTH = 9.0  # inches
LISTED = 10  # clusters named below the map
REACH = 0.022  # of the map's longer side: how far beside its cluster a rank stands
INK, MUTED = "#1e2124", "#58616a"
STYLE = {
    "no data": {"facecolor": "#f4f5f7", "edgecolor": "#c3c9d2", "hatch": "....", "linewidth": 0.3},
    "not significant": {"facecolor": "#d3e1f8", "edgecolor": "#ffffff", "hatch": None, "linewidth": 0.5},
    "hot": {"facecolor": "#f0613f", "edgecolor": "#1e2124", "hatch": "////", "linewidth": 1.2},
}


def write_png(path: Path, units: gpd.GeoDataFrame, verdict: Verdict, summary: dict[str, object]) -> None:
    """Draw the units by status (fill, hatching and outline differ), hot clusters numbered and told below."""
    face = korean_face()
    clusters = hot_clusters(verdict.clusters, summary["parameters"]["alpha"])
    look = {"font.family": [face.family, "DejaVu Sans"], "hatch.linewidth": 0.5, "axes.unicode_minus": False}
    with matplotlib.rc_context(look):
        figure, axes, rest = _sheet(units, min(len(clusters), LISTED) + (len(clusters) > LISTED))
        _draw_units(axes, units)
        _draw_persons(axes, units)
        _outline_clusters(axes, units, clusters)
        _scale_bar(axes, face)
        _head(figure, face, units, summary)
        _foot(figure, face, units, clusters, summary, rest)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})


def _sheet(units: gpd.GeoDataFrame, lines: int) -> tuple[Figure, object, float]:
    """Return a figure whose map area has the shape of the city, and the share of height left below the map."""
    west, south, east, north = units.total_bounds
    map_height = np.clip((WIDTH - 0.6) * (north - south) / max(east - west, 1.0), 3.5, 12.0)
    head, foot = 1.1, 1.3 + 0.24 * max(lines, 1)
    figure = Figure(figsize=(WIDTH, head + map_height + foot), facecolor="white")
    FigureCanvasAgg(figure)
    height = head + map_height + foot
    axes = figure.add_axes((0.3 / WIDTH, foot / height, 1 - 0.6 / WIDTH, map_height / height))
    axes.set_axis_off()
    axes.set_aspect("equal")
    pad = 0.02 * max(east - west, north - south)
    axes.set_xlim(west - pad, east + pad)
    axes.set_ylim(south - pad, north + pad)
    return figure, axes, foot / height


def _draw_units(axes, units: gpd.GeoDataFrame) -> None:
    for status, style in STYLE.items():
        part = units.geometry[units["status"] == status]
        fill = PathCollection([_outline(shape) for shape in part], **style | {"hatch": None})
        axes.add_collection(fill, autolim=False)
        if style["hatch"] and len(part):  # over all units at once: each hatched path takes milliseconds
            hatched = style | {"facecolor": "none", "linewidth": 0}
            axes.add_collection(PathCollection([_outline(part.union_all())], **hatched), autolim=False)


def _outline(shape) -> Outline:
    """Return all rings of a polygon as one path (holes stay open: their direction is the other one)."""
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
    turned = [shapely.orient_polygons(part) for part in parts]
    rings = [ring for part in turned for ring in (part.exterior, *part.interiors)]
    return Outline.make_compound_path(*(Outline(np.asarray(ring.coords), closed=True) for ring in rings))


def _draw_persons(axes, units: gpd.GeoDataFrame) -> None:
    some = units[(units["status"] == "not significant") & (units["distinct_persons"].fillna(0) > 0)]
    at = some.geometry.representative_point()
    persons = some["distinct_persons"].to_numpy(dtype=float)
    axes.scatter(at.x, at.y, s=10 + 8 * np.sqrt(persons), color="#2f5d9b", linewidths=0, zorder=3)


def _outline_clusters(axes, units: gpd.GeoDataFrame, clusters: pd.DataFrame) -> None:
    """Draw a line around all units of a cluster, and its rank beside it on a dark disc."""
    reach = REACH * max(np.ptp(units.total_bounds[[0, 2]]), np.ptp(units.total_bounds[[1, 3]]))
    for row, ((x, y), side) in zip(clusters.itertuples(), beside(units, clusters, reach), strict=True):
        members = units.geometry.loc[list(row.members)].union_all()
        edge = PathCollection([_outline(members)], facecolor="none", edgecolor=INK, linewidth=2.2, zorder=2)
        axes.add_collection(edge, autolim=False)
        axes.text(
            x + side[0] * reach, y + side[1] * reach, str(row.rank),
            ha="center", va="center", fontsize=10, fontweight="bold", color="white", zorder=6,
            bbox={"boxstyle": "circle,pad=0.3", "facecolor": INK, "edgecolor": "white", "linewidth": 1.0},
        )  # fmt: skip


def _scale_bar(axes, face: Face) -> None:
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    km = next(step for step in (20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05) if step * 1_000 <= 0.25 * (east - west))
    left, low, thick = west + 0.01 * (east - west), south + 0.012 * (north - south), 0.004 * (north - south)
    axes.add_patch(Rectangle((left, low), km * 1_000, thick, color=INK, zorder=5))
    axes.text(left, low + 2.5 * thick, PAGE[face.language]["scale"].format(km=km), fontsize=8, color=INK)


def _head(figure: Figure, face: Face, units: gpd.GeoDataFrame, summary: dict) -> None:
    page, period = PAGE[face.language], summary["period"]
    counts = units["status"].value_counts()
    height = figure.get_figheight()
    lines = [
        page["found"].format(total=len(units), hot=counts.get("hot", 0), none=counts.get("no data", 0)),
        page["period"].format(first=period["first_day"], last=end_of(period))
        + "   ·   "
        + page["as_of"].format(as_of=minute(summary["as_of"])),
    ]
    left = 0.35 / WIDTH
    figure.text(left, 1 - 0.45 / height, page["title"], fontsize=18, fontweight="bold", color=INK)
    figure.text(left, 1 - 0.75 / height, lines[0], fontsize=11, color=INK)
    figure.text(left, 1 - 1.0 / height, lines[1], fontsize=9, color=MUTED)


def _where(units: gpd.GeoDataFrame, row, language: str) -> str:
    """Return the name of the cluster's centre, and how many units there are beside it."""
    name = units["name"][row.centre] if language == "ko" else ""
    others = len(row.members) - 1
    more = PAGE[language]["others"].format(count=others) if others else ""
    return " · ".join(["", " ".join(part for part in (name, more) if part)]) if name or more else ""


def _foot(figure: Figure, face: Face, units, clusters, summary: dict, rest: float) -> None:
    page, names = PAGE[face.language], STATUS[face.language]
    height, left = figure.get_figheight(), 0.35 / WIDTH
    keys = [Patch(label=names[status], **style) for status, style in reversed(STYLE.items())]
    dot = Line2D([], [], marker="o", linestyle="", color="#2f5d9b", markersize=5, label=page["persons"])
    figure.legend(
        handles=[*keys, dot], loc="upper left", bbox_to_anchor=(left - 0.01, rest), ncols=4, frameon=False,
        fontsize=9, handlelength=2.2, handleheight=1.2,
    )  # fmt: skip
    told = []
    for row in clusters.head(LISTED).itertuples():
        told.append(face.drawable(cluster_line(row, face.language) + _where(units, row, face.language)))
    if len(clusters) > LISTED:
        told.append(page["more"].format(count=len(clusters) - LISTED))
    top = rest - 0.55 / height
    for number, line in enumerate(told or [page["none"]]):
        figure.text(left, top - 0.24 * number / height, line, fontsize=9.5, color=INK, va="top")
    made = page["made"].format(
        seed=summary["seed"], version=summary["code_version"], created=minute(summary["created"])
    )
    figure.text(left, 0.2 / height, made, fontsize=7.5, color=MUTED)
    if face.language == "ko":
        limits = [warning["ko"] for warning in summary["warnings"]][:1]
        for line in limits:
            figure.text(left, 0.4 / height, face.drawable(line), fontsize=7.5, color=MUTED)
