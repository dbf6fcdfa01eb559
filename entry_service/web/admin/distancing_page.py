"""The page of the level of distancing: which holds, what another would mean for the city, and who set it when."""

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.capacity import Rule, words_of
from entry_service.core.categories import CATEGORIES
from entry_service.core.errors import BadInput
from entry_service.store.log import distancing
from entry_service.store.log.distancing import Level
from entry_service.usecases.doors import limits

from ..frame.access import requires
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import translated
from ..manager.overview import category_name

SCHEMES = {"2020-11": _l("2020년 11월 체계"), "2021-07": _l("2021년 7월 체계")}
TOLD = 20  # changes of the level on the page

blueprint = Blueprint("distancing", __name__)


@blueprint.get("/admin/distancing")
@requires("admin")
def page() -> str:
    """Show the level that holds, or what another one would mean (``choice``, ``scheme level``)."""
    return _page(request.args.get("choice"), "")


@blueprint.post("/admin/distancing")
@requires("admin")
def change() -> Response | tuple[str, int]:
    """Let another level hold; who did it is kept."""
    chosen = request.form.get("choice", "")
    scheme, _space, level = chosen.partition(" ")
    try:
        limits.set_distancing(services(), scheme, level, by=current_account().account_id, now=now())
    except BadInput as refused:
        g.code = refused.code
        return _page(None, translated(refused.sentence)), refused.status
    flash(
        _(
            "%(level)s을(를) 적용했습니다. 문 앞 기기와 안내판은 10초 안에 따라옵니다.",
            level=level_name(scheme, level),
        ),
        "success",
    )
    return redirect(url_for(".page"), 303)


def level_name(scheme: str, level: str) -> str:
    """Return a level as people say it."""
    if not scheme:
        return _("거리두기 단계 없음")
    return _("%(scheme)s %(level)s단계", scheme=str(SCHEMES.get(scheme, scheme)), level=level)


def _page(choice: str | None, error: str) -> str:
    with services().store.read() as db:
        holds, told = distancing.current(db), distancing.history(db, TOLD)
        logins = distancing.logins(db, told)
    known = {f"{scheme} {level}".strip(): (scheme, level) for scheme, level in limits.LEVELS}
    held = f"{holds.scheme} {holds.level}".strip()
    shown = held if choice is None or choice not in known else choice
    scheme, level = known.get(shown, ("", ""))
    seen = limits.preview(services(), Level(scheme=scheme, level=level), now())
    return render_template(
        "admin/distancing.html",
        holds=level_name(holds.scheme, holds.level),
        since=holds.since,
        choices=[(code, level_name(*pair)) for code, pair in known.items()],
        shown=shown,
        shown_name=level_name(scheme, level),
        is_held=shown == held,
        preview=seen,
        rows=[_row(category, Level(scheme=scheme, level=level), seen) for category in CATEGORIES],
        history=[(one, level_name(one.scheme, one.level), logins.get(one.set_by or "", "")) for one in told],
        error=error,
    )


def _told(rule: Rule) -> str:
    """Return a rule in words, with the area from which it holds."""
    words = translated(words_of(rule))
    if rule.min_area is None or rule.kind == "none":
        return words
    return _("%(rule)s(시설면적 %(area)sm² 이상)", rule=words, area=f"{rule.min_area:g}")


def _row(category: str, level: Level, seen: limits.Preview) -> dict[str, object]:
    """Return what a category may admit under a level: the rules in words, and the numbers of the city's sites."""
    rules = limits.rules_of(level, category)
    admitted = seen.by_category.get(category, [])
    numbers = [people for people in admitted if people is not None]
    untils = [rule.open_until for rule in rules if rule.open_until is not None]
    return {
        "category": category_name(category),
        "rules": [_told(rule) for rule in rules if rule.kind != "none" or len(rules) == 1],
        "closed": any(rule.kind == "closed" for rule in rules),
        "open_until": min(untils, default=None),
        "notes": [translated(rule.note) for rule in rules if rule.note],
        "sites": len(admitted),
        "least": min(numbers, default=None),
        "most": max(numbers, default=None),
    }
