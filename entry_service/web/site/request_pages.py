"""A private site asks to take part, sees how far its request has come, and makes its manager's account.

The address of a request is known to whoever asked and to nobody else; it is in no log line, because a line has the
route alone.
"""

import secrets
from collections.abc import Mapping

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from entry_service.core.errors import TooMany
from entry_service.core.fields import FieldsRefused
from entry_service.core.site_requests import CONTACT_KEPT, WAITS, read_asked, show_business_number
from entry_service.usecases.sites import site_requests

from ..admin.facility_words import categories
from ..frame.access import public, public_limited
from ..frame.context import now, services, settings
from ..frame.daily_share import DailyShare
from ..frame.i18n import translated

FIELDS = ("business_number", "name", "category", "address", "telephone", "consent")
LONGEST_TYPED = 400
MOST_OF_AN_ADDRESS = 10  # requests a day: one address fills neither the day of all others nor the waiting list
SHARE = "requests of sites by address"
TAKEN = "이 인터넷 주소에서는 오늘 더 신청할 수 없습니다. 내일 다시 신청하시거나 담당 기관에 문의하시기 바랍니다."

blueprint = Blueprint("site_requests", __name__)


@blueprint.record
def begin(state: BlueprintSetupState) -> None:
    """Count by address from here on."""
    state.app.extensions[SHARE] = DailyShare(MOST_OF_AN_ADDRESS)


@blueprint.get("/register")
@public
def form() -> str:
    """Show the form with which a site asks to take part."""
    return _form({}, {})


@blueprint.post("/register")
@public_limited
def ask() -> Response | tuple[str, int]:
    """Keep the request and lead to its address, or show the form again with everything that was typed."""
    typed = {name: request.form.get(name, "")[:LONGEST_TYPED] for name in FIELDS}
    try:
        asked = read_asked(typed)
        current_app.extensions[SHARE].take(request.remote_addr or "", TAKEN, now())
        secret = site_requests.ask(services(), asked, now=now(), random=secrets.token_bytes)
    except FieldsRefused as refused:
        g.code = refused.code
        return _form(typed, refused.errors), refused.status
    except TooMany as refused:
        g.code = refused.code
        flash(translated(refused.sentence), "danger")
        return _form(typed, {}), refused.status
    flash(_("신청을 받았습니다. 이 화면의 주소를 보관하시기 바랍니다."), "success")
    return redirect(url_for(".status", secret=secret), 303)


@blueprint.get("/register/<secret>")
@public
def status(secret: str) -> str:
    """Show how far the request has come; while its manager is invited, the form of the account."""
    return _status(secret, {}, {})


@blueprint.post("/register/<secret>")
@public_limited
def make_account(secret: str) -> Response | tuple[str, int]:
    """Make the manager's account, once."""
    typed = {name: request.form.get(name, "")[:LONGEST_TYPED] for name in ("login", "password")}
    try:
        site_requests.make_manager(
            services(),
            secret,
            login=typed["login"].strip(),
            password=typed["password"],
            shortest=settings().password_length,
            origin=request.remote_addr or "",
            now=now(),
            random=secrets.token_bytes,
        )
    except FieldsRefused as refused:
        g.code = refused.code
        return _status(secret, typed, refused.errors), refused.status
    except site_requests.InvitationOver as refused:
        g.code = refused.code
        flash(translated(refused.sentence), "warning")
        return _status(secret, {}, {}), refused.status
    flash(_("시설 관리자 계정을 만들었습니다. 로그인하여 기기를 등록하시기 바랍니다."), "success")
    return redirect(url_for("auth.login"), 303)


def _form(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "site/request.html",
        typed={name: typed.get(name, "") for name in FIELDS},
        errors={name: translated(sentence) for name, sentence in errors.items()},
        categories=categories(),
        contact_days=CONTACT_KEPT.days,
        waiting_days=WAITS.days,
    )


def _status(secret: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    asked = site_requests.look(services(), secret, now())
    return render_template(
        "site/status.html",
        asked=asked,
        number=show_business_number(asked.business_number),
        address=f"{settings().origin.rstrip('/')}{url_for('.status', secret=secret)}",
        secret=secret,
        is_invited=site_requests.is_invited(asked, now()),
        invited_until=asked.decided_at + site_requests.INVITED if asked.decided_at else None,
        typed={name: typed.get(name, "") for name in ("login",)},
        errors={name: translated(sentence) for name, sentence in errors.items()},
        shortest=settings().password_length,
    )
