"""Pages of the institution that runs the pilot: adoption and facilities."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from io import BytesIO

from flask import Blueprint, Response, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection

from entry_service.core.categories import CATEGORIES
from entry_service.core.errors import NotFound
from entry_service.core.facility_facts import LATEST_CLOSE, STAGES, read_facility, typed_facts
from entry_service.core.fields import FieldsRefused
from entry_service.core.model import Facility
from entry_service.core.times import day_start, kst_day
from entry_service.posters.files import poster_pdf
from entry_service.posters.fonts import GlyphMissing
from entry_service.posters.words import Language
from entry_service.store.sites import adoption, facilities, posters, site_requests
from entry_service.usecases.sites import roll_out

from ..frame.access import requires
from ..frame.asked_day import asked_day
from ..frame.context import now, services
from ..frame.i18n import translated
from ..frame.opening_words import hour_text
from ..frame.paging import Part, asked_part, same_part
from ..manager import poster_sheet
from ..manager.overview import category_name
from . import (
    account_pages,
    adoption_pages,
    distancing_page,
    import_pages,
    poster_pages,
    request_pages,
    risk_pages,
    state_page,
)
from .facility_words import categories, qualities

WEEK = timedelta(days=7)
LONGEST_SEARCH = 100  # characters
FIELDS = tuple(Facility.__dataclass_fields__)

blueprint = Blueprint("admin", __name__)
for below in (
    account_pages,
    adoption_pages,
    distancing_page,
    import_pages,
    poster_pages,
    request_pages,
    risk_pages,
    state_page,
):
    blueprint.register_blueprint(below.blueprint)


@blueprint.get("/admin")
@requires("admin")
def facilities_page() -> str:
    """Show how far the entry log has come, and the facilities that match the search, a part at a time."""
    start, end, as_of = _week()
    wish, part = _wish(), asked_part()
    with services().store.read() as db:
        total, rows = _rows(db, wish, part, start, end)
        stages = adoption.by_stage(db, start, end)
        last = adoption.last_entry(db, None, before=now())
        without_poster = adoption.without_poster(db)
        waiting = site_requests.count_waiting(db)
    return render_template(
        "admin/facilities.html",
        rows=rows,
        sensitive=sum(row.facility.sensitive for row in rows),
        part=Part(part.number, total),
        wish=wish,
        searched=any(wish.values()),
        stages=stages,
        without_poster=without_poster,
        waiting=waiting,
        as_of=as_of,
        last_day=kst_day(last) if last else None,
        category_name=category_name,
        categories=categories(),
        all_stages=STAGES,
        posters_of=lambda language: same_part("admin.posters_pdf", language=language),
    )


@blueprint.get("/admin/posters-<any(ko, en):language>.pdf")
@requires("admin")
def posters_pdf(language: Language) -> Response:
    """Give the current posters of one part of the list as one PDF, a page for each; no sensitive facility."""
    start, end, _as_of = _week()
    with services().store.read() as db:
        _total, rows = _rows(db, _wish(), asked_part(), start, end)
        usual = [row.facility for row in rows if not row.facility.sensitive]
        hanging = [(facility, posters.current(db, facility.facility_id)) for facility in usual]
        printed = [(facility, poster) for facility, poster in hanging if poster]
    if not printed:
        raise NotFound(_("아직 발급된 포스터가 없습니다."), what="poster")
    unprintable = [known.facility_id for known, _poster in printed if poster_sheet.missing_letters(known)]
    if unprintable:
        ids = ", ".join(unprintable)
        raise GlyphMissing(_("포스터 글꼴에 없는 글자가 이름이나 주소에 있는 시설이 있습니다: %(ids)s", ids=ids))
    facts = [poster_sheet.facts_of(facility, poster, language) for facility, poster in printed]
    content = poster_pdf(facts, language, _("전자출입명부 포스터"))
    return send_file(BytesIO(content), as_attachment=True, download_name=f"posters-{language}.pdf")


@blueprint.get("/admin/facilities/new")
@requires("admin")
def new_facility_form() -> str:
    """Show an empty form."""
    return _form(None, {"stage": "1", "coord_quality": "geocoded"}, {})


@blueprint.post("/admin/facilities")
@requires("admin")
def add_facility() -> Response | tuple[str, int]:
    """Register a facility with its first poster, or show the form again with everything that was typed."""
    try:
        facility = read_facility(_without_score(None))
        kept = roll_out.register_facility(services(), facility, now=now(), random=secrets.token_bytes)
    except FieldsRefused as refused:
        return _refused(None, refused)
    flash(_("%(name)s: 등록하고 첫 포스터를 발급했습니다.", name=kept.name), "success")
    return redirect(url_for("manager.poster.page", facility_id=kept.facility_id), 303)


@blueprint.get("/admin/facilities/<facility_id>")
@requires("admin")
def facility_form(facility_id: str) -> str:
    """Show the facts of a facility in a form."""
    facility = _facility(facility_id)
    return _form(facility, typed_facts(facility), {})


@blueprint.post("/admin/facilities/<facility_id>")
@requires("admin")
def change_facility(facility_id: str) -> Response | tuple[str, int]:
    """Keep new facts of a facility, or show the form again with everything that was typed."""
    before = _facility(facility_id)
    try:
        facility = read_facility(_without_score(before), facility_id=facility_id)
    except FieldsRefused as refused:
        return _refused(before, refused)
    roll_out.change_facility(services(), facility)
    flash(_("%(name)s: 시설 정보를 고쳤습니다.", name=facility.name), "success")
    if (before.name, before.address) != (facility.name, facility.address):
        flash(_("이름이나 주소가 바뀌었습니다. 포스터를 다시 인쇄하시기 바랍니다. QR은 그대로입니다."), "info")
    return redirect(url_for("manager.overview", facility_id=facility_id), 303)


def _rows(
    db: Connection, wish: Mapping[str, str], part: Part, start: datetime, end: datetime
) -> tuple[int, list[adoption.FacilityAdoption]]:
    return adoption.page_of_facilities(
        db,
        text=wish["q"],
        category=wish["category"],
        stage=int(wish["stage"]) if wish["stage"] else None,
        start=start,
        end=end,
        offset=part.offset,
        limit=part.size,
    )


def _wish() -> dict[str, str]:
    """Return what is searched for; what nobody could have chosen from the form is as if it were not there."""
    text = "".join(letter for letter in request.args.get("q", "") if letter.isprintable())
    category, stage = request.args.get("category", ""), request.args.get("stage", "")
    return {
        "q": text.strip()[:LONGEST_SEARCH],
        "category": category if category in CATEGORIES else "",
        "stage": stage if stage in map(str, STAGES) else "",
    }


def _week() -> tuple[datetime, datetime, date | None]:
    """Return the seven days that count as recent, and the day they end with where one was asked for."""
    asked = asked_day()
    end = day_start(asked + timedelta(days=1)) if asked else now()
    return end - WEEK, end, asked


def _facility(facility_id: str) -> Facility:
    """Return the facility as the register has it now, past the memory of this process."""
    with services().store.read() as db:
        return facilities.get(db, facility_id)


def _without_score(before: Facility | None) -> dict[str, str]:
    """Return the form with the score that the facility has: only the six questions change it."""
    return {**request.form, "risk_score": typed_facts(before)["risk_score"] if before else ""}


def _refused(facility: Facility | None, refused: FieldsRefused) -> tuple[str, int]:
    g.code = refused.code
    return _form(facility, request.form, refused.errors), refused.status


def _form(facility: Facility | None, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "admin/facility.html",
        facility=facility,
        typed={name: typed.get(name, "") for name in FIELDS},
        errors={name: translated(sentence) for name, sentence in errors.items()},
        categories=categories(),
        qualities=qualities(),
        stages=[(str(stage), _("%(stage)s단계", stage=stage)) for stage in STAGES],
        opening=[(str(hour), hour_text(hour)) for hour in range(24)],
        closing=[(str(hour), hour_text(hour)) for hour in range(1, LATEST_CLOSE + 1)],
    )
