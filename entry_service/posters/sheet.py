"""Draw the poster of a facility on an A4 sheet: who runs it, where you are, a large QR symbol, three steps.

Everything is placed in millimetres and drawn at any resolution, so that the preview, the PNG and the PDF are one
design. The symbol itself is only measured here; a PNG pastes its pixels, a PDF draws its modules (files.py).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from PIL import Image, ImageDraw

from . import fonts, words
from .symbol import QUIET_ZONE, modules_of
from .words import Language

WIDTH, HEIGHT = 210.0, 297.0  # millimetres of A4
EDGE = 15.0  # white margin that every office printer can keep
POINT = 25.4 / 72  # millimetres
NAVY, BLUE, TINT, INK, SOFT, LINE = "#063a74", "#0b50d0", "#ecf2fe", "#1e2124", "#464c53", "#cdd1d5"
CARD = (EDGE + 6, 103.0, 105.0)  # left, top and side of the white square that holds the symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterFacts:
    """What a poster says of its facility; ``url`` is what the QR symbol holds, ``issued`` a day in Korea.

    ``call_number`` as people dial it; empty where the facility has none.
    """

    authority: str
    facility_name: str
    address: str
    url: str
    epoch: int
    issued: date
    contact: str
    demo: bool = False
    call_number: str = ""
    retention_days: int = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A drawn sheet without its symbol, and where the symbol goes (millimetres from the upper left corner)."""

    picture: Image.Image
    modules: np.ndarray
    left: float
    top: float
    module: float


def typed_address(url: str) -> str:
    """Return the address as a person types it: no scheme, host in lower case, the id in groups of six."""
    host, _, poster = url.split("://")[1].rpartition("/E/")
    return f"{host.lower()}/E/" + "-".join(poster[start : start + 6] for start in range(0, len(poster), 6))


def draw_sheet(
    facts: PosterFacts, language: Language, dots_per_inch: float, base: Image.Image | None = None
) -> Sheet:
    """Return the sheet with the given language large and the other one below it.

    ``base`` is what ``draw_base`` gave for the same authority, language and resolution: many posters draw it once.

    Raises
    ------
    GlyphMissing, FontsMissing
        A letter cannot be printed, or no font is installed.
    """
    fonts.assert_drawable([facts.authority, facts.facility_name, facts.address, facts.contact, facts.url])
    first, second = _words(language)
    pen = Pen(dots_per_inch, (base or draw_base(facts, language, dots_per_inch)).copy())
    _draw_place(pen, facts)
    _draw_address(pen, facts, first, second)
    _draw_foot(pen, facts, first, second)
    modules = modules_of(facts.url)
    left, top, side = CARD
    module = side / (len(modules) + 2 * QUIET_ZONE)
    quiet = QUIET_ZONE * module
    return Sheet(picture=pen.picture, modules=modules, left=left + quiet, top=top + quiet, module=module)


def draw_base(facts: PosterFacts, language: Language, dots_per_inch: float) -> Image.Image:
    """Return what all posters of an authority have alike: head and panel."""
    first, second = _words(language)
    pen = Pen(dots_per_inch)
    _draw_head(pen, facts, first, second)
    _draw_panel(pen, first, second)
    return pen.picture


def _words(language: Language) -> tuple[words.Words, words.Words]:
    return words.WORDS[language], words.WORDS["en" if language == "ko" else "ko"]


class Pen:
    """Draws on white A4 paper in millimetres; text is placed by its baseline and measured in points."""

    def __init__(self, dots_per_inch: float, picture: Image.Image | None = None) -> None:
        """Take a sheet of the resolution; both sides are rounded up, so that it never has fewer dots.

        ``picture`` is one that has been begun.
        """
        self.scale = dots_per_inch / 25.4
        size = (-int(-WIDTH * self.scale // 1), -int(-HEIGHT * self.scale // 1))
        self.picture = picture or Image.new("RGB", size, "#ffffff")
        self._draw = ImageDraw.Draw(self.picture)

    def box(self, left: float, top: float, width: float, height: float, colour: str, radius: float = 0) -> None:
        """Fill a rectangle with round corners."""
        corners = [round(value * self.scale) for value in (left, top, left + width, top + height)]
        self._draw.rounded_rectangle(corners, round(radius * self.scale), fill=colour)

    def frame(self, left: float, top: float, width: float, height: float, stroke: float, radius: float) -> None:
        """Outline a rectangle in white."""
        corners = [round(value * self.scale) for value in (left, top, left + width, top + height)]
        self._draw.rounded_rectangle(
            corners, round(radius * self.scale), None, "#ffffff", round(stroke * self.scale)
        )

    def line(self, points: list[tuple[float, float]], colour: str, stroke: float) -> None:
        """Draw connected lines."""
        scaled = [(x * self.scale, y * self.scale) for x, y in points]
        self._draw.line(scaled, fill=colour, width=max(1, round(stroke * self.scale)), joint="curve")

    def text(
        self,
        at: tuple[float, float],
        text: str,
        weight: fonts.Weight,
        points: float,
        colour: str,
        anchor: str = "l",
    ) -> None:
        """Write one line; ``anchor`` is l, m or r: where ``at`` lies on the baseline."""
        place = (at[0] * self.scale, at[1] * self.scale)
        self._draw.text(place, text, colour, fonts.font(weight, self._pixels(points)), anchor=f"{anchor}s")

    def lines(self, text: str, weight: fonts.Weight, points: float, widest: float) -> list[str]:
        """Return the lines that the text takes in a column."""
        return fonts.lines_of(text, weight, self._pixels(points), widest * self.scale)

    def balanced(self, text: str, weight: fonts.Weight, points: float, widest: float) -> list[str]:
        """Return as many lines as the column asks for, of as equal a length as words allow."""
        lines = self.lines(text, weight, points, widest)
        while len(tighter := self.lines(text, weight, points, widest := widest - 1)) == len(lines) and widest > 5:
            lines = tighter
        return lines

    def fitting(
        self, text: str, weight: fonts.Weight, points: float, widest: float, most: int
    ) -> tuple[float, list[str]]:
        """Return the largest size up to ``points`` that needs no more lines than allowed, and the lines."""
        while len(lines := self.lines(text, weight, points, widest)) > most and points > 5:
            points -= 0.5
        return points, lines

    def _pixels(self, points: float) -> int:
        return max(1, round(points * POINT * self.scale))


def _draw_head(pen: Pen, facts: PosterFacts, first: words.Words, second: words.Words) -> None:
    pen.box(EDGE, 14, WIDTH - 2 * EDGE, 47, NAVY, 6)
    _draw_mark(pen, EDGE + 8, 21)
    pen.text((EDGE + 20, 27.6), facts.authority, "Bold", 15, "#ffffff")
    if facts.demo:
        pen.text((WIDTH - EDGE - 8, 27.4), f"{first.demo} · {second.demo}", "Medium", 11, "#ffd98a", "r")
    pen.text((EDGE + 7.4, 52), first.title, "Bold", 52, "#ffffff")
    pen.text((WIDTH - EDGE - 8, 52), second.title, "Medium", 19, "#c8dbfb", "r")


def _draw_mark(pen: Pen, left: float, top: float) -> None:
    """Draw the mark of the service (static/img/mark.svg) in white, 9 mm wide."""
    for x, y in ((0, 0), (5.2, 0), (0, 5.2)):
        pen.frame(left + x, top + y, 3.6, 3.6, 0.8, 0.3)
    pen.line([(left + 5.2, top + 7), (left + 6.8, top + 8.6), (left + 9.2, top + 5.6)], "#ffffff", 0.9)


def _draw_place(pen: Pen, facts: PosterFacts) -> None:
    size, lines = pen.fitting(fonts.composed(facts.facility_name), "Bold", 32, WIDTH - 2 * EDGE - 2, 1)
    if size < 22:
        size, lines = pen.fitting(fonts.composed(facts.facility_name), "Bold", 21, WIDTH - 2 * EDGE - 2, 2)
        lines = pen.balanced(" ".join(lines), "Bold", size, WIDTH - 2 * EDGE - 2)
    bottom = 78.5 if len(lines) == 1 else 81.2
    for place, line in enumerate(reversed(lines)):
        pen.text((EDGE + 1, bottom - place * size * POINT * 1.2), line, "Bold", size, INK)
    size, lines = pen.fitting(fonts.composed(facts.address), "Regular", 13.5, WIDTH - 2 * EDGE - 2, 1)
    pen.text((EDGE + 1, 88.4), lines[0], "Regular", size, SOFT)


def _draw_panel(pen: Pen, first: words.Words, second: words.Words) -> None:
    left, top, side = CARD
    pen.box(EDGE, top - 6, WIDTH - 2 * EDGE, side + 12, TINT, 6)
    pen.box(left, top, side, side, "#ffffff", 3)
    column = left + side + 7
    widest = WIDTH - EDGE - 6 - column
    below = _draw_column(pen, (column, top + 7), pen.balanced(first.call, "Bold", 19, widest), "Bold", 19, NAVY)
    _draw_column(pen, (column, below - 1.6), pen.lines(second.call, "Medium", 10.5, widest), "Medium", 10.5, SOFT)
    for number, (step, other) in enumerate(zip(first.steps, second.steps, strict=True)):
        y = top + 36 + number * 23.5
        pen.box(column, y, 10, 10, BLUE, 5)
        pen.text((column + 5, y + 6.95), str(number + 1), "Bold", 15, "#ffffff", "m")
        large = pen.balanced(step, "Bold", 12.5, widest - 13)
        small = pen.balanced(other, "Regular", 9, widest - 13)
        below = _draw_column(pen, (column + 13, y + 4.4), large, "Bold", 12.5, INK)
        _draw_column(pen, (column + 13, below - 0.6), small, "Regular", 9, SOFT)


def _draw_column(
    pen: Pen, at: tuple[float, float], lines: list[str], weight: fonts.Weight, points: float, colour: str
) -> float:
    """Write lines below each other; return where the next baseline would be."""
    x, y = at
    for line in lines:
        pen.text((x, y), line, weight, points, colour)
        y += points * POINT * 1.3
    return y


def _draw_address(pen: Pen, facts: PosterFacts, first: words.Words, second: words.Words) -> None:
    top = CARD[1] + CARD[2] + 14
    pen.text((EDGE + 1, top + 4), first.typed, "Medium", 12, INK)
    pen.text((EDGE + 1, top + 9), second.typed, "Regular", 9, SOFT)
    size, lines = pen.fitting(typed_address(facts.url), "Bold", 22, WIDTH - 2 * EDGE - 2, 1)
    pen.text((EDGE + 1, top + 19.5), lines[0], "Bold", size, BLUE)


def _draw_foot(pen: Pen, facts: PosterFacts, first: words.Words, second: words.Words) -> None:
    pen.line([(EDGE, 252), (WIDTH - EDGE, 252)], LINE, 0.3)
    pen.text((EDGE + 1, 259), first.privacy.format(days=facts.retention_days), "Medium", 11.5, INK)
    pen.text((EDGE + 1, 264), second.privacy.format(days=facts.retention_days), "Regular", 9, SOFT)
    pen.text((EDGE + 1, 269.5), f"{first.no_phone} · {second.no_phone}", "Regular", 9.5, SOFT)
    if facts.call_number:  # a row of its own: beside any other it is written over
        pen.text((EDGE + 1, 275.5), f"{first.call_in}  {facts.call_number}", "Bold", 13, NAVY)
        pen.text((WIDTH - EDGE - 1, 275.5), second.call_in, "Regular", 9, SOFT, "r")
    day = {"year": facts.issued.year, "month": facts.issued.month, "day": facts.issued.day}
    pen.text((EDGE + 1, 282), first.epoch.format(epoch=facts.epoch, **day), "Regular", 9.5, SOFT)
    pen.text((WIDTH - EDGE - 1, 282), f"{first.contact} · {second.contact}  {facts.contact}", "Bold", 12, INK, "r")
