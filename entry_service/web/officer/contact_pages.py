"""The contacts of a case: whom to call, what was done for each, and the list to take along.

Every page that shows a name is written into the audit before it is made, and no browser keeps it.
"""

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask import redirect as led_to

from entry_service.core.contact_list import EXPORT_REASONS, WARNING
from entry_service.core.contacts import local_phone
from entry_service.core.times import KST
from entry_service.usecases.cases import contact_files, follow_up
from entry_service.usecases.cases.contact_files import ContactList
from entry_service.vault.filed import CONTACT_STATES

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.context import now, services, settings
from ..frame.i18n import date_text, time_text
from .disclosure_pages import login_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
blueprint = Blueprint("contacts", __name__)
blueprint.add_app_template_filter(local_phone)


@blueprint.get("/officer/cases/<case_id>/contacts")
@requires("officer")
def contacts(case_id: str) -> Response:
    """Show the contacts of a case, those of one state where the address asks for it."""
    followed = follow_up.read_contacts(services(), case_id, actor=actor(), now=now())
    wanted = request.args.get("state", "")
    wanted = wanted if wanted in CONTACT_STATES else ""
    shown = [one for one in followed.contacts if not wanted or one.state == wanted and one.contact.readable]
    logins = {change.changed_by for one in shown for change in one.changes}
    page = render_template(
        "officer/contacts.html",
        followed=followed,
        case=followed.case,
        shown=shown,
        wanted=wanted,
        states=CONTACT_STATES,
        logins={account_id: login_of(account_id) for account_id in logins},
        reasons=EXPORT_REASONS,
        minutes=settings().together_minutes,
    )
    return _unkept(Response(page))


@blueprint.post("/officer/cases/<case_id>/contacts/<int:number>")
@requires("officer")
def note(case_id: str, number: int) -> Response:
    """Note what was done for a contact; a script gets the note back, without one the list comes again."""
    state = request.form.get("state", "")
    noted, counts = follow_up.note_state(services(), case_id, number, state, actor=actor(), now=now())
    if request.headers.get("Accept", "").startswith("application/json"):
        told = f"{date_text(noted.changed_at)} {time_text(noted.changed_at)} · {login_of(noted.changed_by)}"
        return _unkept(jsonify(state=noted.state, told=told, counts=dict(counts)))
    wanted = request.form.get("shown", "")
    query = {"state": wanted} if wanted in CONTACT_STATES else {}
    return led_to(url_for(".contacts", case_id=case_id, _anchor=f"c-{number}", **query), 303)


@blueprint.post("/officer/cases/<case_id>/contacts.xlsx")
@requires("officer")
def workbook(case_id: str) -> Response:
    """Send the list as a workbook."""
    taken = _taken(case_id)
    return _file(contact_files.xlsx_of(taken), XLSX, taken, "xlsx")


@blueprint.post("/officer/cases/<case_id>/contacts.csv")
@requires("officer")
def text_file(case_id: str) -> Response:
    """Send the list as CSV."""
    taken = _taken(case_id)
    return _file(contact_files.csv_of(taken), CSV, taken, "csv")


@blueprint.post("/officer/cases/<case_id>/contacts/print")
@requires("officer")
def sheet(case_id: str) -> Response:
    """Show the list as it is printed on A4."""
    taken = _taken(case_id)
    page = render_template(
        "officer/contacts_print.html", taken=taken, summary=contact_files.summary(taken), warning=WARNING
    )
    return _unkept(Response(page))


def _taken(case_id: str) -> ContactList:
    reason = request.form.get("reason", "")
    return contact_files.take_along(services(), case_id, reason=reason, actor=actor(), now=now())


def _file(content: bytes, kind: str, taken: ContactList, ending: str) -> Response:
    """Send a file that no browser keeps a copy of; its name tells nothing of the case."""
    name = f"contacts-{taken.made_at.astimezone(KST):%Y%m%d-%H%M}.{ending}"
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _unkept(response)


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
