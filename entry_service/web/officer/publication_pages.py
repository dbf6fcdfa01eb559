"""The public list as the officer keeps it: drafts from index visits, published rows, corrections, files."""

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.breaker import BreakerTripped
from entry_service.core.errors import BadInput
from entry_service.core.publication import Place, PlaceChanged, is_shown
from entry_service.core.times import kst_day
from entry_service.spreadsheets import Sheet, csv_bytes, workbook_bytes
from entry_service.store.cases import cases
from entry_service.store.cases import published_places as places
from entry_service.store.sites import accounts
from entry_service.usecases.cases import draft_places as drafting
from entry_service.usecases.cases import publication_requests, publish
from entry_service.usecases.cases.notice_stop import standing_stop

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import services, settings
from ..frame.i18n import translated
from ..frame.told_day import told_facts, told_now
from ..visitor import place_words
from .place_form import PlaceForm, form_of, numbers, read_form
from .publication_check import check_page

LISTED = 50  # rows that are shown no more
ACTS = {
    "drafted": _l("초안 작성"),
    "published": _l("공개"),
    "corrected": _l("고침"),
    "withdrawn": _l("회수"),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blueprint = Blueprint("publication", __name__)
blueprint.context_processor(told_facts)


@blueprint.get("/officer/places")
@requires("officer")
def overview() -> str:
    """Show drafts, what is published, and what is shown no more."""
    return _overview("")


@blueprint.post("/officer/places/publish")
@requires("officer")
def publish_drafts() -> Response | tuple[str, int]:
    """Publish the ticked drafts."""
    ticked = numbers(request.form.getlist("place"))
    try:
        done = publish.publish(services(), ticked, actor=actor(), now=told_now())
    except BreakerTripped as refused:
        g.code = refused.code
        return check_page(ticked), refused.status
    except PlaceChanged as refused:
        g.code = refused.code
        return _overview(translated(refused.sentence)), refused.status
    except BadInput as refused:
        g.code = refused.code
        found = " ".join(translated(one.sentence) for one in getattr(refused, "findings", ()))
        return _overview(f"{translated(refused.sentence)} {found}".strip()), refused.status
    flash(_("장소 %(count)s곳을 공개했습니다.", count=done), "success" if done else "info")
    return redirect(url_for(".overview"), 303)


@blueprint.get("/officer/places/new")
@requires("officer")
def choose() -> str:
    """Show the stays of all cases that can be told, by place."""
    return _choose(None, "")


@blueprint.post("/officer/places/new")
@requires("officer")
def draft() -> Response | tuple[str, int]:
    """Make drafts of the ticked stays."""
    return _draft(None)


@blueprint.get("/officer/cases/<case_id>/places")
@requires("officer")
def choose_of_case(case_id: str) -> str:
    """Show the stays of one case that can be told."""
    return _choose(case_id, "")


@blueprint.post("/officer/cases/<case_id>/places")
@requires("officer")
def draft_of_case(case_id: str) -> Response | tuple[str, int]:
    """Make drafts of the ticked stays of one case."""
    return _draft(case_id)


@blueprint.get("/officer/places/<int:place_id>")
@requires("officer")
def place(place_id: int) -> str:
    """Show one row with its form and who changed it."""
    found = _row(place_id)
    return _place_page(found, form_of(found))


@blueprint.post("/officer/places/<int:place_id>")
@requires("officer")
def correct(place_id: int) -> Response | tuple[str, int]:
    """Keep what the form says, or show it again with what is wrong."""
    found, form = _row(place_id), read_form(request.form)
    refusal: BadInput | BreakerTripped | PlaceChanged = BadInput()
    wanted = form.correction(found)
    if wanted is not None:
        try:
            done = publish.correct(
                services(), place_id, wanted, confirmed=form.confirmed, actor=actor(), now=told_now()
            )
        except BreakerTripped as refused:
            refusal = refused
            form.errors["end"] = _(
                "%(why)s 회수하고 새 초안으로 공개하시기 바랍니다.", why=translated(refused.sentence)
            )
        except PlaceChanged as refused:
            refusal, found = refused, _row(place_id)
            form.errors["end"] = translated(refused.sentence)
        except BadInput as refused:
            refusal = refused
            form.blame(refused, found)
        else:
            flash(
                _("고친 내용을 저장했습니다. 공개 목록에 바로 나타납니다.")
                if is_shown(done, told_now())
                else _("고친 내용을 저장했습니다."),
                "success",
            )
            return redirect(url_for(".overview"), 303)
    g.code = refusal.code
    return _place_page(found, form), refusal.status


@blueprint.post("/officer/places/<int:place_id>/withdraw")
@requires("officer")
def withdraw(place_id: int) -> Response:
    """Take a row back from the public, or throw a draft away."""
    before = publish.withdraw(services(), place_id, actor=actor(), now=told_now())
    flash(
        _("초안을 지웠습니다.") if before.state == "draft" else _("공개 목록에서 회수했습니다."),
        "success",
    )
    return redirect(url_for(".overview"), 303)


@blueprint.get("/officer/places.xlsx")
@requires("officer")
def workbook() -> Response:
    """Return the list as the public sees it now, as XLSX."""
    rows = [place_words.cells(row) for row in publish.shown_places(services(), told_now())]
    mark = _("%(authority)s 확진자 방문 장소, %(moment)s 기준", authority=settings().authority, moment=_moment())
    sheet = Sheet(title=_("확진자 방문 장소"), columns=place_words.columns(), rows=rows, watermark=mark)
    return _file(workbook_bytes([sheet]), XLSX, "xlsx")


@blueprint.get("/officer/places.csv")
@requires("officer")
def table() -> Response:
    """Return the list as the public sees it now, as CSV."""
    rows = [place_words.cells(row) for row in publish.shown_places(services(), told_now())]
    return _file(csv_bytes(place_words.columns(), rows), "text/csv; charset=utf-8", "csv")


def _overview(error: str) -> str:
    at = told_now()
    with services().store.read() as db:
        drafts, told = places.live(db, "draft", at), places.live(db, "published", at)
        ended = places.ended(db, at, LISTED)
    return render_template(
        "officer/places.html",
        drafts=drafts,
        published=told,
        ended=ended,
        public=publish.shown_places(services(), at),
        hidden={one.place_id: _why_hidden(one) for one in told},
        words=place_words,
        error=error,
        waiting=publication_requests.waiting(services(), at),
        stopped=standing_stop(services()),
    )


def _why_hidden(row: Place) -> str:
    """Return why the public does not see a published row, empty where it does."""
    if row.facility.sensitive:
        return _("민감시설")
    return _("모든 접촉자 파악") if row.contacts_known else ""


def _choose(case_id: str | None, error: str) -> str:
    case = None
    if case_id is not None:
        with services().store.read() as db:
            case = cases.find_case(db, case_id)
    found = drafting.choices(services(), told_now(), case_id)
    return render_template("officer/places_new.html", case=case, choices=found, words=place_words, error=error)


def _draft(case_id: str | None) -> Response | tuple[str, int]:
    try:
        done = drafting.draft_places(
            services(), numbers(request.form.getlist("visit")), by=current_account().account_id, now=told_now()
        )
    except BadInput as refused:
        g.code = refused.code
        return _choose(case_id, translated(refused.sentence)), refused.status
    flash(
        _(
            "초안 %(made)s곳을 만들고 %(extended)s곳의 시간을 늘렸습니다. %(known)s곳은 이미 있습니다.",
            made=done.made,
            extended=done.extended,
            known=done.known,
        ),
        "success",
    )
    return redirect(url_for(".overview"), 303)


def _row(place_id: int) -> Place:
    with services().store.read() as db:
        return places.get(db, place_id)


def _place_page(row: Place, form: PlaceForm) -> str:
    with services().store.read() as db:
        history = places.changes(db, row.place_id)
        logins = {who: accounts.by_id(db, who) for who in {change.changed_by for change in history}}
    return render_template(
        "officer/place.html",
        place=row,
        form=form,
        ended=row.state == "withdrawn" or row.expires_at <= told_now(),
        hidden=_why_hidden(row),
        history=[
            (str(ACTS[one.act]), account.login if (account := logins[one.changed_by]) else "", one.changed_at)
            for one in history
        ],
        words=place_words,
        longest=publish.LONGEST_REMARK,
    )


def _moment() -> str:
    return place_words.moment_text(told_now())


def _file(content: bytes, media: str, ending: str) -> Response:
    name = f"places-{kst_day(told_now()).isoformat()}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=media, headers=headers)
