"""Ask for the contacts of a case: the block on its page, the page that shows what is asked, and the opening.

The block gives counts and takes a code; names appear on the contacts' page only, after another person's approval.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.actors import PURPOSES
from entry_service.core.errors import BadInput, EntryError
from entry_service.core.model import Case
from entry_service.store.cases import cases
from entry_service.store.sites import accounts
from entry_service.usecases.cases import disclose
from entry_service.usecases.cases.close_case import close_case
from entry_service.usecases.cases.disclose import LIKELY, Choice, PlaceChoice
from entry_service.usecases.cases.grounds import NOTHING_DOUBTED, Grounds, grounds_of
from entry_service.usecases.cases.trace import Trace
from entry_service.vault.asked import BudgetSpent, Disclosure
from entry_service.vault.factors import FactorNew, FactorRefused, FactorWaits
from entry_service.vault.filed import CaseFile

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import now, services, settings
from ..frame.i18n import translated

LONGEST_CODE = 40
blueprint = Blueprint("disclosures", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What the block on a case's page shows."""

    places: list[PlaceChoice]
    requests: list[tuple[Disclosure, str, str]]  # with its state now and the login of whoever asked
    grounds: dict[str, Grounds]  # by request_hash, of those that may still be approved or opened
    file: CaseFile | None
    minutes: int
    me: str


def disclosure_block(case: Case, trace: Trace | None) -> Block:
    """Return what the block of a case shows; without a trace (a closed case) only what was asked before."""
    vault = services().vault
    asked = vault.disclosures.of_case(case.case_id)
    hashes = [one.request_hash for one in asked if one.state(now()) in ("waiting", "approved")]
    return Block(
        places=disclose.choices(trace) if trace is not None else [],
        requests=[(one, one.state(now()), login_of(one.asked_by)) for one in reversed(asked)],
        grounds={one: grounds_of(services(), case.case_id, one) for one in hashes},
        file=vault.case_files.find(case.case_id),
        minutes=settings().together_minutes,
        me=current_account().account_id,
    )


def login_of(account_id: str) -> str:
    """Return the login of an account, or its id where it is gone."""
    with services().store.read() as db:
        account = accounts.by_id(db, account_id)
    return account.login if account else account_id


@blueprint.app_context_processor
def give_block() -> dict[str, object]:
    """Give templates ``disclosure_block`` and the closed lists of the form."""
    return {"disclosure_block": disclosure_block, "purposes": PURPOSES, "likely": LIKELY}


@blueprint.post("/officer/cases/<case_id>/disclosures")
@requires("officer")
def ask(case_id: str) -> Response | str | tuple[str, int]:
    """Ask with a code, or show first how many people it is about."""
    form = request.form
    places, least = form.getlist("place"), _least(form.get("least", ""))
    if "preview" in form or not form.get("code", "").strip():
        chosen = disclose.choose(services(), case_id, places=places, least=least, actor=actor(), now=now())
        return _confirm(chosen)
    try:
        asked = disclose.ask(
            services(),
            case_id,
            places=places,
            least=least,
            purpose=form.get("purpose", ""),
            code=form["code"][:LONGEST_CODE],
            actor=actor(),
            now=now(),
        )
    except (FactorRefused, FactorNew, FactorWaits, BudgetSpent) as refused:
        chosen = disclose.choose(services(), case_id, places=places, least=least, actor=actor(), now=now())
        g.code = refused.code
        return _confirm(chosen, refused), refused.status
    flash(
        _("접촉자 %(people)s명의 연락처를 요청했습니다. 승인 담당자가 확인합니다.", people=asked.people), "success"
    )
    return _back(case_id)


@blueprint.post("/officer/cases/<case_id>/disclosures/<request_hash>/open")
@requires("officer")
def open_approved(case_id: str, request_hash: str) -> Response:
    """Open an approved request into the case file and show the contacts."""
    shown = request.form.get("grounds", NOTHING_DOUBTED)
    opened = disclose.open_approved(services(), case_id, request_hash, actor=actor(), now=now(), shown=shown)
    flash(
        _(
            "요청한 기록 %(asked)s건 = 확인 %(readable)s건 + 판독 불가 %(unreadable)s건 + 파기 %(destroyed)s건. "
            "접촉자 %(contacts)s명, 새로 추가 %(new)s명입니다.",
            asked=opened.asked,
            readable=opened.readable,
            unreadable=opened.unreadable,
            destroyed=opened.destroyed,
            contacts=opened.contacts,
            new=opened.new,
        ),
        "success",
    )
    return redirect(url_for("contacts.contacts", case_id=case_id), 303)


@blueprint.post("/officer/cases/<case_id>/close")
@requires("officer")
def close(case_id: str) -> Response:
    """Close the case."""
    close_case(services(), case_id, actor=actor(), now=now())
    days = settings().case_kept_days
    flash(_("확진자를 종결했습니다. 접촉자 명단은 %(days)s일 뒤에 파기됩니다.", days=days), "success")
    return _back(case_id)


def _confirm(chosen: Choice, refused: EntryError | None = None) -> str:
    form = request.form
    purpose = form.get("purpose", "")
    return render_template(
        "officer/disclosure_confirm.html",
        case=chosen.trace.case,
        chosen=chosen,
        keys=[disclose.place_key(place) for place in chosen.places],
        purpose=purpose if purpose in PURPOSES else PURPOSES[0],
        minutes=settings().together_minutes,
        refused=translated(refused.sentence) if refused else "",
    )


def _least(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError as wrong:
        raise BadInput(field="least") from wrong


def _back(case_id: str) -> Response:
    with services().store.read() as db:
        cases.find_case(db, case_id)  # nobody is led to an address that was typed
    return redirect(f"/officer/cases/{case_id}#disclosures", 303)
