"""The case register: an officer enters a case with its places or passes, and sees which index visits came of it.

A case has a number of the authority, never a name; the pages show facilities and times, and nobody who was there.
"""

from unicodedata import normalize

import msgspec
from flask import Blueprint, Response, flash, g, redirect, render_template, request
from flask_babel import gettext as _

from entry_service.core.errors import BadInput, EntryError
from entry_service.core.model import Facility
from entry_service.core.times import kst_day
from entry_service.store.cases import cases as register
from entry_service.store.sites import facilities
from entry_service.usecases.cases.register_case import CaseKnown, RegisteredCase, register_case
from entry_service.vault.searches import LookupBudgetSpent

from ..api.openapi import operation
from ..frame.access import requires
from ..frame.acting import actor
from ..frame.context import now, services
from .case_form import CaseForm, label, read_form

LISTED = 200  # cases in the list, the newest first
FOUND = 20  # facilities a search answers
LONGEST_QUERY = 80

blueprint = Blueprint("officer", __name__)


class FacilityFound(msgspec.Struct, frozen=True):
    """A facility as an officer picks it; ``label`` is what the form of the register takes."""

    facility_id: str
    name: str
    address: str
    label: str


class FacilitiesFound(msgspec.Struct, frozen=True):
    """At most twenty facilities, the best fit first. A sensitive one is found by its whole name or id only."""

    facilities: list[FacilityFound]


@operation(
    blueprint,
    "GET",
    "/api/v1/facilities",
    summary="Find facilities by part of their name or id",
    auth="session:officer",
    answer=FacilitiesFound,
    query={"q": "part of the name or id, 1 to 80 characters"},
)
def find_facilities() -> FacilitiesFound:
    """Return facilities that fit, without coordinates."""
    wanted = request.args.get("q", "").strip()
    if not 1 <= len(wanted) <= LONGEST_QUERY:
        raise BadInput(field="q")
    found = [FacilityFound(one.facility_id, one.name, one.address, label(one)) for one in _find(wanted)]
    return FacilitiesFound(found)


def _find(text: str) -> list[Facility]:
    """Return the facilities that the text may mean: a name, an id, a part of them, or the form's own label."""
    plain = normalize("NFC", text)
    name, bracket, rest = plain.rpartition(" (")
    with services().store.read() as db:
        labelled = facilities.search(db, rest.removesuffix(")"), FOUND) if bracket else []
        return [one for one in labelled if label(one) == plain] or facilities.search(db, plain, FOUND)


@blueprint.get("/officer/cases")
@requires("officer")
def cases() -> str:
    """Show the form and the register."""
    return _page(CaseForm())


@blueprint.post("/officer/cases")
@requires("officer")
def add_case() -> Response | str | tuple[str, int]:
    """Register a case and lead to its page, or show the form again with what is wrong."""
    form = read_form(request.form)
    if "more" in request.form:  # without JavaScript, or before it is there, the button for a row comes here
        form.add_row()
        return _page(form, focus=f"place-{len(form.rows) - 1}-facility")
    told = form.told(_find)
    if told is None:
        return _refused(form, BadInput())
    try:
        done = register_case(
            services(),
            number=form.number,
            onset=told.onset,
            specimen_date=told.specimen_date,
            places=told.places,
            passes=told.passes,
            isolated_on=told.isolated_on,
            phone=told.phone,
            now=now(),
            actor=actor(),
        )
    except (BadInput, CaseKnown, LookupBudgetSpent) as refusal:
        if not form.blame(refusal, told):
            raise
        return _refused(form, refusal)
    _say(done)
    return redirect(f"/officer/cases/{done.case.case_id}", 303)


def _page(form: CaseForm, *, focus: str = "") -> str:
    with services().store.read() as db:
        known = register.all_cases(db)
    return render_template(
        "officer/cases.html", form=form, focus=focus, cases=known[:LISTED], total=len(known), today=kst_day(now())
    )


def _refused(form: CaseForm, refusal: EntryError) -> tuple[str, int]:
    g.code = refusal.code
    return _page(form), refusal.status


def _say(done: RegisteredCase) -> None:
    """Tell once what became of everything that was entered; only counts go into the cookie that carries it."""
    flash(
        _(
            "지표 방문 %(all)s건을 등록했습니다. 출입 기록에서 찾은 방문 %(found)s건, 진술 %(told)s건입니다.",
            all=len(done.visits),
            found=done.from_passes,
            told=done.from_places,
        ),
        "success" if done.visits else "warning",
    )
    if done.told_and_found:
        flash(_("진술한 방문 %(both)s건은 출입 기록에도 있어 한 번만 셌습니다.", both=done.told_and_found), "info")
    if done.outside_window:
        flash(_("노출 기간 밖의 방문 %(outside)s건은 제외했습니다.", outside=done.outside_window), "info")
    if done.passes_without_visit:
        flash(_("출입 기록이 없는 출입증이 %(none)s개 있습니다.", none=done.passes_without_visit), "warning")
