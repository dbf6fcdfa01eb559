"""Accounts: list, add, new password, second factor, disable. A drawn password is shown once, in its answer."""

import secrets
from collections.abc import Mapping

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.errors import BadInput, NotFound
from entry_service.core.fields import FieldsRefused
from entry_service.passwords import draw_password
from entry_service.store.sites import accounts, facilities
from entry_service.store.sites.accounts import Account
from entry_service.usecases.sites import keep_accounts
from entry_service.vault.factors import FactorRefused, FactorWaits

from ..frame.access import WITH_SECOND_FACTOR, requires
from ..frame.account_state import state
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import now, services, settings
from ..frame.i18n import translated

ROLES = {
    "staff": _l("시설 직원"),
    "manager": _l("시설 관리자"),
    "officer": _l("보건소 담당자"),
    "approver": _l("열람 승인 담당자"),
    "auditor": _l("열람 점검 담당자"),
    "admin": _l("운영 담당자"),
    "field": _l("방역팀"),
}
FIELDS = ("login", "role", "facility_id", "password")
blueprint = Blueprint("accounts", __name__)


@blueprint.get("/admin/accounts")
@requires("admin")
def page() -> str:
    """Show all accounts."""
    with services().store.read() as db:
        known = accounts.all(db)
        names = {facility.facility_id: facility.name for facility in facilities.all(db)}
    return render_template(
        "admin/accounts.html",
        accounts=[(account, state(account, now()), names.get(account.facility_id)) for account in known],
        roles=ROLES,
    )


@blueprint.get("/admin/accounts/new")
@requires("admin")
def new_form() -> str:
    """Show an empty form; ``?facility_id=`` fills in the facility."""
    return _form({"role": "manager", "facility_id": request.args.get("facility_id", "")[:60]}, {})


@blueprint.post("/admin/accounts")
@requires("admin")
def add() -> Response | str | tuple[str, int]:
    """Add an account; without a typed password one is drawn."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    password = request.form.get("password", "") or draw_password(settings().password_length)
    try:
        account = keep_accounts.add_account(
            services(),
            login=typed["login"],
            role=typed["role"],
            facility_id=_facility_id(typed["facility_id"]),
            password=password,
            shortest=settings().password_length,
            by=actor(),
            now=now(),
            random=secrets.token_bytes,
        )
    except FieldsRefused as refused:
        g.code = refused.code
        return _form(typed, refused.errors), refused.status
    return _done(account, password, _("%(login)s: 계정을 추가했습니다.", login=account.login))


@blueprint.get("/admin/accounts/<account_id>")
@requires("admin")
def account_page(account_id: str) -> str:
    """Show an account with the ways to a new password and to its end."""
    return _account_page(account_id)


@blueprint.post("/admin/accounts/<account_id>/password")
@requires("admin")
def reset(account_id: str) -> Response | str | tuple[str, int]:
    """Give an account a new password, typed or drawn, and end its sessions."""
    password = request.form.get("password", "") or draw_password(settings().password_length)
    shortest = settings().password_length
    try:
        account = keep_accounts.reset_password(
            services(), account_id, password, shortest=shortest, by=actor(), now=now()
        )
    except BadInput as refused:
        g.code = refused.code
        return _account_page(account_id, password=translated(refused.sentence)), refused.status
    return _done(
        account, password, _("%(login)s: 새 비밀번호로 바꾸고 로그인을 모두 끝냈습니다.", login=account.login)
    )


@blueprint.post("/admin/accounts/<account_id>/disable")
@requires("admin")
def disable(account_id: str) -> Response:
    """Disable an account and end its sessions."""
    account = keep_accounts.disable_account(services(), account_id, by=actor(), now=now())
    flash(_("%(login)s: 계정을 중지하고 로그인을 모두 끝냈습니다.", login=account.login), "success")
    return redirect(url_for(".page"), 303)


@blueprint.post("/admin/accounts/<account_id>/factor")
@requires("admin")
def reset_factor(account_id: str) -> Response | tuple[str, int]:
    """Remove the second factor of an account, on a fresh code of the administrator's own, and end its sessions."""
    code = request.form.get("code", "")
    try:
        account = keep_accounts.reset_factor(services(), account_id, code=code, by=actor(), now=now())
    except (FactorRefused, FactorWaits) as refused:
        g.code = refused.code
        return _account_page(account_id, code=translated(refused.sentence)), refused.status
    flash(
        _("%(login)s: 2단계 인증을 초기화했습니다. 다음 로그인에서 다시 등록합니다.", login=account.login),
        "success",
    )
    if account.account_id == current_account().account_id:
        return redirect(url_for("auth.login"), 303)
    return redirect(url_for(".account_page", account_id=account_id), 303)


def _done(account: Account, password: str, sentence: str) -> Response | str:
    """Go back to the list; a drawn password is shown first, here and never again.

    It is not flashed: that would put it into a cookie, readable where the cookie is.
    """
    if request.form.get("password"):
        flash(sentence, "success")
        return redirect(url_for(".page"), 303)
    return render_template(
        "admin/password.html", login=account.login, password=password, sentence=sentence, back=url_for(".page")
    )


def _facility_id(typed: str) -> str | None:
    """Return the number of the facility that was typed by number, or by its whole name if only one has it."""
    if not typed:
        return None
    with services().store.read() as db:
        named = [facility.facility_id for facility in facilities.all(db) if facility.name == typed]
    return named[0] if len(named) == 1 else typed


def _form(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "admin/account_new.html",
        typed={name: typed.get(name, "") for name in FIELDS if name != "password"},
        errors={name: translated(sentence) for name, sentence in errors.items()},
        roles=[(code, str(name)) for code, name in ROLES.items()],
        shortest=settings().password_length,
    )


def _account_page(account_id: str, **errors: str) -> str:
    with services().store.read() as db:
        account = accounts.by_id(db, account_id)
        if account is None:
            raise NotFound(what="account")
        facility = facilities.get(db, account.facility_id) if account.facility_id else None
    return render_template(
        "admin/account.html",
        shown=account,
        state=state(account, now()),
        role=ROLES.get(account.role, account.role),
        facility=facility,
        own=account.account_id == current_account().account_id,
        factor=services().vault.factors.state(account_id) if account.role in WITH_SECOND_FACTOR else None,
        errors=errors,
        shortest=settings().password_length,
    )
