"""Readings that somebody should look at: listed with the reason, decided one or many at a time, taken back."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, g, redirect, render_template, request
from flask_babel import gettext as _

from entry_service.core.doubt_rules import REASONS, Decision, Reason
from entry_service.core.errors import BadInput
from entry_service.core.model import Facility
from entry_service.core.times import day_start
from entry_service.store.log.doubts import Doubted, Wanted
from entry_service.store.sites import facilities
from entry_service.usecases.sites import watch

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.context import now, services
from ..frame.i18n import number_text, translated
from ..frame.paging import Part, asked_part
from ..manager.overview import SOURCES
from . import watch_words

PAGE = "/officer/watch"
LONGEST_NAME = 64
MOST_NAMED = 10  # cases in one sentence
blueprint = Blueprint("watch", __name__)


@blueprint.get("/officer/watch")
@requires("officer")
def page() -> str:
    """Show the readings that wait, or those that somebody decided about, by reason, facility and day."""
    return _page(dict(request.args))


@blueprint.post("/officer/watch")
@requires("officer")
def decide() -> Response | tuple[str, int]:
    """Decide about the chosen readings, or about all of the list as it was shown."""
    form = request.form
    decision, _dot, why = form.get("decision", "").partition(".")
    try:
        wanted = _wanted(dict(form))
        if form.get("scope") == "all":
            if not (wanted.facility_id or wanted.reason):
                raise BadInput("모두 판단하려면 먼저 시설이나 까닭을 고르시기 바랍니다.", field="scope")
            if form.get("confirmed") != "yes":
                return _page(dict(form), asked=_asked(wanted, dict(form))), 200
        done = watch.decide(
            services(),
            wanted if form.get("scope") == "all" else form.getlist("scan"),
            decision=cast(Decision, decision),
            why=why,
            actor=actor(),
            now=now(),
            up_to=_up_to(form.get("up_to", "")),
        )
    except BadInput as refused:
        g.code = refused.code
        return _page(dict(form), translated(refused.sentence)), refused.status
    for sentence in _told(done, decision):
        flash(sentence, "success")
    kept = {name: form[name] for name in ("state", "reason", "facility", "day") if form.get(name)}
    return redirect(f"{PAGE}?{urlencode(kept)}" if kept else PAGE, 303)


def places_of(readings: list[Doubted]) -> dict[str, Facility]:
    """Return the facilities that a list speaks of, by their ids."""
    return _places(
        {one.facility_id for one in readings} | {two.facility_id for one in readings for two in one.besides}
    )


def _places(ids: set[str]) -> dict[str, Facility]:
    with services().store.read() as db:
        return {facility_id: facilities.get(db, facility_id) for facility_id in sorted(ids)}


def list_of(wanted: Wanted, *, own: bool = False) -> dict[str, Any]:
    """Return what both lists show of a choice: its part, the readings, and what speaks against each."""
    part = asked_part()
    found = watch.listed(services(), wanted, limit=part.size, offset=part.offset)
    places = places_of(found.readings)
    rows = found.readings if own else [_without_sensitive(one, places, wanted) for one in found.readings]
    return {
        "rows": [(one, watch_words.evidence(one, places, own=own)) for one in rows],
        "part": Part(part.number, found.total),
        "up_to": found.up_to,
        "reasons": watch_words.REASONS,
        "decisions": watch_words.DECISIONS,
        "because": watch_words.BECAUSE,
        "sources": SOURCES,
    }


def _without_sensitive(one: Doubted, places: dict[str, Facility], wanted: Wanted) -> Doubted:
    """Return a reading as a list of many facilities shows it."""
    besides = tuple(replace(two, facility_name=_shown(places[two.facility_id], wanted)) for two in one.besides)
    return replace(one, facility_name=_shown(places[one.facility_id], wanted), besides=besides)


def _shown(place: Facility, wanted: Wanted) -> str:
    """Return the name of a facility in a list: a sensitive one has it only where the list is of it alone."""
    hidden = place.sensitive and place.facility_id != wanted.facility_id
    return watch_words.hidden_name(place.facility_id) if hidden else place.name


def _asked(wanted: Wanted, form: dict[str, str]) -> dict[str, Any]:
    """Return what a decision about a whole list would change, for a look before it is made."""
    decision, _dot, why = form.get("decision", "").partition(".")
    choice = {"decision": cast(Decision, decision), "why": why, "up_to": _up_to(form.get("up_to", ""))}
    found, left = watch.parts(services(), wanted, **choice)
    words = f"{watch_words.DECISIONS[choice['decision']]}: {watch_words.BECAUSE[why]}"
    places = _places({one.facility_id for one in found})
    named = [replace(one, facility_name=_shown(places[one.facility_id], wanted)) for one in found]
    shown = {"decision": form["decision"], "up_to": form["up_to"], "words": words, "void": decision == "void"}
    return {**shown, "parts": named, "total": sum(one.readings for one in found), "left": left}


def _page(form: dict[str, str], error: str = "", asked: dict[str, Any] | None = None) -> str:
    try:
        wanted = _wanted(form)
    except BadInput as unreadable:
        wanted, error = Wanted(), error or translated(unreadable.sentence)
    decided = wanted.decided
    chosen = {name: form.get(name, "") for name in ("state", "reason", "facility", "day")}
    one = services().facility(wanted.facility_id) if wanted.facility_id else None
    offered = ("reopened", "counts", "void") if decided else ("counts", "void")
    return render_template(
        "officer/watch.html",
        error=error,
        asked=asked,
        chosen=chosen,
        facility=one,
        choices=watch_words.choices(*cast(tuple[Decision, ...], offered)),
        most=watch.MOST_AT_ONCE,
        **list_of(wanted),
    )


def _wanted(asked: dict[str, str]) -> Wanted:
    """Return what a search or a form asks for; ``BadInput`` names the field that cannot be read."""
    reason, day, facility_id = asked.get("reason", ""), asked.get("day", ""), asked.get("facility", "")
    if reason and reason not in REASONS:
        raise BadInput(field="reason")
    start = end = None
    if day:
        try:
            start = day_start(date.fromisoformat(day))
        except (ValueError, OverflowError) as unreadable:
            raise BadInput(field="day") from unreadable
        end = start + timedelta(days=1)
    return Wanted(
        decided=asked.get("state") == "decided",
        reason=cast(Reason, reason) or None,
        facility_id=facility_id[:LONGEST_NAME] or None,
        start=start,
        end=end,
    )


def _up_to(text: str) -> int:
    """Return the newest doubt that there was when the page was made: what came later was seen by nobody."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadInput(field="up_to")
    return int(text)


def _told(done: watch.Decided, decision: str) -> list[str]:
    many = number_text(done.changed)
    sentence = {
        "counts": _("%(count)s건을 세기로 했습니다. 노출 조사에 다시 들어갑니다.", count=many),
        "void": _("%(count)s건을 무효로 했습니다. 어느 집계에도 넣지 않습니다.", count=many),
        "reopened": _("%(count)s건의 판단을 되돌렸습니다. 다시 판단을 기다립니다.", count=many),
    }[decision]
    told = [sentence if done.changed else _("이미 그렇게 판단한 기록입니다. 바뀐 것이 없습니다.")]
    if done.left:
        told.append(_("%(count)s건이 남았습니다. 한 번 더 판단하시기 바랍니다.", count=number_text(done.left)))
    if done.cases:
        numbers = ", ".join(done.cases[:MOST_NAMED]) + (" …" if len(done.cases) > MOST_NAMED else "")
        told.append(
            _(
                "확진자 %(numbers)s의 방문이 이 기록에 근거합니다. "
                "확진자 화면에서 노출을 다시 확인하시기 바랍니다.",
                numbers=numbers,
            )
        )
    if done.asked:
        told.append(
            _(
                "이 시설의 그날에 대한 연락처 요청이 %(count)s건 있습니다. 요청은 그때의 내용 그대로이니 "
                "필요하면 확진자 화면에서 다시 요청하시기 바랍니다.",
                count=number_text(done.asked),
            )
        )
    if not done.audited:
        told.append(_("판단은 저장했으나 바뀐 건수를 접속기록에 남기지 못했습니다."))
    if done.asked is None:
        told.append(_("이미 요청한 연락처에 이 기록이 들어 있는지 지금은 알 수 없습니다."))
    return told
