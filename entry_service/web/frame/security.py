"""What every answer carries and every request must pass: headers, body size, CSRF, the default "closed".

The Content-Security-Policy is strict from the first day: no inline script or style, nothing from outside.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect

from entry_service.core.errors import BadInput, NotAllowed
from entry_service.settings import Settings

from .access import Access

CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
UNLESS_GIVEN = {"Cache-Control": "no-store"}  # files say themselves how long they may be kept
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
SAFE = {"GET", "HEAD", "OPTIONS"}
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
csrf = CSRFProtect()


def csp_with_images(address: str) -> str:
    """Return the policy of a page that also shows pictures, and nothing but pictures, from an address's origin."""
    parts = urlsplit(address)
    return CSP.replace("img-src 'self'", f"img-src 'self' {parts.scheme}://{parts.netloc}")


def cookie_name(settings: Settings, name: str) -> str:
    """Return the name of a cookie; the prefix makes browsers refuse it from another host or without HTTPS."""
    return f"__Host-{name}" if settings.secure_cookies else name


def declared_access() -> Access | None:
    """Return what the view of this request declares; None where the router found no view."""
    if request.endpoint is None:
        return None
    access = getattr(current_app.view_functions[request.endpoint], "access", None)
    if access is None:
        raise NotAllowed()  # a view without a declaration is closed
    return access


def protect_from_foreign_pages() -> None:
    """Ask for the CSRF token wherever a cookie could speak for the caller."""
    access = declared_access()
    if (
        access is not None
        and access.csrf
        and request.method not in SAFE
        and "Authorization" not in request.headers
    ):
        csrf.protect()


def refuse_nul() -> None:
    """Refuse a NUL in an address or a form: no text has one, and PostgreSQL stores none."""
    if "\0" in request.path or b"%00" in request.query_string:
        raise BadInput()
    if request.mimetype in FORMS and any("\0" in text for texts in request.form.listvalues() for text in texts):
        raise BadInput()


def with_headers(application: Wsgi) -> Wsgi:
    """Return the application whose every answer carries the security headers; only our service worker keeps pages.

    It stands around Flask, so that an answer which no hook ever saw carries them too.
    """
    always = [(name.lower(), (name, value)) for name, value in (HEADERS | UNLESS_GIVEN).items()]
    over_https = always + [(name.lower(), (name, value)) for name, value in HTTPS_ONLY.items()]

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        wanted = over_https if environ["wsgi.url_scheme"] == "https" else always

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            given = {name.lower() for name, _ in headers}
            added = [header for name, header in wanted if name not in given]
            return start_response(status, headers + added, exc_info)

        return application(environ, start)

    return call


class FormSession(SecureCookieSessionInterface):
    """Flask's signed cookie, which holds the token of the forms; a request that never asks for it pays nothing."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Read the cookie; without any cookie the session is new."""
        return super().open_session(app, request) if "Cookie" in request.headers else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, unless the request never looked into it."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)


def attach(app: Flask, settings: Settings) -> None:
    """Hold every request of the application to the rules above."""
    app.config.update(
        SECRET_KEY=settings.secret,
        SESSION_COOKIE_NAME=cookie_name(settings, "form"),
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=settings.max_body,
        MAX_FORM_MEMORY_SIZE=settings.max_body,
        WTF_CSRF_CHECK_DEFAULT=False,  # we ask ourselves, see above
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as the session it is signed into
    )
    app.session_interface = FormSession()
    app.wsgi_app = with_headers(app.wsgi_app)
    csrf.init_app(app)
    app.before_request(refuse_nul)
    app.before_request(protect_from_foreign_pages)
