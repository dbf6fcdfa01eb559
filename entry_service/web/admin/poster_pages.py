"""The posters of many sites at once: choose, see how far it is, take the PDF or the ZIP."""

import secrets

from flask import Blueprint, Response, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from entry_service.core.categories import CATEGORIES
from entry_service.core.facility_facts import STAGES
from entry_service.core.model import Facility
from entry_service.posters.sheet import PosterFacts
from entry_service.posters.words import LANGUAGES
from entry_service.store.sites.posters import Poster
from entry_service.usecases.sites import batch_posters

from ..frame.access import requires
from ..frame.context import now, services
from ..frame.i18n import translated
from ..manager import poster_sheet
from .facility_words import categories

blueprint = Blueprint("batch_posters", __name__)


@blueprint.get("/admin/poster-batches")
@requires("admin")
def page() -> str:
    """Show the form of a batch, and the batches with how far they are."""
    return render_template(
        "admin/poster_batches.html",
        batches=batch_posters.batches(services()),
        categories=categories(),
        stages=STAGES,
    )


@blueprint.post("/admin/poster-batches")
@requires("admin")
def begin() -> Response | tuple[str, int]:
    """Begin to print; what nobody could have chosen from the form is as if it were not there."""
    form = request.form
    language = form["language"] if form.get("language") in LANGUAGES else "ko"
    stage, category = form.get("stage", ""), form.get("category", "")

    def facts_of(facility: Facility, poster: Poster) -> PosterFacts:
        return poster_sheet.facts_of(facility, poster, language)

    try:
        batch_posters.begin(
            services(),
            stage=int(stage) if stage in map(str, STAGES) else None,
            category=category if category in CATEGORIES else "",
            sites="sensitive" if form.get("sites") == "sensitive" else "usual",
            language=language,
            title=_("전자출입명부 포스터"),
            facts_of=facts_of,
            now=now(),
            random=secrets.token_bytes,
        )
    except (batch_posters.BatchRuns, batch_posters.NothingToPrint, batch_posters.NoSpace) as refused:
        g.code = refused.code
        flash(translated(refused.sentence), "danger")
        return page(), refused.status
    return redirect(url_for(".page"), 303)


@blueprint.get("/admin/poster-batches/<batch_id>/posters.pdf", defaults={"kind": "pdf"})
@blueprint.get("/admin/poster-batches/<batch_id>/posters.zip", defaults={"kind": "zip"})
@requires("admin")
def file(batch_id: str, kind: str) -> Response:
    """Give a finished file of a batch."""
    path = batch_posters.batch_file(services(), batch_id, kind)
    return send_file(path, as_attachment=True, download_name=f"posters-{batch_id}.{kind}")
