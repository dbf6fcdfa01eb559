"""Many facilities from a file: send it in, look at what it would do, then say yes, or mend it by its report."""

import secrets
from io import BytesIO

from flask import Blueprint, Response, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from entry_service.core.errors import BadInput
from entry_service.store.sites import facility_files
from entry_service.usecases.sites import import_facilities as usecase

from ..frame.access import requires
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import translated
from .import_report import changes_of, column_name, report_csv, template_xlsx

MOST_PROBLEMS, MOST_ROWS, TOLD = 200, 50, 10

blueprint = Blueprint("imports", __name__)


@blueprint.get("/admin/imports")
@requires("admin")
def page() -> str:
    """Show the form that takes a file, and which files were taken."""
    return _page("")


@blueprint.post("/admin/imports")
@requires("admin")
def send() -> Response | tuple[str, int]:
    """Keep the file and lead to what it would do; nothing is registered yet."""
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    if not content:
        refused = BadInput("파일을 고르시기 바랍니다.", field="file")
        g.code = refused.code
        return _page(translated(refused.sentence)), refused.status
    file = usecase.send_in(
        services(),
        sent.filename or "",
        content,
        by=current_account().account_id,
        now=now(),
        random=secrets.token_bytes,
    )
    return redirect(url_for(".look", file_id=file.file_id), 303)


@blueprint.get("/admin/imports/template.xlsx")
@requires("admin")
def template() -> Response:
    """Give an empty table to fill in."""
    return send_file(BytesIO(template_xlsx()), as_attachment=True, download_name="facilities.xlsx")


@blueprint.get("/admin/imports/<file_id>")
@requires("admin")
def look(file_id: str) -> str:
    """Show what the file would do, or everything that keeps it from being taken."""
    file = usecase.waiting_file(services(), file_id, now())
    seen = usecase.preview(services(), file.content or b"")
    changed = [(row, one, changes_of(seen.before[one.facility_id], one)) for row, one in seen.changed.items()]
    return render_template(
        "admin/import.html",
        file=file,
        seen=seen,
        problems=seen.problems[:MOST_PROBLEMS],
        changed=changed[:MOST_ROWS],
        new=list(seen.new.items())[:MOST_ROWS],
        column_name=column_name,
    )


@blueprint.post("/admin/imports/<file_id>")
@requires("admin")
def take(file_id: str) -> Response:
    """Register what the file says, whole or not at all; sent twice it registers once."""
    by = current_account().account_id
    try:
        done = usecase.take_file(services(), file_id, by=by, now=now(), random=secrets.token_bytes)
    except usecase.FileRefused as refused:  # the register has changed since the page was shown
        flash(translated(refused.sentence), "danger")
        return redirect(url_for(".look", file_id=file_id), 303)
    except usecase.FileTaken as refused:
        flash(translated(refused.sentence), "info")
        return redirect(url_for(".page"), 303)
    counts = {"added": done.added, "changed": done.changed}
    flash(_("시설 %(added)s곳을 등록하고 %(changed)s곳의 정보를 고쳤습니다.", **counts), "success")
    return redirect(url_for("admin.facilities_page"), 303)


@blueprint.get("/admin/imports/<file_id>/report.csv")
@requires("admin")
def report(file_id: str) -> Response:
    """Give the report of a file that waits, row by row."""
    file = usecase.waiting_file(services(), file_id, now())
    content = report_csv(usecase.preview(services(), file.content or b""))
    return send_file(BytesIO(content), "text/csv", as_attachment=True, download_name="import-report.csv")


def _page(error: str) -> str:
    with services().store.read() as db:
        taken = facility_files.taken(db, TOLD)
    return render_template("admin/imports.html", taken=taken, error=error)
