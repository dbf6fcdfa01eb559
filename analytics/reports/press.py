"""Pictures for a press sheet, drawn as map.png is: a table of heat for the week, a map of words for the day."""

from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.path import Path as Outline

from ..outputs.fonts import Face, korean_face
from ..outputs.words import STATUS
from ..verdict import HOT, NO_DATA, NOT_SIGNIFICANT
from .daily import Daily
from .dongs import Dongs
from .html_weekly import bounds_of, cell_text, drawn, scale_of
from .reading import Run
from .weekly import Weekly
from .words import date_text, moment_text

INTERNAL = "내부용: 민감시설을 포함한 분석임. 대외 공개는 공개용 결과(hotspots --publish)로 할 것."
DPI, WIDTH = 150, 9.0
INK, MUTED = "#1e2124", "#58616a"
RAMP = (
    "#f3f8fd",
    "#e1edf8",
    "#cde0f1",
    "#b5d1e9",
    "#98bfdf",
    "#78aad2",
    "#5b94c3",
    "#3b76aa",
    "#235b90",
    "#0c3c6e",
)
LOOK = {
    NO_DATA: {"facecolor": "#f4f5f7", "edgecolor": "#8a949e", "hatch": "....", "linewidth": 0.8},
    NOT_SIGNIFICANT: {"facecolor": "#d3e1f8", "edgecolor": "#8fa9d6", "hatch": None, "linewidth": 0.8},
    HOT: {"facecolor": "#f0613f", "edgecolor": INK, "hatch": "////", "linewidth": 1.4},
}


def weekly_png(path: Path, run: Run, dongs: Dongs, week: Weekly) -> None:
    """Draw people by dong and hour, one figure a cell."""
    codes = drawn(week)
    period = f"{date_text(week.days[0])} ~ {date_text(week.days[-1])}"
    divisor, unit = scale_of(week.hours)

    def draw(figure: Figure, face: Face) -> None:
        _head(figure, face, "동별·시간대별 유동인구", f"{period} 평균, 단위 {unit}")
        height = figure.get_figheight()
        axes = figure.add_axes((0.13, 0.65 / height, 0.85, 1 - 1.95 / height))
        bounds = bounds_of(week.hours)
        for row, code in enumerate(codes):
            for hour, value in enumerate(week.hours.loc[code]):
                known = np.isfinite(value)
                grade = int(np.searchsorted(bounds, value)) if known else 0
                colour = RAMP[grade] if known else "#ffffff"
                axes.add_patch(
                    matplotlib.patches.Rectangle((hour, row), 1, 1, facecolor=colour, edgecolor="white")
                )
                told = cell_text(value, divisor)
                ink = "white" if grade >= 7 else INK
                axes.text(hour + 0.5, row + 0.52, told, ha="center", va="center", fontsize=6.5, color=ink)
        axes.set_xlim(0, 24)
        axes.set_ylim(len(codes), 0)
        axes.set_xticks(np.arange(24) + 0.5, [str(hour) for hour in range(24)], fontsize=7.5, color=MUTED)
        names = [face.drawable(dongs.name(code)) for code in codes]
        axes.set_yticks(np.arange(len(codes)) + 0.5, names, fontsize=9, color=INK)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        _foot(figure, face, run)

    _save(path, 2.2 + 0.34 * len(codes), draw)


def daily_png(path: Path, run: Run, dongs: Dongs, brief: Daily) -> None:
    """Draw the dongs by their word; no count and nothing below dong level."""
    west, south, east, north = dongs.areas.total_bounds
    tall = float(np.clip((WIDTH - 0.8) * (north - south) / max(east - west, 1.0), 3.5, 9.0))

    def draw(figure: Figure, face: Face) -> None:
        hot = brief.words[HOT]
        told = f"{len(dongs.areas)}개 동 가운데 핫스팟이 있는 동 {len(hot)}곳"
        _head(figure, face, "동별 핫스팟 현황", f"{date_text(brief.known.date())} 기준 · {told}")
        height = figure.get_figheight()
        axes = figure.add_axes((0.04, 0.95 / height, 0.92, tall / height))
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        for word, style in LOOK.items():
            shapes = dongs.areas.geometry[(dongs.areas["word"] == word).to_numpy()]
            axes.add_collection(PathCollection([_outline(shape) for shape in shapes], **style), autolim=False)
        for code, at in dongs.areas.geometry.representative_point().items():
            name = face.drawable(dongs.name(code))
            box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.2}
            axes.text(at.x, at.y, name, ha="center", va="center", fontsize=9, color=INK, bbox=box)
        keys = [Patch(label=STATUS[face.language][word], **LOOK[word]) for word in (HOT, NOT_SIGNIFICANT, NO_DATA)]
        figure.legend(
            handles=keys,
            loc="lower left",
            bbox_to_anchor=(0.03, 0.42 / height),
            ncols=3,
            frameon=False,
            fontsize=9,
        )
        _foot(figure, face, run, *([INTERNAL] if run.summary["facilities"]["sensitive"] else []))

    _save(path, tall + 2.2, draw)


def _save(path: Path, height: float, draw: Callable[[Figure, Face], None]) -> None:
    face = korean_face()
    look = {"font.family": [face.family, "DejaVu Sans"], "hatch.linewidth": 0.5, "axes.unicode_minus": False}
    with matplotlib.rc_context(look):
        figure = Figure(figsize=(WIDTH, height), facecolor="white")
        FigureCanvasAgg(figure)
        draw(figure, face)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})


def _head(figure: Figure, face: Face, title: str, line: str) -> None:
    height = figure.get_figheight()
    figure.text(0.035, 1 - 0.5 / height, face.drawable(title), fontsize=18, fontweight="bold", color=INK)
    figure.text(0.035, 1 - 0.82 / height, face.drawable(line), fontsize=10.5, color=MUTED)


def _foot(figure: Figure, face: Face, run: Run, *more: str) -> None:
    height = figure.get_figheight()
    lines = [*more, f"자료 기준 {moment_text(run.summary['as_of'])} · {run.summary['code_version']}"]
    for number, line in enumerate(reversed(lines)):
        at = (0.15 + 0.18 * number) / height
        figure.text(0.035, at, face.drawable(line), fontsize=7.5, color=MUTED)


def _outline(shape: shapely.Geometry) -> Outline:
    """Return all rings of a dong as one path."""
    parts = shapely.get_parts(shapely.orient_polygons(shape))
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return Outline.make_compound_path(*(Outline(np.asarray(ring.coords), closed=True) for ring in rings))
