"""The poster of a facility for its manager: preview, files to print, and a new one with a new epoch."""

import secrets
from functools import lru_cache
from io import BytesIO

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from entry_service.core.call_numbers import show_call_number
from entry_service.core.errors import NotFound
from entry_service.core.model import Facility
from entry_service.core.posters import poster_url
from entry_service.core.times import kst_day
from entry_service.posters import files
from entry_service.posters.fonts import GlyphMissing, assert_drawable
from entry_service.posters.sheet import PosterFacts, typed_address
from entry_service.posters.words import LANGUAGES, Language
from entry_service.store.sites import posters
from entry_service.store.sites.posters import Poster
from entry_service.usecases.doors.poster_entry import GRACE
from entry_service.usecases.sites import roll_out

from ..frame.access import requires
from ..frame.context import now, services, settings
from ..frame.i18n import translated
from ..frame.own_facility import own_facility

blueprint = Blueprint("poster", __name__)
preview_png = lru_cache(maxsize=32)(files.preview_png)  # 0.1 MB each


def facts_of(facility: Facility, poster: Poster, language: Language) -> PosterFacts:
    """Return what a poster of the facility says."""
    with force_locale(language):
        authority = _(settings().authority)
    return PosterFacts(
        authority=authority,
        facility_name=facility.name,
        address=facility.address,
        url=poster_url(settings().origin, poster.poster_id),
        epoch=poster.epoch,
        issued=kst_day(poster.valid_from),
        contact=settings().contact,
        demo=settings().demo,
        retention_days=settings().retention_days,
        call_number=show_call_number(facility.call_number) if facility.call_number else "",
    )


@blueprint.get("/manager/<facility_id>/poster")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """Show the current poster, the files to print, the earlier ones, and the way to a new one."""
    facility = own_facility(facility_id)
    with services().store.read() as db:
        current, every = posters.current(db, facility_id), posters.of_facility(db, facility_id)
    address = poster_url(settings().origin, current.poster_id) if current else ""
    return render_template(
        "manager/poster.html",
        facility=facility,
        poster=current,
        missing=missing_letters(facility),
        typed=typed_address(address) if address else "",
        address=address,
        earlier=[(poster, poster.retired_at + GRACE) for poster in every if poster.retired_at is not None],
        grace_hours=int(GRACE.total_seconds() // 3600),
        at=now(),
    )


@blueprint.post("/manager/<facility_id>/poster")
@requires("manager", "admin")
def issue(facility_id: str) -> Response:
    """Issue the next poster; a form that is sent twice makes one."""
    own_facility(facility_id)
    seen = request.form.get("epoch", "")
    try:
        new = roll_out.issue_poster(
            services(),
            facility_id,
            after_epoch=int(seen) if seen.isdecimal() and len(seen) < 5 else None,
            now=now(),
            random=secrets.token_bytes,
        )
    except (roll_out.PosterChanged, roll_out.EpochsUsed) as refused:
        flash(translated(refused.sentence), "warning")
    else:
        flash(
            _("제%(epoch)s차 포스터를 발급했습니다. 인쇄하여 바꾸어 붙이시기 바랍니다.", epoch=new.epoch),
            "success",
        )
    return redirect(url_for(".page", facility_id=facility_id), 303)


@blueprint.get(f"/manager/<facility_id>/poster/<any({', '.join(LANGUAGES)}):language>.pdf")
@requires("manager", "admin")
def pdf(facility_id: str, language: Language) -> Response:
    """Give the poster as PDF of A4."""
    facility, poster = _current(facility_id)
    title = f"{facility.name} · {_('전자출입명부')} · {poster.epoch}"
    return _file(
        files.poster_pdf([facts_of(facility, poster, language)], language, title), poster, language, "pdf"
    )


@blueprint.get(f"/manager/<facility_id>/poster/<any({', '.join(LANGUAGES)}):language>.png")
@requires("manager", "admin")
def png(facility_id: str, language: Language) -> Response:
    """Give the poster as PNG of 300 dots per inch."""
    facility, poster = _current(facility_id)
    return _file(files.poster_png(facts_of(facility, poster, language), language), poster, language, "png")


@blueprint.get(f"/manager/<facility_id>/poster/<any({', '.join(LANGUAGES)}):language>-preview.png")
@requires("manager", "admin")
def preview(facility_id: str, language: Language) -> Response:
    """Give a small picture of the poster for the page."""
    facility, poster = _current(facility_id)
    return Response(preview_png(facts_of(facility, poster, language), language), content_type="image/png")


def _current(facility_id: str) -> tuple[Facility, Poster]:
    facility = own_facility(facility_id)
    with services().store.read() as db:
        poster = posters.current(db, facility_id)
    if poster is None:
        raise NotFound(_("아직 발급된 포스터가 없습니다."), what="poster")
    return facility, poster


def _file(content: bytes, poster: Poster, language: Language, kind: str) -> Response:
    name = f"{poster.facility_id}-poster-{poster.epoch}-{language}.{kind}"
    return send_file(BytesIO(content), as_attachment=True, download_name=name)


def missing_letters(facility: Facility) -> str:
    """Return the letters of name and address that cannot be printed."""
    try:
        assert_drawable([facility.name, facility.address])
    except GlyphMissing as refused:
        return str(refused.facts["letters"])
    return ""
