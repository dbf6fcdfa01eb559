"""What every answer carries and every request must pass: headers, body size, CSRF, the default "closed".

The Content-Security-Policy is strict from the first day: no inline script or style, nothing from outside.
"""

from flask import Flask, Response, current_app, request
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
SAFE = {"GET", "HEAD", "OPTIONS"}
csrf = CSRFProtect()


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
    typed = (text for texts in request.form.listvalues() for text in texts)
    if "\0" in request.path or b"%00" in request.query_string or any("\0" in text for text in typed):
        raise BadInput()


def add_headers(response: Response) -> Response:
    """Put the security headers on every answer; nothing that is not a file is kept by anyone."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.status_code >= 400 or request.endpoint not in {"static", "vendor.file"}:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


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
    csrf.init_app(app)
    app.before_request(refuse_nul)
    app.before_request(protect_from_foreign_pages)
    app.after_request(add_headers)
