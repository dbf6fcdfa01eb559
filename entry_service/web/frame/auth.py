"""Who is calling: sign-in, sign-out, and the rule that holds every caller to what a view declares.

A staff device speaks with its token (``Authorization: Bearer`` or a cookie), a person with a session. A request
that brings an ``Authorization`` header is judged by it alone, so that no cookie can speak for a foreign page.
"""

from datetime import datetime
from time import perf_counter, sleep

from flask import Blueprint, Flask, Response, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict

from entry_service import passwords
from entry_service.core.actors import Actor
from entry_service.core.errors import EntryError, NotAllowed, NotSignedIn
from entry_service.core.model import Device
from entry_service.core.profiles import assert_may
from entry_service.store.sites import accounts
from entry_service.usecases.sites.sign_in import refuse_sign_in

from . import sessions
from .access import WITH_SECOND_FACTOR, public, public_limited
from .context import now, services, settings
from .i18n import translated
from .security import cookie_name, declared_access

HOMES = {
    "staff": "/staff",
    "manager": "/manager",
    "officer": "/officer",
    "approver": "/approver",
    "auditor": "/auditor",
    "admin": "/admin",
    "field": "/field",
}
FORGETS = '"cache"'  # Clear-Site-Data at sign-out: what was fetched; storage, where a door keeps its queue, stays
REFUSED_AFTER = 0.3  # seconds: no refusal is quicker, so that none tells by its time what was written down
LARGEST_FORM = 8_192  # bytes of a sign-in form; a longer one is refused before anything is hashed
blueprint = Blueprint("auth", __name__)


class WrongSignIn(EntryError):
    """Login or password is wrong, or the account waits after too many tries: never said which."""

    status, code = 401, "wrong_sign_in"
    sentence = "아이디 또는 비밀번호가 맞지 않습니다. 여러 번 틀렸다면 몇 분 뒤에 다시 시도해 주시기 바랍니다."


def current_account() -> accounts.Account:
    """Return the signed-in account of this request or raise ``NotSignedIn``."""
    if g.get("account") is None:
        raise NotSignedIn()
    return g.account


def current_device() -> Device:
    """Return the staff device of this request or raise ``NotSignedIn``."""
    if g.get("device") is None:
        raise NotSignedIn()
    return g.device


def set_device_cookie(response: Response, token: str) -> None:
    """Give this browser the token of a staff device."""
    sessions.set_cookie(response, "device", token, days=400)


def identify_caller() -> None:
    """Find out who calls and hold them to the declaration of the view."""
    access = declared_access()
    if access is None or request.blueprint == "vendor":
        return
    header = request.headers.get("Authorization", "")
    if access.device:
        cookie = cookie_name(settings(), "device")
        token = header.removeprefix("Bearer ") if header else request.cookies.get(cookie)
        g.device = sessions.device_of(token, now()) if token else None
        if g.device:
            if access.act:
                assert_may(g.device, access.act)
            return
    if not header:
        g.account = sessions.account_of(request.cookies.get(cookie_name(settings(), "session")), now())
    if not access.open:
        if g.get("account") is None:
            raise NotSignedIn()
        if g.account.role not in access.roles:
            raise NotAllowed()


def safe_next(target: str | None, role: str) -> str:
    """Return where to go after sign-in: a path of ours that was asked for, else the home of the role."""
    plain = target and target.startswith("/") and not target.startswith("//") and target.isprintable()
    return target if plain and "\\" not in target else HOMES[role]


@blueprint.get("/login")
@public
def login() -> str:
    """Show the sign-in page."""
    return render_template("login.html", refused=None, form={"next": request.args.get("next", "")})


def _limit_form() -> None:
    if request.method == "POST" and request.blueprint in {"auth", "second_factor"}:
        request.max_content_length = LARGEST_FORM


@blueprint.post("/login")
@public_limited
def sign_in() -> Response | tuple[str, int]:
    """Sign in: the same answer, in the same time, for an unknown login, a wrong password and a waiting account.

    Roles with a second factor get half a session and are asked for their code (second_factor.py).
    """
    form, begun = request.form, perf_counter()
    account = _verified(form, now())
    if account is None:
        sleep(max(0.0, begun + REFUSED_AFTER - perf_counter()))
        refused = WrongSignIn()
        g.code = refused.code
        kept = {"next": form.get("next", "")}
        return render_template("login.html", refused=translated(refused.sentence), form=kept), refused.status
    session.clear()  # a token planted before the sign-in is worth nothing after it
    for name in ("session", "half"):
        sessions.end(request.cookies.get(cookie_name(settings(), name)))
    half = account.role in WITH_SECOND_FACTOR
    onward = form.get("next", "")
    there = url_for("second_factor.code_form", next=onward or None) if half else safe_next(onward, account.role)
    response = redirect(there, 303)
    sessions.begin(response, account, now(), half=half)
    return response


def _verified(form: ImmutableMultiDict[str, str], at: datetime) -> accounts.Account | None:
    store = services().store
    with store.read() as db:
        account = accounts.by_login(db, form.get("login", "").strip())
    waiting = account is not None and account.locked_until is not None and account.locked_until > at
    known = account.password_hash if account is not None and not waiting else None
    if passwords.verify_password(known, form.get("password", "")) and account is not None:
        store.write(lambda db: accounts.record_success(db, account.account_id))
        return account
    if account is not None and not waiting:
        sessions.record_wrong_password(account.account_id, at)
        if account.role in WITH_SECOND_FACTOR:
            actor = Actor(account_id=account.account_id, role=account.role, origin=request.remote_addr or "")
            refuse_sign_in(services(), actor, "wrong_password", now=at)
    return None


@blueprint.post("/logout")
@public
def sign_out() -> Response:
    """End the session at once, here and for whoever else holds its cookie.

    The browser of whoever sees more than a door does forgets what it fetched. Nothing else is cleared: passes,
    queues of doors and lists of teams lie in the storage of the same address.
    """
    session.clear()
    response = redirect("/", 303)
    if g.get("account") is not None and g.account.role != "staff":
        response.headers["Clear-Site-Data"] = FORGETS
    for name in ("session", "half"):
        sessions.end(request.cookies.get(cookie_name(settings(), name)))
        sessions.drop_cookie(response, name)
    flash(_("로그아웃했습니다."), "success")
    return response


def attach(app: Flask) -> None:
    """Identify the caller of every request; must be attached before the CSRF check."""
    app.before_request(_limit_form)
    app.before_request(identify_caller)
