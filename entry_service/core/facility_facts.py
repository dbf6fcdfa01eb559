"""What may be said of a facility: typed facts in, a ``Facility`` out, or a sentence for each wrong field."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import get_args

from .call_numbers import normalise_call_number
from .categories import CATEGORIES
from .errors import BadInput
from .fields import Fields, decimal, one_of, optional, required, whole
from .model import CoordQuality, Facility

QUALITIES = get_args(CoordQuality)
STAGES = range(1, 6)  # pilot waves; 1 are the public institutions
HIGHEST_RISK = 12  # six questions of 0 to 2 points (official table of 2020-05-22)
LATEST_CLOSE = 30  # six o'clock of the next morning
LATITUDES, LONGITUDES = (33.0, 39.0), (124.0, 132.0)  # Korea
_NAME, _ADDRESS = 60, 120  # characters; the name takes two lines of a poster at most
_NUMBER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?", re.ASCII)


def read_facility(typed: Mapping[str, str], *, facility_id: str | None = None) -> Facility:
    """Return the facility that a form describes.

    Parameters
    ----------
    typed : mapping of str
        Texts by field, named as in ``Facility``; ``sensitive`` is true where it is not empty. Empty ``opens`` or
        ``closes`` mean the usual hours of the category.
    facility_id : str, optional
        The number of a facility that exists already and keeps it. Default: the field ``facility_id``, where an
        empty one stays empty, for the use case to draw.

    Raises
    ------
    FieldsRefused
        With a sentence for each field that cannot be read.
    """
    form = Fields(typed)
    category = form.read("category", one_of(CATEGORIES, "분류를 고르시기 바랍니다."), "other")
    usual = CATEGORIES[category]
    opens = form.read("opens", optional(whole(0, 23, "여는 시각을 다시 고르시기 바랍니다.")), None)
    closes = form.read("closes", optional(whole(1, LATEST_CLOSE, "닫는 시각을 다시 고르시기 바랍니다.")), None)
    opens, closes = (usual.opens if opens is None else opens), (usual.closes if closes is None else closes)
    if not opens < closes <= opens + 24:
        form.refuse("closes", "닫는 시각은 여는 시각보다 뒤이고 24시간 안이어야 합니다.")
    facility = Facility(
        facility_id=facility_id or form.read("facility_id", _facility_id, ""),
        name=form.read("name", required(_NAME, "시설 이름을 입력하시기 바랍니다."), ""),
        category=category,
        address=form.read("address", required(_ADDRESS, "주소를 입력하시기 바랍니다."), ""),
        lat=form.read("lat", decimal(*LATITUDES, "위도는 33에서 39 사이의 수입니다. 예: 37.36188"), 0.0),
        lon=form.read("lon", decimal(*LONGITUDES, "경도는 124에서 132 사이의 수입니다. 예: 126.93502"), 0.0),
        coord_quality=form.read(
            "coord_quality", one_of(QUALITIES, "좌표의 근거를 고르시기 바랍니다."), "geocoded"
        ),
        area_m2=form.read("area_m2", optional(decimal(1, 1e6, "면적은 1 이상의 수입니다. 예: 1,375.5")), None),
        capacity=form.read("capacity", optional(whole(1, 100_000, "정원은 1 이상의 정수입니다.")), None),
        risk_score=form.read(
            "risk_score", optional(whole(0, HIGHEST_RISK, "위험도 점수는 0에서 12까지입니다.")), None
        ),
        stage=form.read("stage", whole(STAGES[0], STAGES[-1], "시범 단계를 고르시기 바랍니다."), 1),
        sensitive=bool(form.text("sensitive")),
        opens=opens,
        closes=closes,
        seats=form.read("seats", optional(whole(1, 100_000, "좌석은 1 이상의 정수입니다.")), None),
        call_number=form.read("call_number", optional(normalise_call_number), None),
    )
    form.finish()
    return facility


def typed_facts(facility: Facility) -> dict[str, str]:
    """Return the facts of a facility as a form would send them; numbers without a useless ``.0``."""
    facts = {field.name: getattr(facility, field.name) for field in fields(Facility)}
    numbers = {name: "" if facts[name] is None else f"{facts[name]:.12g}" for name in ("area_m2", "lat", "lon")}
    texts = {name: "" if value is None else str(value) for name, value in facts.items()}
    return {**texts, **numbers, "sensitive": "on" if facility.sensitive else ""}


def _facility_id(text: str) -> str:
    if text and (not _NUMBER.fullmatch(text) or text.lower() == "new"):  # /admin/facilities/new is a form
        raise BadInput("시설 번호는 영문자와 숫자, 붙임표로 40자까지입니다. 예: GP-001")
    return text
