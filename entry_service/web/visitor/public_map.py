"""What everybody may know of the hotspots: a quiet page by dong, and the same as a feed for other cities."""

from datetime import date, datetime

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _

from entry_service.core.categories import CATEGORIES
from entry_service.core.errors import BadInput, NotFound

from ..api.openapi import operation
from ..frame.access import public
from ..frame.context import now, settings
from ..frame.i18n import for_visitors, number_text
from .public_folder import ALL, MEASURES, Figure, PublicResult, read_public
from .public_shapes import WIDTH

FEED = "/api/v1/public/hotspots"
SECONDS_KEPT = 300  # how long anybody may show a copy; a publication is a matter of days
ORDER = ("hot", "not significant", "no data")
blueprint = Blueprint("public_map", __name__)


@blueprint.get("/map")
@public
@for_visitors
def page() -> Response:
    """Show the dongs with their word, and the figures of ``?day=`` and ``?category=``."""
    result = read_public(settings().public_dir)
    if result is None:
        return kept_by_reader(render_template("visitor/public_map_empty.html"))
    day, category = _asked(result)
    dongs = sorted(result.told["dongs"], key=lambda dong: (ORDER.index(dong["word"]), dong["name"]))
    shapes, height = result.drawn
    shown = render_template(
        "visitor/public_map.html",
        result=result,
        days_old=(now() - datetime.fromisoformat(result.told["created"])).days,
        dongs=[{**dong, "shape": shapes[dong["dong_code"]]} for dong in dongs],
        counts={word: sum(dong["word"] == word for dong in dongs) for word in ORDER},
        words=words(),
        width=WIDTH,
        height=height,
        day=day,
        days=[(one, date.fromisoformat(one)) for one in result.days()],
        category=category,
        categories=[(code, category_name(code)) for code in result.told["categories"]],
        figures={dong["dong_code"]: result.figure(day, dong["dong_code"], category) for dong in dongs},
        total=result.figure(day, ALL, category),
        measures=[name for name in MEASURES if name in result.told["cells"]],
        figure_text=figure_text,
        unlogged={
            code: unlogged_text(result.unlogged(day, code)) for code in (*(one["dong_code"] for one in dongs), ALL)
        }
        if result.hours
        else {},
        feed=FEED,
    )
    return kept_by_reader(shown)


def _asked(result: PublicResult) -> tuple[str, str]:
    """Return the day and the category that are asked for; what the publication does not have is refused."""
    day = request.args.get("day") or result.latest()
    category = request.args.get("category") or ALL
    if request.args.get("day") and day not in result.days():
        raise BadInput(_("공개한 날짜 가운데 고르시기 바랍니다."), field="day")
    if category != ALL and category not in result.told["categories"]:
        raise BadInput(_("목록에 있는 시설 유형을 고르시기 바랍니다."), field="category")
    return day, category


def words() -> dict[str, str]:
    """Return the three words of a dong as readers of this page know them."""
    return {"hot": _("핫스팟"), "not significant": _("유의하지 않음"), "no data": _("자료 없음")}


def figure_text(figure: Figure) -> str:
    """Return a figure as a cell of the table says it."""
    if figure.status == "published":
        return number_text(figure.count)
    return {"withheld": _("비공개"), "not yet": _("공개 예정")}.get(figure.status, _("자료 없음"))


def unlogged_text(figure: Figure) -> str:
    """Return the share of hours that were not logged as a cell of the table says it; steps of ten percent."""
    return _("약 %(percent)s%%", percent=figure.count) if figure.status == "published" else figure_text(figure)


def category_name(code: str) -> str:
    """Return the name of a facility category; a published place type of another list stays as it is."""
    known = CATEGORIES.get(code)
    if known is None:
        return code
    return known.korean if str(get_locale()) == "ko" else known.english


def kept_by_reader(shown: str) -> Response:
    """Return the page; its copy is the reader's own, because it has a menu and a language."""
    response = make_response(shown)
    response.headers["Cache-Control"] = f"private, max-age={SECONDS_KEPT // 5}"
    response.vary.update(("Cookie", "Accept-Language"))
    return response


@operation(
    blueprint,
    "GET",
    f"{FEED}.geojson",
    summary="Dongs with their word, for maps of other cities; no count of a few people can be worked out",
    auth="none",
    answer="application/geo+json",
    errors=[NotFound],
)
def feed_shapes() -> Response:
    """Serve public.geojson."""
    return fed("public.geojson", "application/geo+json")


@operation(
    blueprint,
    "GET",
    f"{FEED}.json",
    summary="How the public result was made: period, as_of, rules, words, days that are out",
    auth="none",
    answer="application/json",
    errors=[NotFound],
)
def feed_facts() -> Response:
    """Serve public.json."""
    return fed("public.json", "application/json")


@operation(
    blueprint,
    "GET",
    f"{FEED}.csv",
    summary="Entries and index visits by dong, day and facility category with all totals, as published",
    auth="none",
    answer="text/csv",
    errors=[NotFound],
)
def feed_figures() -> Response:
    """Serve public.csv."""
    return fed("public.csv", "text/csv; charset=utf-8")


def fed(name: str, media: str) -> Response:
    """Return a file of the public folder for anybody."""
    result = read_public(settings().public_dir)
    if result is None or name not in result.files:
        raise NotFound(_("아직 공개한 결과가 없습니다."))
    content, tag = result.files[name]
    return for_anybody(content, tag, media)


def for_anybody(content: bytes, tag: str, media: str) -> Response:
    """Return bytes that anybody may keep for a while and any page may read, or 304 where the caller has them."""
    response = Response(content, content_type=media)
    response.headers["Cache-Control"] = f"public, max-age={SECONDS_KEPT}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.last_modified = None
    response.set_etag(tag)
    return response.make_conditional(request)
