"""Staff accounts of a facility for its manager. A password is drawn and shown once, in the answer to its form."""

import secrets

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.fields import FieldsRefused
from entry_service.core.model import Facility
from entry_service.passwords import draw_password
from entry_service.store.sites.accounts import Account
from entry_service.usecases.sites import facility_staff

from ..frame.access import requires
from ..frame.account_state import state
from ..frame.acting import actor
from ..frame.context import now, services, settings
from ..frame.i18n import translated
from ..frame.own_facility import own_facility

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/manager/<facility_id>/accounts")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """Show the staff accounts of a facility, and the form for a new one."""
    return _page(own_facility(facility_id))


@blueprint.post("/manager/<facility_id>/accounts")
@requires("manager", "admin")
def add(facility_id: str) -> str | tuple[str, int]:
    """Add a staff account and show its password, this once."""
    facility = own_facility(facility_id)
    login, password = request.form.get("login", "").strip()[:60], draw_password(settings().password_length)
    try:
        account = facility_staff.add_staff(
            services(),
            facility_id,
            login=login,
            password=password,
            shortest=settings().password_length,
            by=actor(),
            now=now(),
            random=secrets.token_bytes,
        )
    except FieldsRefused as refused:
        g.code = refused.code
        return _page(facility, login, refused.errors), refused.status
    return _shown_once(facility, account, password, _("%(login)s: 계정을 추가했습니다.", login=account.login))


@blueprint.post("/manager/<facility_id>/accounts/<account_id>/password")
@requires("manager", "admin")
def reset(facility_id: str, account_id: str) -> str:
    """Draw a new password for a staff account, end its sessions, and show the password, this once."""
    facility = own_facility(facility_id)
    password, shortest = draw_password(settings().password_length), settings().password_length
    account = facility_staff.reset_staff_password(
        services(), facility_id, account_id, password, shortest=shortest, by=actor(), now=now()
    )
    said = _("%(login)s: 새 비밀번호로 바꾸고 로그인을 모두 끝냈습니다.", login=account.login)
    return _shown_once(facility, account, password, said)


@blueprint.post("/manager/<facility_id>/accounts/<account_id>/stop")
@requires("manager", "admin")
def stop(facility_id: str, account_id: str) -> Response:
    """Stop a staff account and end its sessions."""
    own_facility(facility_id)
    account = facility_staff.stop_staff(services(), facility_id, account_id, by=actor(), now=now())
    flash(_("%(login)s: 계정을 중지하고 로그인을 모두 끝냈습니다.", login=account.login), "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


def _shown_once(facility: Facility, account: Account, password: str, sentence: str) -> str:
    return render_template(
        "admin/password.html",
        login=account.login,
        password=password,
        sentence=sentence,
        back=url_for(".page", facility_id=facility.facility_id),
    )


def _page(facility: Facility, login: str = "", errors: dict[str, str] | None = None) -> str:
    known = facility_staff.staff_of(services(), facility.facility_id)
    return render_template(
        "manager/accounts.html",
        facility=facility,
        accounts=[(account, state(account, now())) for account in known],
        typed={"login": login},
        errors={name: translated(sentence) for name, sentence in (errors or {}).items()},
    )
