"""What lets pass, door and field checklist open without network: the service worker and the web manifests.

The worker keeps for each page of ``PAGES`` the page itself and every file it loads, found by ``shells.py``. The
entry ticket is not among them: it is live, and a kept copy would be the very picture it must not be.
"""

from functools import cache
from pathlib import Path

import msgspec
from flask import Blueprint, Flask, Response, current_app, g, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _

from ..api.openapi import json_response
from .access import public
from .pages import STATIC
from .shells import Shell, release

WORKER = STATIC / "js" / "common" / "service-worker.js"
OFFLINE = "/offline"
PAGES = {
    "/pass": Shell("visitor/pass.html"),
    "/pass/notice": Shell("visitor/notice.html"),
    "/staff": Shell("staff/scan.html", ("/vendor/zxing-wasm/zxing_reader.wasm",)),
    "/field": Shell("field/checklist.html"),
    OFFLINE: Shell("offline.html"),
}
MANIFESTS = {"/pass": "/pass.webmanifest", "/staff": "/staff.webmanifest", "/field": "/field.webmanifest"}
ICONS = [
    {"src": "/static/img/mark.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
    {"src": "/static/img/icon-192.png", "sizes": "192x192", "type": "image/png", "purpose": "any"},
    {"src": "/static/img/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "any"},
    {"src": "/static/img/icon-maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
]
RELEASE_HEADER = "Entry-Release"
blueprint = Blueprint("offline", __name__)


@cache
def read_release() -> str:
    """Return the name of the release whose files lie here."""
    return release(PAGES, [WORKER, Path(__file__)])


@cache
def kept_files() -> dict[str, list[str]]:
    """Return what the service worker keeps for each page, beside the page itself."""
    return {path: [*shell.files(), *filter(None, [MANIFESTS.get(path)])] for path, shell in PAGES.items()}


def this_release() -> str:
    """Return the name of the release this process serves: read once, whatever is put beside it later."""
    return current_app.extensions.setdefault("release", read_release())


@blueprint.get("/sw.js")
@public
def worker() -> Response:
    """Serve the service worker from the root, so that it may serve every page; asked for anew each time."""
    told = msgspec.json.encode({"version": this_release(), "offline": OFFLINE, "pages": kept_files()})
    source = b"self.RELEASE = " + told + b";\n" + WORKER.read_bytes()
    response = Response(source, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get(OFFLINE)
@public
def offline() -> str:
    """Say that a page needs the network: shown by the service worker in place of a page that is not kept."""
    return render_template("offline.html")


@blueprint.get("/pass.webmanifest")
@public
def pass_manifest() -> Response:
    """Describe the pass page as an app of its own."""
    return _manifest("/pass", _("방문자 출입증"), _("출입증"))


@blueprint.get("/staff.webmanifest")
@public
def staff_manifest() -> Response:
    """Describe the page at the door as an app of its own."""
    return _manifest("/staff", _("출입 확인"), _("출입 확인"))


@blueprint.get("/field.webmanifest")
@public
def field_manifest() -> Response:
    """Describe the checklist of the disinfection teams as an app of its own."""
    return _manifest("/field", _("방역점검표"), _("방역점검표"))


@blueprint.record_once
def attach(state: object) -> None:
    """Give templates ``release()`` and mark the pages that may be kept."""
    app: Flask = state.app
    app.add_template_global(this_release, "release")
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    """Tell the service worker the release of a page it may keep; the page that enrols a device is none."""
    keepable = request.path in PAGES and response.status_code == 200
    if keepable and (request.path != "/staff" or g.get("device") is not None):
        response.headers[RELEASE_HEADER] = this_release()
    return response


def _manifest(page: str, name: str, short_name: str) -> Response:
    """Return the manifest of a page, in the language of the request."""
    manifest = {
        "id": page,
        "name": name,
        "short_name": short_name,
        "lang": str(get_locale()),
        "dir": "ltr",
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b50d0",
        "icons": ICONS,
    }
    response = json_response(manifest, media="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response
