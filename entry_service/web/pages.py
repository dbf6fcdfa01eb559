"""What all pages share: our own css and js files, and the words that every template may use."""

from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from flask_babel import gettext as _
from jinja2 import StrictUndefined

from entry_service.settings import Settings

from .access import public

STATIC = Path(__file__).resolve().parents[2] / "static"


@public
def static(kind: str, name: str) -> Response:
    """Serve one of our own files; a browser asks each time whether its copy is still the newest."""
    media = "text/javascript" if name.endswith((".js", ".mjs")) else None
    return send_from_directory(STATIC / kind, name, mimetype=media)


def navigation() -> list[dict[str, object]]:
    """Return the links of the main menu for whoever is signed in."""
    links = [("/pass", _("방문자 출입증")), ("/login", _("담당자 로그인"))]
    return [{"address": address, "label": label, "here": request.path == address} for address, label in links]


def attach(app: Flask, settings: Settings) -> None:
    """Serve our files and give templates ``authority``, ``contact`` and ``demo``; an unknown name is a fault."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_url_rule("/static/<any(css, js, img):kind>/<path:name>", "static", static)
    shown = {"authority": settings.authority, "contact": settings.contact, "demo": settings.demo}
    shown["navigation"] = navigation
    app.context_processor(lambda: shown)
