"""Dongs as SVG: degrees drawn to scale at the city's latitude, with a point inside each for its name."""

from dataclasses import dataclass
from math import cos, radians

WIDTH = 600.0  # units of the picture
MARGIN = 8.0
Ring = list[list[float]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One dong: the path of its borders, and where its name stands."""

    path: str
    x: float
    y: float


def draw(geometries: dict[str, dict]) -> tuple[dict[str, Shape], float]:
    """Return each dong's shape and the height of the picture, WIDTH wide."""
    rings = {code: _rings(geometry) for code, geometry in geometries.items()}
    points = [point for found in rings.values() for ring in found for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * narrow)

    def place(point: list[float]) -> tuple[float, float]:
        return MARGIN + (point[0] - west) * narrow * scale, MARGIN + (north - point[1]) * scale

    shapes = {code: _shape([[place(point) for point in ring] for ring in found]) for code, found in rings.items()}
    return shapes, round(2 * MARGIN + (north - south) * scale, 1)


def _rings(geometry: dict) -> list[Ring]:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[point[:2] for point in ring] for part in parts for ring in part]


def _shape(rings: list[list[tuple[float, float]]]) -> Shape:
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring[:-1]) + "Z" for ring in rings)
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    x, y = _inside(largest)
    return Shape(path, round(x, 1), round(y, 1))


def _area(ring: list[tuple[float, float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:], strict=False)) / 2


def _inside(ring: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the middle of the widest stretch inside the ring, on one of nine lines across it."""
    top, bottom = min(y for _, y in ring), max(y for _, y in ring)
    best = (0.0, *ring[0])
    for step in range(1, 10):
        y = top + (bottom - top) * (step + 0.003) / 10
        cuts = sorted(
            a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
            for a, b in zip(ring, ring[1:], strict=False)
            if (a[1] > y) != (b[1] > y)
        )
        room = 1 - abs(step - 5) / 12  # rather in the middle
        stretches = [((b - a) * room, (a + b) / 2, y) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
        best = max([best, *stretches])
    return best[1], best[2]
