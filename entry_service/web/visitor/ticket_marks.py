"""The mark of the hour in words and shapes, for the visitor's ticket and for the staff page beside it."""

from collections.abc import Callable

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.ticket_marks import Mark, marks_from

from ..frame.context import now, settings

HOURS = 24  # as long as a ticket lives, and as long as a staff page may be without a network
COLOURS = {
    "red": _l("빨간"),
    "orange": _l("주황"),
    "green": _l("초록"),
    "blue": _l("파란"),
    "purple": _l("보라"),
    "black": _l("검은"),
}
SHAPES = {
    "circle": _l("동그라미"),
    "triangle": _l("세모"),
    "square": _l("네모"),
    "star": _l("별"),
    "heart": _l("하트"),
    "cross": _l("십자"),
}


def ticket_marks(facility_id: str) -> list[dict[str, object]]:
    """Return the marks of this hour and of those to come: ``since`` (milliseconds), colour, shape, and words."""
    return [_told(mark) for mark in marks_from(settings().secret.encode(), facility_id, now(), HOURS)]


def _told(mark: Mark) -> dict[str, object]:
    words = _("%(colour)s %(shape)s", colour=COLOURS[mark.colour], shape=SHAPES[mark.shape])
    since = round(mark.since.timestamp() * 1000)
    return {"since": since, "colour": mark.colour, "shape": mark.shape, "words": words}


def attach(app: Flask) -> None:
    """Give templates ``ticket_marks(facility_id)``."""
    marks: dict[str, Callable[..., object]] = {"ticket_marks": ticket_marks}
    app.jinja_env.globals.update(marks)
