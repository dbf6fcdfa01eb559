"""What the facts of a facility are called on the administrator's pages and in files, and how they are written."""

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from entry_service.core.categories import CATEGORIES

QUALITIES = {
    "surveyed": _l("현장에서 잰 좌표"),
    "geocoded": _l("주소로 찾은 좌표"),
    "dong_point": _l("동의 대표점(정확하지 않음)"),
    "simulated": _l("모의 좌표"),
}

FACTS = {
    "facility_id": _l("시설 번호"),
    "name": _l("시설 이름"),
    "category": _l("분류"),
    "address": _l("주소"),
    "lon": _l("경도"),
    "lat": _l("위도"),
    "coord_quality": _l("좌표의 근거"),
    "area_m2": _l("면적"),
    "capacity": _l("정원"),
    "risk_score": _l("위험도 점수"),
    "stage": _l("시범 단계"),
    "sensitive": _l("민감한 시설"),
    "opens": _l("여는 시각"),
    "closes": _l("닫는 시각"),
    "seats": _l("좌석"),
    "call_number": _l("안심콜 번호"),
}
FORMS = {  # fact → what to write into its column
    "facility_id": _l("영문자와 숫자, 붙임표로 40자까지. 이미 있는 번호이면 그 시설의 정보를 고칩니다."),
    "name": _l("포스터와 입장권에 그대로 나옵니다. 60자까지"),
    "category": _l("‘분류’ 시트의 이름이나 코드"),
    "address": _l("도로명주소. 예: 경기도 군포시 청백리길 6"),
    "lon": _l("예: 126.93502"),
    "lat": _l("예: 37.36188"),
    "coord_quality": _l("현장, 주소, 동 대표점 가운데 하나. 비우면 주소"),
    "area_m2": _l("허가·신고 면적"),
    "capacity": _l("동시에 들어올 수 있는 사람"),
    "risk_score": _l("0에서 12까지"),
    "stage": _l("1에서 5까지. 비우면 1"),
    "sensitive": _l("예 또는 아니오. 비우면 그대로이고, 새 시설은 아니오"),
    "opens": _l("0에서 23까지. 비우면 분류의 일반적인 시각"),
    "closes": _l("1에서 30까지(24보다 크면 다음 날). 비우면 분류의 일반적인 시각"),
    "seats": _l("좌석으로 제한하는 거리두기 단계에서 씁니다."),
    "call_number": _l("080-000-0000 또는 14로 시작하는 여섯 자리"),
}


def categories() -> list[tuple[str, str]]:
    """Return code and name of every category in the language of the request, for a list to choose from."""
    english = str(get_locale()) == "en"
    return [(code, kind.english if english else kind.korean) for code, kind in CATEGORIES.items()]


def qualities() -> list[tuple[str, str]]:
    """Return code and name of every ground of coordinates, for a list to choose from."""
    return [(code, str(name)) for code, name in QUALITIES.items()]
