"""The bars of a day by hour, measured here and drawn by the template: no script, no inline style."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240, 100  # units of the picture; it is stretched to the width of the page
STEP, GAP = WIDTH / 24, 3.0
NICE = (4, 8, 10, 20, 40, 60, 80, 100)  # tops whose half and quarters are whole numbers


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: its rectangle, its value, and whether it is the present hour."""

    hour: int
    x: float
    y: float
    width: float
    height: float
    value: int
    now: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, and the values of the top line and the line half way up; ``busiest`` is an hour or None."""

    bars: tuple[Bar, ...]
    top: int
    busiest: int | None


def draw_chart(values: Sequence[int], hour_now: int | None) -> Chart:
    """Return the bars of 24 values; ``hour_now`` marks the present hour, None on a day that is over."""
    highest = max(values)
    top = nice_top(highest)
    bars = tuple(
        Bar(
            hour=hour,
            x=hour * STEP + GAP / 2,
            y=round(HEIGHT - HEIGHT * value / top, 2),
            width=STEP - GAP,
            height=round(HEIGHT * value / top, 2),
            value=value,
            now=hour == hour_now,
        )
        for hour, value in enumerate(values)
    )
    return Chart(bars, top, values.index(highest) if highest else None)


def nice_top(highest: int) -> int:
    """Return the smallest round number that is at least the highest value."""
    scale = 1
    while True:
        for top in NICE:
            if top * scale >= highest:
                return top * scale
        scale *= 10
