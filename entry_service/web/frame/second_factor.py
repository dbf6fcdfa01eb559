"""The second step of a sign-in: a code of the authenticator application, set up at the first sign-in.

Between the password and the code there is only a half session of five minutes, which opens these pages and nothing
else. The recovery codes are shown once, in the answer to the form that confirmed the second factor.
"""

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, session, url_for

from entry_service.core.actors import Actor
from entry_service.core.errors import EntryError
from entry_service.store.sites.accounts import Account
from entry_service.usecases.sites import sign_in
from entry_service.vault.factors import FactorConfirmed, FactorRefused, FactorWaits

from . import sessions
from .access import public, public_limited
from .auth import safe_next
from .context import now, services, settings
from .i18n import translated
from .security import cookie_name
from .symbol_svg import symbol_path

blueprint = Blueprint("second_factor", __name__)
ASKING = {"officer", "approver"}  # whose new factor waits before it asks or approves
Answer = Response | str | tuple[str, int]


@blueprint.get("/login/code")
@public
def code_form() -> Answer:
    """Ask for the code; whoever has no second factor yet sets it up, whoever gave no password begins there."""
    account = _half()
    if account is None:
        return _to_password()
    if services().vault.factors.state(account.account_id) != "confirmed":
        return _to(".new_factor")
    return _code_page(account)


@blueprint.post("/login/code")
@public_limited
def enter_code() -> Answer:
    """Sign in with the code, or with a recovery code in its place."""
    account = _half()
    if account is None:
        return _to_password()
    try:
        sign_in.enter_code(services(), actor_of(account), request.form.get("code", ""), now=now())
    except (FactorRefused, FactorWaits) as refused:
        g.code = refused.code
        return _code_page(account, refused), refused.status
    return _signed_in(account, redirect(safe_next(request.form.get("next"), account.role), 303))


@blueprint.get("/login/factor")
@public
def new_factor() -> Answer:
    """Show the secret of a new second factor, as QR symbol and as text, and ask for its first code."""
    account = _half()
    if account is None:
        return _to_password()
    try:
        return _factor_page(account)
    except FactorConfirmed:
        return _to(".code_form")


@blueprint.post("/login/factor")
@public_limited
def confirm_factor() -> Answer:
    """Confirm the second factor by its first code, sign in, and show the recovery codes."""
    account = _half()
    if account is None:
        return _to_password()
    try:
        codes = sign_in.confirm_factor(services(), actor_of(account), request.form.get("code", ""), now=now())
    except FactorConfirmed:  # in another window: its recovery codes are shown there
        return _to(".code_form")
    except (FactorRefused, FactorWaits) as refused:
        g.code = refused.code
        return _factor_page(account, refused), refused.status
    g.account = account
    onward = safe_next(request.form.get("next"), account.role)
    page = render_template("recovery_codes.html", codes=codes, onward=onward, login=account.login)
    return _signed_in(account, make_response(page))


def actor_of(account: Account) -> Actor:
    """Return who acts while nobody is signed in yet: the account whose password or code is judged."""
    return Actor(account_id=account.account_id, role=account.role, origin=request.remote_addr or "")


def _half() -> Account | None:
    return sessions.account_of(request.cookies.get(cookie_name(settings(), "half")), now(), half=True)


def _signed_in(account: Account, response: Response) -> Response:
    """Turn the half session into a whole one with a name of its own."""
    session.clear()
    sessions.end(request.cookies.get(cookie_name(settings(), "half")))
    sessions.end(request.cookies.get(cookie_name(settings(), "session")))
    sessions.begin(response, account, now())
    sessions.drop_cookie(response, "half")
    return response


def _next() -> str:
    return request.values.get("next", "")


def _to(endpoint: str) -> Response:
    return redirect(url_for(endpoint, next=_next() or None), 303)


def _to_password() -> Response:
    return redirect(url_for("auth.login", next=_next() or None), 303)


def _code_page(account: Account, refused: EntryError | None = None) -> str:
    return render_template("login_code.html", login=account.login, next=_next(), refused=_sentence(refused))


def _factor_page(account: Account, refused: EntryError | None = None) -> str:
    new = sign_in.begin_factor(services(), account.account_id, account.login, now=now())
    groups = [new.secret[at : at + 4] for at in range(0, len(new.secret), 4)]
    waits = settings().factor_wait_hours if account.role in ASKING else 0
    shown = {"login": account.login, "next": _next(), "refused": _sentence(refused), "waits": waits}
    return render_template("login_factor.html", symbol=symbol_path(new.uri), groups=groups, **shown)


def _sentence(refused: EntryError | None) -> str:
    return translated(refused.sentence) if refused else ""
