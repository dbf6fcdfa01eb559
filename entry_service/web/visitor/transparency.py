"""How often names were asked for, approved and seen, and what was destroyed: numbers by month, for everybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, make_response, render_template
from flask_babel import gettext as _

from entry_service.usecases.sites.review_audit import public_months
from entry_service.vault.audit_readings import MonthCount

from ..frame.access import public
from ..frame.context import now, services
from ..frame.i18n import for_visitors
from ..manager.day_chart import nice_top

KEPT = timedelta(seconds=60)
HELD = "transparency"
DRAWN = 12  # months of the picture
WIDTH, HEIGHT = 240, 100  # units; stretched to the width of the page
GAP, WIDEST = 6.0, 24.0
blueprint = Blueprint("transparency", __name__)


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of the picture: its rectangle, its number, its month."""

    x: float
    y: float
    width: float
    height: float
    value: int
    month: int


@blueprint.get("/transparency")
@public
@for_visitors
def page() -> Response:
    """Show the counts; they are read from the vault once a minute, however many ask."""
    months = _months(now())
    top, bars = draw(list(reversed(months[:DRAWN])))
    page = render_template(
        "visitor/transparency.html", months=months, bars=bars, top=top, at=now(), month_text=month_text
    )
    response = make_response(page)
    response.headers["Cache-Control"] = f"private, max-age={int(KEPT.total_seconds())}"
    response.vary.update(("Cookie", "Accept-Language"))
    return response


def month_text(count: MonthCount) -> str:
    """Return a month as its readers write it."""
    return _("%(year)s년 %(month)s월", year=count.year, month=count.month)


def draw(months: list[MonthCount]) -> tuple[int, list[Bar]]:
    """Return the value of the top line, and a bar a month: people whose contact was seen, the oldest first."""
    top = nice_top(max((month.people for month in months), default=0))
    step = WIDTH / max(len(months), 1)
    width = round(min(step - GAP, WIDEST), 2)
    bars = []
    for index, month in enumerate(months):
        height = round(HEIGHT * month.people / top, 2)
        bars.append(
            Bar(
                x=round(index * step + (step - width) / 2, 2),
                y=HEIGHT - height,
                width=width,
                height=height,
                value=month.people,
                month=month.month,
            )
        )
    return top, bars


def _months(at: datetime) -> list[MonthCount]:
    held = current_app.extensions.get(HELD)
    if held is None or not timedelta() <= at - held[0] < KEPT:
        held = at, public_months(services(), at)
        current_app.extensions[HELD] = held
    return held[1]
