"""The poster's way in, as Gunpo did it in 2020: scan the poster, say who comes, show the entry ticket, leave.

Form and ticket work without JavaScript. The ticket lives in a signed cookie of one day; it identifies the entry,
not the person, and nothing of either stands in an address.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_bytes, token_urlsafe

import msgspec
from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from entry_service.core.errors import BadInput, EntryError, NotFound, Sentence
from entry_service.core.times import KST
from entry_service.usecases.issue_pass import Person
from entry_service.usecases.poster_entry import EntryTicket, check_in_poster, check_out_poster, open_poster

from .access import public, public_limited
from .context import now, services, settings
from .security import cookie_name
from .sessions import drop_cookie, set_cookie

LARGEST_PARTY = 20
USED_UP = timedelta(minutes=10)  # a form sent again later than this is another visit, not a repeat
TICKET_LIFETIME = timedelta(hours=24)
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
    "consent": "",
}
blueprint = Blueprint("poster_entry", __name__)


@blueprint.get("/E/<poster>")
@blueprint.get("/e/<poster>")
@public
def form(poster: str) -> Response:
    """Show facility, address and epoch of the poster to compare, and the form."""
    return _page(poster, FIELDS)


@blueprint.post("/E/<poster>")
@blueprint.post("/e/<poster>")
@public_limited
def enter(poster: str) -> Response:
    """Log the entry and lead to the ticket; a refusal shows the same form again with everything that was typed."""
    typed = {name: request.form.get(name, "")[:LONGEST_TYPED] for name in FIELDS}
    open_poster(services(), poster, now())
    try:
        held = check_in_poster(
            services(),
            poster,
            _person(typed),
            scan_id=_scan_id(typed),
            party_size=_party_size(typed),
            now=now(),
            random=token_bytes,
        )
    except EntryError as refusal:
        g.code = refusal.code
        return _page(poster, typed, refusal)
    if now() - held.entered_at >= USED_UP:
        return _page(poster, {**typed, "scan_id": ""}, used_at=held.entered_at)
    response = redirect("/ticket", 303)
    _keep(response, held)
    return response


@blueprint.get("/ticket")
@public
def ticket() -> Response:
    """Show the live entry ticket of this phone, or that it holds none."""
    held = _held()
    page = render_template("visitor/ticket.html", ticket=held, at=now().astimezone(KST))
    return make_response(page, 200 if held else 404)


@blueprint.post("/ticket/leave")
@public_limited
def leave() -> Response:
    """Log that the visitor of the ticket left; pressed twice it is one leaving."""
    held = _held()
    if held is None:
        raise NotFound("입장권이 없거나 하루가 지났습니다.", what="ticket")
    response = redirect("/ticket", 303)
    if held.left_at is None:
        _keep(response, check_out_poster(services(), held, scan_id=f"{held.scan_id}-out", now=now()))
    return response


@blueprint.post("/ticket/forget")
@public
def forget() -> Response:
    """Remove the ticket from this phone; the entry stays in the log until its day is destroyed."""
    flash(_("이 휴대전화에서 입장권을 지웠습니다."), "success")
    response = redirect("/ticket", 303)
    drop_cookie(response, "ticket")
    return response


def _page(
    poster: str, typed: Mapping[str, str], refusal: EntryError | None = None, used_at: datetime | None = None
) -> Response:
    found, facility = open_poster(services(), poster, now())
    held = _held()
    inside = held is not None and held.facility_id == facility.facility_id and held.left_at is None
    page = render_template(
        "visitor/poster.html",
        facility=facility,
        epoch=found.epoch,
        address=f"/E/{found.poster_id}",
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


def _scan_id(typed: Mapping[str, str]) -> str:
    if not SCAN_ID.fullmatch(typed["scan_id"]):
        raise BadInput("화면이 올바르지 않습니다. 한 번 더 눌러 주시기 바랍니다.", field="scan_id")
    return typed["scan_id"]


def _keep(response: Response, ticket: EntryTicket) -> None:
    set_cookie(response, "ticket", _signer().dumps(msgspec.to_builtins(ticket)), days=TICKET_LIFETIME.days)


def _held() -> EntryTicket | None:
    """Return the ticket of this phone; one that is not ours, or a day old, is none."""
    kept = request.cookies.get(cookie_name(settings(), "ticket"))
    try:
        ticket = msgspec.convert(_signer().loads(kept), EntryTicket) if kept else None
    except (BadSignature, msgspec.ValidationError):
        return None
    return ticket if ticket is not None and now() - ticket.entered_at < TICKET_LIFETIME else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret, salt="entry-ticket")
