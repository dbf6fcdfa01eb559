"""The device's side of an invitation: a page that brings the secret of a QR, and becomes a staff device.

The QR is ``https://host/staff/join#<secret>``: what follows ``#`` is never sent by a browser, so the secret stands
in no address, log or referrer. A script moves it from there into the form; without one it is typed. The form works
once, for 30 minutes.
"""

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from flask_babel import gettext as _

from entry_service.core.errors import EntryError
from entry_service.core.invitations import read_secret
from entry_service.usecases.sites import enrol_device
from entry_service.usecases.sites.enrol_device import InvitationUnknown

from ..frame import sessions
from ..frame.access import public, public_limited
from ..frame.auth import set_device_cookie
from ..frame.context import now, services, settings
from ..frame.i18n import translated
from ..frame.security import cookie_name

LONGEST_TYPED = 200
blueprint = Blueprint("enrolment", __name__)


@blueprint.get("/staff/join")
@public
def join_page() -> str:
    """Show the form; the script of the page fills in the secret of the QR."""
    return _page()


@blueprint.post("/staff/join")
@public_limited
def join() -> Response | tuple[str, int]:
    """Make this browser the invited device; an invitation that does not work says why."""
    secret = read_secret(request.form.get("secret", "")[:LONGEST_TYPED])
    token = sessions.new_token()
    try:
        if secret is None:
            raise InvitationUnknown
        enrol_device.join(
            services(),
            invitation_hash=sessions.token_hash(secret),
            device_id=sessions.new_device_id(),
            token_hash=sessions.token_hash(token),
            instead_of=_present_device(),
            now=now(),
        )
    except EntryError as refused:
        g.code = refused.code
        return _page(translated(refused.sentence)), refused.status
    response = redirect("/staff", 303)
    set_device_cookie(response, token)
    return response


def revoked_page() -> Response:
    """Tell a browser whose device was revoked so, and take the token that opens nothing any more."""
    response = make_response(render_template("enrolment/revoked.html"), 401)
    response.headers["WWW-Authenticate"] = "Bearer"
    sessions.drop_cookie(response, "device")
    return response


def _page(refused: str = "") -> str:
    host = settings().origin.partition("://")[2]
    return render_template(
        "enrolment/join.html",
        refused=refused,
        address=f"{host}/staff/join",
        page_data={"unreadable": _("QR의 초대를 읽지 못했습니다. 관리자 화면의 QR을 다시 찍으시기 바랍니다.")},
    )


def _present_device() -> str | None:
    """Return the device that this browser is until now: a browser is one device at most."""
    token = request.cookies.get(cookie_name(settings(), "device"))
    device = sessions.device_of(token, now()) if token else None
    return device.device_id if device else None
