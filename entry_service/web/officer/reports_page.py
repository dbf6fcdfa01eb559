"""The reports of the analytics: a list, and each file. A report is a page of its own, with its style inside."""

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale

from entry_service.core.errors import NotFound
from entry_service.usecases.hotspots.run_status import follow_ups

from ..frame.access import requires
from ..frame.context import settings
from ..visitor.public_folder import read_public
from .report_folders import KINDS, report_file, report_folders
from .result_folders import etag

LISTED = 30
# A report brings style and fonts along and may do nothing else: no script, no form, nothing from anywhere.
ALONE = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-modals"
)
blueprint = Blueprint("reports", __name__)


@blueprint.get("/officer/reports")
@requires("officer")
def page() -> str:
    """List the reports of each run, the youngest first."""
    folders = report_folders(settings().reports_dir)
    followed = follow_ups(settings().results_dir)
    public = read_public(settings().public_dir)
    return render_template(
        "officer/reports.html",
        folders=folders[:LISTED],
        kinds=KINDS,
        total=len(folders),
        failed=[(one, _reason(one.error)) for one in followed.values() if one.error is not None],
        published=datetime.fromisoformat(public.told["created"]) if public else None,
    )


def _reason(error: Mapping[str, str]) -> str:
    """Return why something failed, in the reader's language where it was told in it."""
    return error.get(str(get_locale())) or error.get("ko", "")


@blueprint.get("/officer/reports/<run>/<name>")
@requires("officer")
def file(run: str, name: str) -> Response:
    """Serve one file of a report, or 304 where the caller has it; only this browser may keep a copy."""
    found = report_file(settings().reports_dir, run, name)
    if found is None:
        raise NotFound()
    path, media = found
    content = path.read_bytes()
    response = Response(content, content_type=media)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = ALONE
    if path.suffix in {".xlsx", ".csv"}:
        response.headers["Content-Disposition"] = f'attachment; filename="{path.stem}-{run}{path.suffix}"'
    response.set_etag(etag(content))
    return response.make_conditional(request)
