"""How a row of the public list is said: the kind of place and the time, in the language of the page."""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.publication import Place, PublicPlace, Stay
from entry_service.core.times import kst_day

from ..frame.i18n import date_text, time_text

KINDS = {  # as core/categories.py has them; visitors read them in four languages
    "public_office": _l("공공청사"),
    "community_center": _l("행정복지센터"),
    "library": _l("도서관"),
    "culture": _l("문화시설·전시"),
    "performance": _l("공연장"),
    "indoor_sports": _l("실내체육시설"),
    "health": _l("보건·의료기관"),
    "welfare": _l("사회복지시설"),
    "religious": _l("종교시설"),
    "restaurant": _l("식당·카페"),
    "buffet": _l("뷔페"),
    "karaoke": _l("노래연습장"),
    "entertainment": _l("유흥시설"),
    "pc_room": _l("PC방"),
    "academy": _l("학원·교습소"),
    "study_room": _l("독서실·스터디카페"),
    "cinema": _l("영화관"),
    "bath": _l("목욕장업"),
    "beauty": _l("이·미용업"),
    "wedding": _l("결혼식장"),
    "funeral": _l("장례식장"),
    "store": _l("상점·마트·백화점(300m² 이상)"),
    "arcade": _l("오락실·멀티방"),
    "direct_sales": _l("직접판매홍보관"),
    "standing_hall": _l("실내 스탠딩공연장"),
    "commercial_area": _l("상업지역"),
    "station": _l("철도역사"),
    "other": _l("기타"),
}


def kind_name(category: str) -> str:
    """Return the kind of place."""
    return str(KINDS.get(category, KINDS["other"]))


def when_text(row: PublicPlace | Stay | Place) -> str:
    """Return when: ``2020. 8. 25.(화) 14:00~16:00``, with the second day where it is another one."""
    day = date_text(row.start)
    if row.by_date:
        return _("%(day)s 시각 확인 중", day=day)
    start, end = time_text(row.start), time_text(row.end)
    if kst_day(row.start) == kst_day(row.end):
        return f"{day} {start}~{end}"
    if end == "00:00" and kst_day(row.end) - kst_day(row.start) == timedelta(days=1):
        return f"{day} {start}~24:00"
    return f"{day} {start} ~ {date_text(row.end)} {end}"


def moment_text(at: datetime) -> str:
    """Return a moment: ``2020. 8. 25.(화) 14:00``."""
    return f"{date_text(at)} {time_text(at)}"


def disinfection_text(disinfected_at: datetime | None) -> str:
    """Return whether the place was disinfected after the last visit."""
    return _("완료") if disinfected_at else _("확인 중")


def columns() -> list[str]:
    """Return the official columns of the list."""
    return [
        _("지역"),
        _("방문장소(유형)"),
        _("상호명"),
        _("도로명(소재지)"),
        _("확진자 방문일시"),
        _("소독여부"),
        _("비고"),
    ]


def cells(row: PublicPlace) -> list[str]:
    """Return a row under ``columns``."""
    return [
        row.region,
        kind_name(row.category),
        row.name,
        row.address,
        when_text(row),
        disinfection_text(row.disinfected_at),
        row.remark,
    ]
