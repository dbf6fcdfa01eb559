"""How a page is shown: language, contrast and size of text, chosen by links of every page and kept in cookies.

``?lang=zh``, ``?contrast=high`` and ``?text=150`` choose. static/js/common/display.js reads the cookies and
changes contrast and size at once, without losing what was typed; without scripts the links load the page again.
"""

from urllib.parse import urlencode

from flask import Flask, Response, request

from .i18n import languages_here

CONTRASTS = ("normal", "high")
TEXT_SIZES = ("100", "125", "150")  # % of the usual size
YEAR = 31_536_000  # seconds a choice is remembered


def choices() -> dict[str, tuple[str, ...]]:
    """Return what can be chosen on this page, by the name of its cookie."""
    return {"lang": languages_here(), "contrast": CONTRASTS, "text": TEXT_SIZES}


def chosen(name: str, allowed: tuple[str, ...]) -> str:
    """Return the choice of the address, else of the cookie, else the first; an unknown value is no choice."""
    wishes = (request.args.get(name), request.cookies.get(name))
    return next((wish for wish in wishes if wish in allowed), allowed[0])


def address_with(**choice: str) -> str:
    """Return this page's address with another choice, whatever else it asks for kept."""
    return "?" + urlencode({**request.args, **choice})


def remember_choices(response: Response) -> Response:
    """Keep what the reader chose in the address."""
    if request.query_string:
        for name, allowed in choices().items():
            wish = request.args.get(name)
            if wish in allowed:
                secure = request.is_secure
                response.set_cookie(name, wish, max_age=YEAR, samesite="Lax", secure=secure)
    return response


def attach(app: Flask) -> None:
    """Give templates ``contrast``, ``text_size``, ``text_sizes`` and ``address_with``."""
    app.after_request(remember_choices)
    app.jinja_env.globals.update(address_with=address_with, text_sizes=TEXT_SIZES)
    app.context_processor(
        lambda: {"contrast": chosen("contrast", CONTRASTS), "text_size": chosen("text", TEXT_SIZES)}
    )
