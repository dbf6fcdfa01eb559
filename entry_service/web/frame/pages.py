"""What all pages share: our own css and js files, and the words that every template may use."""

from pathlib import Path

from flask import Flask, Response, g, request, send_from_directory
from flask_babel import gettext as _
from jinja2 import StrictUndefined

from entry_service.settings import Settings

from .access import public
from .compression import file_compressed

STATIC = Path(__file__).resolve().parents[3] / "static"
ROLE_SCRIPTS = {"field": "/static/js/field/sign-out.js"}
"""What every page loads for a role; one that opens without network names its own scripts (frame/shells.py)."""


@public
def static(kind: str, name: str) -> Response:
    """Serve one of our own files; a browser asks each time whether its copy is still the newest."""
    media = "text/javascript" if name.endswith((".js", ".mjs")) else None
    return file_compressed(send_from_directory(STATIC / kind, name, mimetype=media), STATIC / kind / name)


def navigation() -> list[dict[str, object]]:
    """Return the links of the main menu for whoever is signed in."""
    account = g.get("account")
    if account is None:
        links = [("/pass", _("방문자 출입증")), ("/places", _("확진자 방문 장소")), ("/login", _("담당자 로그인"))]
    else:
        menus = {
            "staff": [("/staff", _("출입 확인")), ("/guides/door", _("안내"))],
            "manager": [("/manager", _("시설 현황")), ("/staff", _("출입 확인")), ("/guides/door", _("안내"))],
            # the rest is in the menu of those pages
            "officer": [("/officer/cases", _("보건소 메뉴")), ("/guides/officer", _("안내"))],
            "approver": [
                ("/approver", _("열람 승인")),
                ("/admin/sunset", _("운영 종료")),
                ("/guides/officer", _("안내")),
            ],
            "auditor": [("/auditor", _("열람 점검"))],
            "admin": [
                ("/admin", _("시설 관리")),
                ("/admin/distancing", _("거리두기")),
                ("/admin/accounts", _("계정")),
                ("/admin/retention", _("파기 대장")),
                ("/usefulness", _("성과 보고")),
                ("/guides/operations", _("안내")),
            ],
            "field": [("/field", _("방역점검표"))],
        }
        links = menus[account.role]
    below = [address for address, _label in links if f"{request.path}/".startswith(f"{address}/")]
    here = max(below, key=len, default=None)
    return [{"address": address, "label": label, "here": address == here} for address, label in links]


def attach(app: Flask, settings: Settings) -> None:
    """Serve our files; tell templates whose service it is and how long data are kept. An unknown name fails."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_url_rule("/static/<any(css, js, img):kind>/<path:name>", "static", static)
    shown = {
        "authority": settings.authority,
        "contact": settings.contact,
        "demo": settings.demo,
        "retention_days": settings.retention_days,
        "role_scripts": ROLE_SCRIPTS,
    }
    app.context_processor(lambda: {**shown, "navigation": navigation, "account": g.get("account")})
