"""Sessions and device tokens: 256 random bits in a cookie, their SHA-256 in the database.

A copy of the database signs nobody in. A session ends when its person signs out, after ``ENTRY_SESSION_HOURS``, or
after ``ENTRY_SESSION_IDLE_MINUTES`` without a request. A half session, in a cookie of another name, says that the
password was right; it opens the page of the second factor and nothing else.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from flask import Flask, Response, current_app, g, request
from sqlalchemy import Connection

from entry_service.core.errors import NotSignedIn
from entry_service.core.model import Device
from entry_service.passwords import DISABLED
from entry_service.settings import Settings
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import accounts, devices
from entry_service.store.sites import sessions as kept

from .context import services, settings
from .security import cookie_name

MOST_DOUBLINGS = 10  # of the wait after wrong passwords; an hour is reached long before
HALF_LASTS = timedelta(minutes=5)
TOUCH = timedelta(minutes=1)  # how exactly the last request of a session or device is known
UNATTENDED = "X-Unattended"  # sent by a page that asks by itself: nobody sits before it for that


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def new_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def new_device_id() -> str:
    """Return the identifier of a new device."""
    return f"D-{secrets.token_hex(8)}"


def begin(response: Response, account: accounts.Account, now: datetime, *, half: bool = False) -> None:
    """Begin a session and give its cookie to the browser; sessions whose time is over are removed with it.

    Raises ``NotSignedIn`` where the account got another password, or none, or another role since it was read.
    """
    token = new_token()
    ends_at = now + (HALF_LASTS if half else timedelta(hours=settings().session_hours))
    session = kept.Session(
        session_hash=token_hash(token),
        account_id=account.account_id,
        created_at=now,
        last_seen_at=now,
        ends_at=ends_at,
        half=half,
    )

    def write(db: Connection) -> None:
        one_at_a_time(db, b"account|" + account.account_id.encode())
        kept.end_expired(db, now)
        present = accounts.by_id(db, account.account_id)
        if present is None or present.password_hash != account.password_hash or present.role != account.role:
            raise NotSignedIn
        kept.add(db, session)

    services().store.write(write)
    set_cookie(response, "half" if half else "session", token)


def end(token: str | None) -> None:
    """End the session of this token, if it is one."""
    if token:
        services().store.write(lambda db: kept.end(db, token_hash(token)))


def account_of(token: str | None, now: datetime, *, half: bool = False) -> accounts.Account | None:
    """Return the account of a running session, or of a half session; one that ran out is none."""
    if not token:
        return None
    store = services().store
    with store.read() as db:
        session = kept.find(db, token_hash(token))
        account = accounts.by_id(db, session.account_id) if session else None
    idle = timedelta(minutes=settings().session_idle_minutes)
    if session is None or session.half != half or account is None or account.password_hash == DISABLED:
        return None
    if now >= session.ends_at or now >= session.last_seen_at + idle:
        return None
    if now - session.last_seen_at >= TOUCH and UNATTENDED not in request.headers:
        store.write(lambda db: kept.touch(db, session.session_hash, now))
    return account


def device_of(token: str, now: datetime) -> Device | None:
    """Return the enrolled device of a token; a revoked one is none, and the request remembers that it was one."""
    store = services().store
    with store.read(snapshot=False) as db:
        found = devices.by_token_hash(db, token_hash(token))
    g.device_revoked = found is not None and found.revoked_at is not None
    if found is None or g.device_revoked:
        return None
    seen = seen_devices(current_app)
    if now - seen.get(found.device_id, now - TOUCH) >= TOUCH:  # not a write for each scan
        seen[found.device_id] = now
        store.write(lambda db: devices.touch(db, found.device_id, now))
    return found


def seen_devices(app: Flask) -> dict[str, datetime]:
    """Return when this process last noted each device as seen, by device_id."""
    return app.extensions.setdefault("devices_seen", {})


def record_wrong_password(account_id: str, now: datetime) -> None:
    """Count a wrong password; counting and deciding to wait are one write, so that parallel guesses all count."""
    rules = settings()  # asked here: the log's writing thread knows no request

    def count(db: Connection) -> None:
        one_at_a_time(db, b"account|" + account_id.encode())
        account = accounts.by_id(db, account_id)
        if account is not None:
            wait = wait_after(account.failures + 1, rules)
            accounts.record_failure(db, account_id, now + wait if wait else account.locked_until)

    services().store.write(count)


def wait_after(failures: int, settings: Settings) -> timedelta | None:
    """Return how long an account waits after so many wrong passwords in a row: none, then ever twice as long."""
    rounds, rest = divmod(failures, settings.login_failures)
    if rest or not rounds:
        return None
    doubled = 2 ** min(rounds - 1, MOST_DOUBLINGS)
    return min(timedelta(minutes=settings.login_wait_minutes) * doubled, timedelta(hours=1))


def set_cookie(response: Response, name: str, token: str, *, days: int | None = None) -> None:
    """Set one of our cookies: only for this host, hidden from scripts, never sent from foreign pages."""
    response.set_cookie(
        cookie_name(settings(), name),
        token,
        max_age=days * 86_400 if days else None,
        secure=settings().secure_cookies,
        httponly=True,
        samesite="Lax" if name in {"session", "half"} else "Strict",
        path="/",
    )


def drop_cookie(response: Response, name: str) -> None:
    """Remove one of our cookies from the browser."""
    secure = settings().secure_cookies
    response.delete_cookie(cookie_name(settings(), name), path="/", secure=secure, httponly=True)
