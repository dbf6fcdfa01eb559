"""Printed cards of a facility for its manager: give one out, the list of those that were given out, revoke one.

A new card is shown once, in the answer to its own form: it stands in no address, no file of the service and no
database, and no other page or route takes or gives it.
"""

import secrets
from base64 import b64encode
from collections.abc import Mapping

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from entry_service.core.cards import CardIssued
from entry_service.core.errors import BadInput, EntryError
from entry_service.core.model import Facility
from entry_service.core.times import kst_day
from entry_service.posters.card import CardFacts, card_pdf, card_png
from entry_service.usecases.doors import cards
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.vault import IssuedCard

from ..frame.access import requires
from ..frame.context import now, services, settings
from ..frame.i18n import translated
from ..frame.own_facility import own_facility

FIELDS = ("form_id", "kind", "phone", "safety_code", "residence", "consent")
blueprint = Blueprint("cards", __name__)


@blueprint.get("/manager/<facility_id>/cards")
@requires("manager", "admin")
def page(facility_id: str) -> Response:
    """Show the form of a new card and the cards that were given out."""
    return _page(own_facility(facility_id), dict.fromkeys(FIELDS, ""))


@blueprint.post("/manager/<facility_id>/cards")
@requires("manager", "admin")
def issue(facility_id: str) -> Response:
    """Give out a card and show it, this once; a form that is sent twice gives out one."""
    facility = own_facility(facility_id)
    typed = {name: request.form.get(name, "") for name in FIELDS}
    try:
        card = cards.issue(
            services(),
            facility_id,
            _contact(typed),
            form_id=typed["form_id"][:64] or secrets.token_urlsafe(16),
            now=now(),
            random=secrets.token_bytes,
        )
    except (BadInput, CardIssued) as refused:
        return _page(facility, typed, refused)
    return make_response(render_template("manager/card.html", facility=facility, **_printed(card)))


@blueprint.post("/manager/<facility_id>/cards/<card_id>/revoke")
@requires("manager", "admin")
def revoke(facility_id: str, card_id: str) -> Response:
    """End a card of the facility at once."""
    own_facility(facility_id)
    cards.revoke(services(), facility_id, card_id, now=now())
    flash(_("카드를 해제했습니다. 지금부터 어느 입구에서도 쓸 수 없습니다."), "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


def card_number(card_id: str) -> str:
    """Return the number of a card as it is printed: ``7K3M-Q2XD``."""
    return f"{card_id[:4]}-{card_id[4:]}"


def _page(facility: Facility, typed: Mapping[str, str], refused: EntryError | None = None) -> Response:
    again = isinstance(refused, CardIssued)
    listed = cards.given_out(services(), facility.facility_id)
    if refused is not None:
        g.code = refused.code
    page = render_template(
        "manager/cards.html",
        facility=facility,
        typed=dict.fromkeys(FIELDS, "") if again else typed,
        form_id=secrets.token_urlsafe(16) if again else typed["form_id"] or secrets.token_urlsafe(16),
        refused=translated(refused.sentence) if refused else "",
        wrong=str(refused.facts.get("field", "")) if refused else "",
        cards=[(card, card_number(card.card_id), card.state(now())) for card in listed],
    )
    return make_response(page, refused.status if refused else 200)


def _contact(typed: Mapping[str, str]) -> SlipContact:
    """Return the chosen contact; raise ``BadInput`` where consent or the contact is missing."""
    kind = "safety_code" if typed["kind"] == "safety_code" else "phone"
    if not typed[kind].strip():
        raise BadInput("연락처를 입력하시기 바랍니다.", field=kind)
    if not typed["consent"]:
        raise BadInput("카드를 쓸 분의 동의를 받은 뒤 발급하시기 바랍니다.", field="consent")
    return SlipContact(**{kind: typed[kind], "residence": typed["residence"]})


def _printed(card: IssuedCard) -> dict[str, object]:
    """Return the card as picture and files, inside the page: no address gives them a second time."""
    number = card_number(card.card_id)
    with force_locale("ko"):
        authority = _(settings().authority)
    facts = CardFacts(
        authority=authority,
        text=card.text,
        number=number,
        valid_until=kst_day(card.expires_at),
        contact=settings().contact,
        demo=settings().demo,
    )
    return {
        "number": number,
        "expires_at": card.expires_at,
        "picture": _inline("image/png", card_png(facts)),
        "document": _inline("application/pdf", card_pdf(facts)),
    }


def _inline(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"
