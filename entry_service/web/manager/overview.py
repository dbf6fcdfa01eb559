"""Pages of the facility manager: who is inside now, today's entries, the day. Counts only, never who.

A manager sees the own facility, an administrator any. The other pages of the menu are in web/manager_*.py
and web/manager/poster_sheet.py.
"""

import secrets
from datetime import timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.capacity import CROWDING_WORDS, crowding_of
from entry_service.core.categories import CATEGORIES
from entry_service.core.errors import NotFound
from entry_service.core.model import Facility
from entry_service.core.times import KST, kst_day
from entry_service.store.sites import zones
from entry_service.usecases.doors.limits import limit_of
from entry_service.usecases.doors.log_scan import inside_by_zone, inside_now
from entry_service.usecases.drills.outage_drill import windows_at
from entry_service.usecases.sites import closings
from entry_service.usecases.sites.facility_day import FacilityDay, InOut, read_day

from ..frame.access import requires
from ..frame.asked_day import asked_day
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import time_text, translated
from ..frame.opening_words import hours_text
from ..frame.own_facility import own_facility
from . import account_pages, device_pages, pin_page, poster_sheet, zone_pages
from .day_chart import draw_chart
from .menu import menu

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
    "pass_refused": _l("확인하지 못한 출입증"),
    "card_unknown": _l("모르는 카드"),
    "card_revoked": _l("해지된 카드"),
    "facility_full": _l("만석"),
    "daily_cap": _l("하루 등록 횟수 초과"),
    "facility_closed": _l("운영 시간이 아닐 때의 포스터 등록"),
    "caller_unknown": _l("번호를 확인할 수 없는 전화"),
}
SECONDS_BETWEEN = 15  # how often the page asks how many are inside

blueprint = Blueprint("manager", __name__)
for below in (account_pages, device_pages, pin_page, zone_pages, poster_sheet):
    blueprint.register_blueprint(below.blueprint)
blueprint.app_context_processor(lambda: {"facility_menu": menu})


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


@blueprint.post("/manager/<facility_id>/everyone-out")
@requires("manager", "admin")
def everyone_out(facility_id: str) -> Response:
    """Let everyone out of the facility or of one zone; a form that is sent twice does it once."""
    facility = own_facility(facility_id)
    zone = request.form.get("zone", "")
    if zone:
        with services().store.read() as db:
            zones.get(db, facility_id, zone)
    before = inside_now(services(), facility, now(), zone)
    closings.everyone_out(
        services(),
        facility_id,
        zone,
        closing_id=request.form.get("closing_id", "")[: closings.LONGEST_ID],
        closed_at=now(),
        closed_by=current_account().account_id,
        now=now(),
    )
    flash(_("모두 퇴장으로 기록했습니다. 안에 있던 %(count)s명을 나간 것으로 셉니다.", count=before), "success")
    return redirect(url_for(".overview", facility_id=facility_id), 303)


def _overview(facility: Facility) -> str:
    today = kst_day(now())
    day = read_day(services(), facility.facility_id, asked_day() or today, now())
    inside, limit = inside_now(services(), facility, now()), limit_of(services(), facility, now())
    hour = now().astimezone(KST).hour if day.day == today else None
    with services().store.read() as db:
        names = {zone.zone_id: zone.name for zone in zones.all(db, facility.facility_id, retired=True)}
        in_use = {zone.zone_id: zone.name for zone in zones.all(db, facility.facility_id)}
    return render_template(
        "manager/overview.html",
        facility=facility,
        category=category_name(facility.category),
        hours=hours_text(facility),
        windows=windows_at(services(), facility.facility_id, now()),
        inside=inside,
        limit=limit,
        why=translated(limit.why),
        crowding=crowding_of(inside, limit.people, closed=limit.closed),
        crowding_words=crowding_words(),
        day=day,
        today=today,
        day_before=day.day - timedelta(days=1),
        day_after=day.day + timedelta(days=1) if day.day < today else None,
        chart=draw_chart(day.entered, hour),
        refused=[(str(REASONS.get(code, code)), count) for code, count in day.refused.items()],
        sources=[(str(SOURCES.get(source, source)), count) for source, count in day.by_source.items()],
        gates=sorted((gate or _("기기 없이(포스터, 전화)"), counts) for gate, counts in day.by_gate.items()),
        zones=zone_rows(day, names, in_use, inside_by_zone(services(), facility, now())),
        zone_choices=in_use,
        dwell=round(services().dwell_of(facility.category).total_seconds() / 60),
        closing_id=secrets.token_hex(16),
        page_data=_page_data(facility),
        read_at=now(),
    )


def zone_rows(
    day: FacilityDay, names: dict[str, str], in_use: dict[str, str], inside: dict[str, int]
) -> list[tuple[str, int, InOut]]:
    """Return (name, inside now, in and out) of each zone in use or used that day; nothing without zones."""
    if not names:
        return []
    shown = [zone for zone in names if zone in in_use or zone in day.by_zone]
    shown += [""] if "" in day.by_zone or inside.get("") else []
    return [
        (names.get(zone) or _("구역 밖"), inside.get(zone, 0), day.by_zone.get(zone) or InOut()) for zone in shown
    ]


def crowding_words() -> dict[str, str]:
    """Return the words of how full a place is, by code, in the language of the request."""
    return {code: translated(word) for code, word in CROWDING_WORDS.items()}


def _page_data(facility: Facility) -> dict[str, object]:
    """Return what the script that keeps the figure fresh needs: where to ask, how often, and its words."""
    return {
        "address": f"/api/v1/facilities/{facility.facility_id}/occupancy",
        "seconds": SECONDS_BETWEEN,
        "read_at": time_text(now()),
        "crowding": crowding_words(),
        "words": {
            "read": _("%(time)s 기준", time="{time}"),
            "failed": _("새로 고치지 못했습니다. %(time)s 기준입니다.", time="{time}"),
            "ended": _("로그인이 끝났습니다. 다시 로그인하시기 바랍니다."),
        },
    }
