"""The poster's way in, as Gunpo did it in 2020: scan the poster, say who comes, show the entry ticket, leave.

Form and ticket work without JavaScript. The tickets live in a signed cookie of one day (ticket_cookie.py); they
identify entries, not people, and nothing of either stands in an address.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_bytes, token_urlsafe

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request
from flask_babel import gettext as _

from entry_service.core.errors import BadInput, EntryError, NotFound, Sentence
from entry_service.core.posters import read_poster_id
from entry_service.core.times import KST
from entry_service.usecases.doors.collecting import assert_collecting
from entry_service.usecases.doors.issue_pass import Person
from entry_service.usecases.doors.poster_entry import (
    GRACE,
    EntryTicket,
    PosterRetired,
    check_in_poster,
    check_out_poster,
    is_self_service,
    open_poster,
)

from ..frame.access import public, public_limited
from ..frame.context import now, services, settings
from ..frame.errors import wants_json
from ..frame.opening_words import hours_text
from . import ticket_cookie

LARGEST_PARTY = 20
USED_UP = timedelta(minutes=10)  # a form sent again later than this is another visit, not a repeat
LONGEST_TYPED = 1_000  # a certificate is the longest thing a form brings
SCAN_ID = re.compile(r"[0-9A-Za-z_-]{22}")
FIELDS = {  # of the form, with what stands in them at first
    "scan_id": "",
    "kind": "phone",
    "name": "",
    "phone": "",
    "safety_code": "",
    "certificate": "",
    "party_size": "1",
    "children": "0",
    "consent": "",
}
blueprint = Blueprint("poster_entry", __name__)


@blueprint.get("/E/<poster>")
@blueprint.get("/e/<poster>")
@public
def form(poster: str) -> Response:
    """Show facility, address and epoch of the poster to compare, and the form."""
    assert_collecting(services(), now(), now())
    return _gone(poster) or _page(poster, FIELDS)


@blueprint.post("/E/<poster>")
@blueprint.post("/e/<poster>")
@public_limited
def enter(poster: str) -> Response:
    """Log the entry and lead to the ticket; a refusal shows the same form again with everything that was typed."""
    assert_collecting(services(), now(), now())
    typed = {name: request.form.get(name, "")[:LONGEST_TYPED] for name in FIELDS}
    if gone := _gone(poster):
        return gone
    try:
        held = check_in_poster(
            services(),
            poster,
            _person(typed),
            scan_id=_scan_id(typed),
            party_size=_party_size(typed),
            children=_children(typed),
            now=now(),
            random=token_bytes,
        )
    except EntryError as refusal:
        g.code = refusal.code
        return _page(poster, typed, refusal)
    if now() - held.entered_at >= USED_UP:
        return _page(poster, {**typed, "scan_id": ""}, used_at=held.entered_at)
    response = redirect("/ticket", 303)
    ticket_cookie.keep(response, held)
    return response


@blueprint.get("/ticket")
@public
def ticket() -> Response:
    """Show the live entry ticket of this phone and the others it holds, or that it holds none."""
    held = ticket_cookie.held()
    first = held[0] if held else None
    shown = {"ticket": first, "others": held[1:], "at": now().astimezone(KST), "visits": _visits(held)}
    return make_response(render_template("visitor/ticket.html", **shown), 200 if held else 404)


@blueprint.post("/ticket/leave")
@public_limited
def leave() -> Response:
    """Log that the visitor of a ticket left; pressed twice it is one leaving."""
    held = _chosen()
    response = redirect("/ticket", 303)
    if held.left_at is None:
        held = check_out_poster(services(), held, scan_id=f"{held.scan_id}-out", now=now())
    ticket_cookie.keep(response, held)
    return response


@blueprint.post("/ticket/forget")
@public
def forget() -> Response:
    """Remove a ticket from this phone; the entry stays in the log until its day is destroyed."""
    flash(_("이 휴대전화에서 입장권을 지웠습니다."), "success")
    response = redirect("/ticket", 303)
    ticket_cookie.forget(response, _chosen().scan_id)
    return response


def _page(
    poster: str, typed: Mapping[str, str], refusal: EntryError | None = None, used_at: datetime | None = None
) -> Response:
    found, facility = open_poster(services(), poster, now())
    inside = any(one.facility_id == facility.facility_id and one.left_at is None for one in ticket_cookie.held())
    page = render_template(
        "visitor/poster.html",
        facility=facility,
        epoch=found.epoch,
        replaced_by=found.retired_at + GRACE if found.retired_at else None,
        is_open=is_self_service(facility, now()),
        hours=hours_text(facility),
        poster_id=found.poster_id,
        typed=typed,
        scan_id=typed["scan_id"] if SCAN_ID.fullmatch(typed["scan_id"]) else token_urlsafe(16),
        refusal=refusal,
        refused_field=refusal.facts.get("field") if refusal else None,
        used_at=used_at,
        inside=inside,
        largest_party=LARGEST_PARTY,
        server_time=round(now().timestamp() * 1000),
        may_verify=settings().sms != "off",
        must_verify=not settings().unverified,
    )
    return make_response(page, refusal.status if refusal else 200)


def _gone(poster: str) -> Response | None:
    """Return the page of a poster that cannot be used, with the way to report it; None where it can be."""
    try:
        open_poster(services(), poster, now())
    except (NotFound, PosterRetired) as refusal:
        if wants_json():
            raise
        g.code = refusal.code
        poster_id = read_poster_id(poster)[0]
        return make_response(
            render_template("visitor/poster_gone.html", refusal=refusal, poster_id=poster_id), refusal.status
        )
    return None


def _visits(held: list[EntryTicket]) -> list[dict[str, str | None]]:
    """Return what a phone may note of its tickets, where its owner asked for notices."""
    return [
        {
            "facility_id": one.facility_id,
            "name": one.facility_name,
            "entered_at": one.entered_at.isoformat(),
            "left_at": one.left_at.isoformat() if one.left_at else None,
        }
        for one in held
    ]


def _chosen() -> EntryTicket:
    """Return the ticket that a form names, or the first one; raise ``NotFound`` where this phone has none such."""
    held = ticket_cookie.held()
    wanted = request.form.get("scan_id", "") or (held[0].scan_id if held else "")
    for one in held:
        if one.scan_id == wanted:
            return one
    raise NotFound("입장권이 없거나 하루가 지났습니다.", what="ticket")


def _person(typed: Mapping[str, str]) -> Person:
    """Return what the form says, or raise ``BadInput`` where consent or the chosen contact is missing."""
    if not typed["consent"]:
        raise BadInput("개인정보 수집·이용에 동의해야 등록할 수 있습니다.", field="consent")
    kind = "safety_code" if typed["kind"] == "safety_code" else "phone"
    if not typed[kind].strip():
        raise BadInput("연락처를 입력하시기 바랍니다.", field=kind)
    certificate = typed["certificate"] if kind == "phone" else ""
    return Person(name=typed["name"], **{kind: typed[kind]}, certificate=certificate or None)


def _party_size(typed: Mapping[str, str]) -> int:
    text = typed["party_size"].strip()
    size = int(text) if re.fullmatch(r"[0-9]{1,2}", text) else 0
    if not 1 <= size <= LARGEST_PARTY:
        sentence = Sentence("인원은 1명에서 %(largest)s명까지 입력하시기 바랍니다.", largest=LARGEST_PARTY)
        raise BadInput(sentence, field="party_size")
    return size


def _children(typed: Mapping[str, str]) -> int:
    text = typed["children"].strip() or "0"
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) >= _party_size(typed):
        raise BadInput("어린이는 전체 인원보다 적어야 합니다. 어른이 한 명은 있어야 합니다.", field="children")
    return int(text)


def _scan_id(typed: Mapping[str, str]) -> str:
    if not SCAN_ID.fullmatch(typed["scan_id"]):
        raise BadInput("화면이 올바르지 않습니다. 한 번 더 눌러 주시기 바랍니다.", field="scan_id")
    return typed["scan_id"]
