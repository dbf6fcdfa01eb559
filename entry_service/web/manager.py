"""Pages of the facility manager: who is inside now, today's entries, the day. Counts only, never who.

A manager sees the own facility, an administrator any. The other pages of the menu are in web/manager_*.py
and web/poster_sheet.py.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.categories import CATEGORIES
from entry_service.core.errors import NotFound
from entry_service.core.model import Facility
from entry_service.core.times import KST, kst_day
from entry_service.usecases.facility_day import read_day
from entry_service.usecases.log_scan import inside_now

from . import manager_accounts, manager_devices, manager_pin, manager_zones, poster_sheet
from .access import requires
from .asked_day import asked_day
from .auth import current_account
from .context import now, services
from .day_chart import draw_chart
from .i18n import time_text
from .manager_menu import menu
from .own_facility import own_facility

CROWDING = (  # from this share of the capacity on
    (0.0, "free", _l("여유")),
    (0.5, "normal", _l("보통")),
    (0.8, "busy", _l("붐빔")),
    (1.0, "full", _l("만석")),
)
SOURCES = {
    "staff_scan": _l("출입증 스캔"),
    "poster": _l("포스터"),
    "call": _l("전화"),
    "slip": _l("수기명부"),
    "card": _l("카드"),
}
REASONS = {
    "pass_expired": _l("유효시간이 지난 출입증"),
    "pass_malformed": _l("출입증이 아닌 QR"),
    "pass_forged": _l("위조된 출입증"),
    "pass_from_future": _l("아직 유효하지 않은 출입증"),
    "pass_key_unknown": _l("알 수 없는 발급 기관"),
    "daily_cap": _l("하루 등록 횟수 초과"),
}
SECONDS_BETWEEN = 15  # how often the page asks how many are inside

blueprint = Blueprint("manager", __name__)
for below in (manager_accounts, manager_devices, manager_pin, manager_zones, poster_sheet):
    blueprint.register_blueprint(below.blueprint)
blueprint.app_context_processor(lambda: {"facility_menu": menu})


@dataclass(frozen=True, slots=True)
class Crowding:
    """How full a facility is, as the page says it: a word for the style, and a word for people."""

    code: str
    name: str


def crowding(inside: int, capacity: int) -> Crowding:
    """Return the crowding of a facility with a capacity."""
    code, name = [(code, name) for share, code, name in CROWDING if inside >= share * capacity][-1]
    return Crowding(code, str(name))


def category_name(code: str) -> str:
    """Return the category in the language of the request."""
    category = CATEGORIES.get(code, CATEGORIES["other"])
    return category.english if str(get_locale()) == "en" else category.korean


@blueprint.get("/manager")
@requires("manager", "admin")
def home() -> Response | str:
    """Show the manager's own facility; an administrator chooses one from the list."""
    account = current_account()
    if account.role == "admin":
        return redirect(url_for("admin.facilities_page"), 303)
    if account.facility_id is None:
        raise NotFound(_("이 계정에 연결된 시설이 없습니다. 운영 담당자에게 문의하시기 바랍니다."))
    return _overview(services().facility(account.facility_id))


@blueprint.get("/manager/<facility_id>")
@requires("manager", "admin")
def overview(facility_id: str) -> str:
    """Show a facility: inside now, the day by hour, refusals, its facts."""
    return _overview(own_facility(facility_id))


def _overview(facility: Facility) -> str:
    today = kst_day(now())
    day = read_day(services(), facility.facility_id, asked_day() or today, now())
    inside = inside_now(services(), facility, now())
    hour = now().astimezone(KST).hour if day.day == today else None
    return render_template(
        "manager/overview.html",
        facility=facility,
        category=category_name(facility.category),
        hours=hours_text(facility),
        inside=inside,
        crowding=crowding(inside, facility.capacity) if facility.capacity else None,
        day=day,
        today=today,
        day_before=day.day - timedelta(days=1),
        day_after=day.day + timedelta(days=1) if day.day < today else None,
        chart=draw_chart(day.entered, hour),
        refused=[(str(REASONS.get(code, code)), count) for code, count in day.refused.items()],
        sources=[(str(SOURCES.get(source, source)), count) for source, count in day.by_source.items()],
        dwell=CATEGORIES.get(facility.category, CATEGORIES["other"]).dwell_minutes,
        page_data=_page_data(facility),
        read_at=now(),
    )


def _page_data(facility: Facility) -> dict[str, object]:
    """Return what the script that keeps the figure fresh needs: where to ask, how often, and its words."""
    return {
        "address": f"/api/v1/facilities/{facility.facility_id}/occupancy",
        "seconds": SECONDS_BETWEEN,
        "read_at": time_text(now()),
        "crowding": [{"share": share, "code": code, "name": str(name)} for share, code, name in CROWDING],
        "words": {
            "read": _("%(time)s 기준", time="{time}"),
            "failed": _("새로 고치지 못했습니다. %(time)s 기준입니다.", time="{time}"),
            "ended": _("로그인이 끝났습니다. 다시 로그인하시기 바랍니다."),
        },
    }


def hours_text(facility: Facility) -> str:
    """Return the opening hours: ``09:00 – 다음 날 02:00``."""
    if facility.opens == 0 and facility.closes == 24:
        return _("24시간")
    return f"{hour_text(facility.opens)} – {hour_text(facility.closes)}"


def hour_text(hour: int) -> str:
    """Return an hour of the day; above 24 it is one of the next day."""
    return _("다음 날 %(time)s", time=f"{hour - 24:02}:00") if hour > 24 else f"{hour:02}:00"
