"""Where a flood of poster entries is told and decided: a banner on the pages of managers and officers.

The banner is part of each page and is asked for anew every half minute (static/js/manager/floods.js), so that an
open page tells a flood within a minute of its first abnormal minute.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.errors import NotFound
from entry_service.core.flood import MINUTE, WHY
from entry_service.store.log.quarantines import Quarantine
from entry_service.usecases.doors import quarantine

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.own_facility import own_facility
from ..officer.watch_words import BECAUSE
from .day_chart import nice_top

SECONDS_BETWEEN = 30
WIDTH, HEIGHT, MOST_BARS = 240, 48, 60
blueprint = Blueprint("floods", __name__)


@dataclass(frozen=True, slots=True)
class FloodChart:
    """Entries by minute as rectangles (x, y, width, height); each bar stands for ``minutes``."""

    bars: tuple[tuple[float, float, float, float], ...]
    top: int
    minutes: int


@blueprint.app_context_processor
def banner() -> dict[str, Any]:
    """Give templates ``floods_of(facility_id or None)`` and what belongs to a flood on a page."""
    return {
        "floods_of": floods_of,
        "flood_chart": flood_chart,
        "flood_seconds": SECONDS_BETWEEN,
        "flood_choices": flood_choices,
    }


def flood_choices(now_is: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (decision, [(value, why)]) as a form lists them, without what is decided already."""
    words = {"released": _("다시 집계"), "voided": _("무효")}
    return [
        (words[decision], [(f"{decision}.{why}", str(BECAUSE[why])) for why in reasons])
        for decision, reasons in WHY.items()
        if decision != now_is
    ]


@blueprint.get("/manager/<facility_id>/floods")
@requires("manager", "admin")
def of_facility(facility_id: str) -> str:
    """Give the banner of a facility anew."""
    return render_template("floods/banner.html", floods=floods_of(own_facility(facility_id).facility_id))


@blueprint.get("/officer/floods")
@requires("officer")
def of_all() -> str:
    """Give the banner of all facilities anew."""
    return render_template("floods/banner.html", floods=floods_of(None))


@blueprint.post("/floods/<int:quarantine_id>")
@requires("manager", "officer", "admin")
def decide(quarantine_id: int) -> Response:
    """Count the entries of a flood again, or for good not."""
    account = current_account()
    if account.role == "manager" and account.facility_id is None:
        raise NotFound(what="quarantine")
    decision, _dot, why = request.form.get("decision", "").partition(".")
    decided = quarantine.decide(
        services(),
        quarantine_id,
        decision,
        why=why,
        actor=actor(),
        facility_id=account.facility_id if account.role == "manager" else None,
        now=now(),
    )
    if decided.decision == "released":
        told = _("%(name)s: 격리한 %(count)s건을 다시 집계합니다.", name=decided.facility_name, count=decided.held)
    else:
        told = _("%(name)s: 격리한 %(count)s건을 무효로 했습니다.", name=decided.facility_name, count=decided.held)
    flash(told, "success")
    back = "officer.hotspot_map" if account.role == "officer" else "manager.overview"
    facts = {} if account.role == "officer" else {"facility_id": decided.facility_id}
    return redirect(url_for(back, **facts), 303)


def floods_of(facility_id: str | None) -> dict[str, Any]:
    """Return the floods of a facility, or of all: those that wait, those decided, whether each still runs."""
    found = quarantine.floods(services(), facility_id, now())
    waiting = [one for one in found if not one.decision]
    address = url_for("floods.of_facility", facility_id=facility_id) if facility_id else url_for("floods.of_all")
    return {
        "waiting": waiting,
        "decided": [one for one in found if one.decision],
        "running": {one.quarantine_id for one in waiting if now() < one.ended_at},
        "names": facility_id is None,
        "address": address,
        "state": " ".join(f"{one.quarantine_id}:{one.held}:{one.decision}" for one in found),
    }


def flood_chart(flood: Quarantine) -> FloodChart:
    """Return the bars of a flood by minute; a long one is told in steps of several minutes."""
    step = -(-len(flood.per_minute) // MOST_BARS)
    values = [max(flood.per_minute[start : start + step]) for start in range(0, len(flood.per_minute), step)]
    top = nice_top(max(values))
    wide = WIDTH / max(len(values), 12)
    bars = tuple(
        (
            round(place * wide, 2),
            round(HEIGHT - HEIGHT * value / top, 2),
            round(wide * 0.8, 2),
            HEIGHT * value / top,
        )
        for place, value in enumerate(values)
    )
    return FloodChart(bars, top, step)


@blueprint.app_template_filter("busiest_minute")
def busiest_minute(flood: Quarantine) -> tuple[Any, int]:
    """Return the minute with the most entries, and how many."""
    most = max(flood.per_minute)
    return flood.started_at + flood.per_minute.index(most) * MINUTE, most
