"""What the channel answers, one function a skill.

Every answer is made of our own words and names, never of what was typed; what belongs to a person is behind a link
to a page, never in the chat.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from flask_babel import gettext as _

from entry_service.core.asked_place import place_words
from entry_service.core.call_numbers import show_call_number
from entry_service.core.capacity import CROWDING_WORDS
from entry_service.core.model import Facility
from entry_service.core.times import kst_day
from entry_service.usecases.cases.notice_stop import standing_stop
from entry_service.usecases.cases.publish import public_places
from entry_service.usecases.sites import crowding as crowds

from ..frame.context import now, services, settings
from ..frame.i18n import date_text, time_text, translated
from ..frame.told_day import told_now
from ..visitor import place_words as public_words
from ..visitor.public_folder import read_public
from .asked import Asked
from .components import MOST_ITEMS, Component, answer, call, link, list_card, reply, simple_text, text_card

BUDGET = 1.0  # seconds after which nothing is added to an answer: KakaoTalk waits for five, we plan with two
SHOWN_PLACES = MOST_ITEMS
Answer = dict[str, Any]


def crowding(asked: Asked) -> Answer:
    """Say how crowded a facility is, how many are inside, when that was read, and when it is quieter."""
    begun = perf_counter()
    found = crowds.find(services(), asked.sentence)
    if not found:
        return _unknown_place()
    facility, others = found[0], found[1:]
    told = crowds.told(services(), facility, now())
    lines = [_crowd_line(told), _read_line(told.at)]
    if told.opened and told.crowding not in {"relaxed", "closed", ""} and perf_counter() - begun < BUDGET:
        hour = crowds.quieter_hour(services(), facility, now())
        if hour is not None:
            lines.append(_("오늘은 보통 %(hour)s시쯤이 덜 붐빕니다.", hour=hour))
    nearby = reply(_("가까운 한산한 곳"), _("%(place)s 근처 한산한 곳", place=facility.name))
    more = [reply(one.name, _("%(place)s 지금 붐벼?", place=one.name)) for one in others]
    return answer(text_card(facility.name, "\n".join(lines)), replies=[nearby, *more, *_usual_replies()])


def quiet(asked: Asked) -> Answer:
    """List open facilities that are not crowded, by distance from a facility or a dong that was named."""
    begun = perf_counter()
    found = crowds.find(services(), asked.sentence, 1)
    if found:
        facility = found[0]
        name, around, but = facility.name, (facility.lon, facility.lat), facility.facility_id
        exact = _is_placed(facility)
    else:
        dong = _dong(place_words(asked.sentence))
        if dong is None:
            text = _("시설이나 동의 이름을 함께 말씀해 주시기 바랍니다. 위치는 묻지 않습니다.")
            return answer(simple_text(text), replies=_usual_replies())
        (name, around), but, exact = dong, "", False

    def in_time() -> bool:
        return perf_counter() - begun < BUDGET

    near = crowds.quiet_nearby(services(), around, now(), MOST_ITEMS, but, in_time)
    if not near:
        text = _("지금 문을 연 한산한 시설을 찾지 못했습니다.")
        return answer(simple_text(text), replies=_usual_replies())
    items = [(one.told.facility.name, _near_line(one, exact)) for one in near]
    header = _("%(place)s 근처 한산한 곳", place=name)
    return answer(
        list_card(header, items),
        simple_text(_read_line(min(one.told.at for one in near))),
        replies=_usual_replies(),
    )


def pass_link(_asked: Asked) -> Answer:
    """Lead to the page on which a pass is issued; nothing is issued in a chat."""
    text = _("출입증은 이름과 연락처를 넣는 화면에서 받습니다. 대화창에는 개인정보를 적지 마시기 바랍니다.")
    button = link(_("출입증 받기"), _page("/pass"))
    return answer(text_card(_("방문자 출입증"), text, [button]), replies=_usual_replies())


def records(_asked: Asked) -> Answer:
    """Lead to the page of one's own records; this channel does not know whose they are."""
    text = _("출입증을 받은 휴대전화에서 내 방문 기록을 보고 삭제하며, 누가 보았는지 확인할 수 있습니다.")
    return answer(
        text_card(
            _("내 기록"),
            text,
            [link(_("기록 보기·삭제"), _page("/my")), link(_("노출 알림"), _page("/pass/notice"))],
        ),
        replies=_usual_replies(),
    )


def places(_asked: Asked) -> Answer:
    """List what the public list holds now, the first five; the whole is behind the button."""
    whole = link(_("전체 목록 보기"), _page("/places"))
    rows = public_places(services(), told_now())
    if not rows:
        text = _("지금 공개된 확진자 방문 장소가 없습니다.")
        return answer(text_card(_("확진자 방문 장소"), text, [whole]), replies=_usual_replies())
    items = [(row.name, public_words.when_text(row)) for row in rows[:SHOWN_PLACES]]
    header = _("확진자 방문 장소 %(count)s곳", count=len(rows))
    outputs: list[Component] = [list_card(header, items, [whole])]
    if standing_stop(services()) is not None:
        outputs.append(simple_text(_("보건소가 노출 알림을 잠시 멈추었습니다. 목록을 확인하고 있습니다.")))
    return answer(*outputs, replies=_usual_replies())


def call_in(asked: Asked) -> Answer:
    """Tell the number that a visitor dials at a facility, and how that goes."""
    how = _("시설에 도착하여 번호로 전화하면 방문이 등록되고 자동으로 끊어집니다. 통화료는 없습니다.")
    for facility in crowds.find(services(), asked.sentence, 1):  # the number of another site would register there
        if not facility.call_number:
            text = _("이 시설은 전화로 등록하지 않습니다. 입구에 안내된 방법으로 등록하시기 바랍니다.")
            return answer(text_card(facility.name, text), replies=_usual_replies())
        number = show_call_number(facility.call_number)
        button = call(_("전화로 등록"), number)
        return answer(text_card(facility.name, f"{number}\n{how}", [button]), replies=_usual_replies())
    text = _("번호는 시설마다 다르며 입구에 붙어 있습니다. 시설 이름을 함께 말씀하시면 알려 드립니다.")
    return answer(text_card(_("전화로 등록(안심콜)"), f"{how}\n{text}"), replies=_usual_replies())


def fallback(_asked: Asked) -> Answer:
    """Say what can be asked."""
    text = _(
        "이렇게 물어보시기 바랍니다.\n· ○○도서관 지금 붐벼?\n· ○○도서관 근처 한산한 곳\n· 확진자 방문 장소\n"
        "이름, 전화번호 같은 개인정보는 적지 마시기 바랍니다."
    )
    contact = call(_("시청에 전화"), settings().contact)
    return answer(text_card(_("무엇을 도와드릴까요?"), text, [contact]), replies=_usual_replies())


def no_numbers() -> Answer:
    """Refuse a telephone number, without repeating it."""
    text = _(
        "대화창에서는 전화번호를 받지 않으며, 방금 보내신 내용은 저장하지 않았습니다. "
        "출입증은 아래 화면에서 받으시기 바랍니다."
    )
    button = link(_("출입증 받기"), _page("/pass"))
    return answer(text_card(_("전화번호는 적지 마시기 바랍니다"), text, [button]), replies=_usual_replies())


def trouble() -> Answer:
    """Say that nothing can be said now."""
    text = _("지금은 확인할 수 없습니다. 잠시 뒤 다시 물어보시기 바랍니다.")
    return answer(simple_text(text), replies=_usual_replies())


def _unknown_place() -> Answer:
    text = _("찾는 시설이 없습니다. 시설 이름을 ‘산본도서관’처럼 말씀해 주시기 바랍니다.")
    return answer(simple_text(text), replies=_usual_replies())


def _crowd_line(told: crowds.Told) -> str:
    """Return the level, and how many are inside of how many where that is not too few to be told."""
    if not told.opened:
        return _("지금은 운영 시간이 아닙니다.")
    if not told.crowding and told.inside is None:
        return _("작은 시설이라 인원을 알려 드리지 않습니다.")
    if not told.crowding:
        return _("현재 %(inside)s명 (인원 제한 없음)", inside=_step(told.inside))
    level = translated(CROWDING_WORDS[told.crowding])
    if told.inside is None or told.crowding == "closed":
        return level
    if told.limit is None:
        return _("%(level)s · 현재 %(inside)s명", level=level, inside=_step(told.inside))
    figures = {"inside": _step(told.inside), "limit": f"{told.limit:,}"}
    return _("%(level)s · 현재 %(inside)s명 / 이용가능 %(limit)s명", level=level, **figures)


def _step(people: range) -> str:
    return f"{people[0]:,}–{people[-1]:,}"


def _near_line(near: crowds.Near, exact: bool) -> str:
    """Return the level and, where both points are more than a dong's middle, how far it is."""
    line = _crowd_line(near.told)
    if not (exact and _is_placed(near.told.facility)):
        return line
    metres = round(near.metres, -2)
    far = f"{metres / 1_000:.1f}km" if metres >= 1_000 else f"{max(metres, 100):.0f}m"
    return _("약 %(far)s · %(line)s", far=far, line=line)


def _is_placed(facility: Facility) -> bool:
    return facility.coord_quality != "dong_point"


def _read_line(at: datetime) -> str:
    return _("%(day)s %(time)s 기준", day=date_text(kst_day(at)), time=time_text(at))


def _dong(asked: Sequence[str]) -> tuple[str, crowds.Point] | None:
    """Return the name and a middle of a dong that was named, from the public result; None where there is none."""
    result = read_public(settings().public_dir)
    if result is None:
        return None
    for feature in json.loads(result.files["public.geojson"][0])["features"]:
        name = feature["properties"]["name"]
        if name.replace(" ", "") in asked:
            kind, parts = feature["geometry"]["type"], feature["geometry"]["coordinates"]
            ring = max((part[0] for part in (parts if kind == "MultiPolygon" else [parts])), key=len)
            return name, (sum(x for x, *_y in ring) / len(ring), sum(point[1] for point in ring) / len(ring))
    return None


def _page(path: str) -> str:
    return f"{settings().origin.rstrip('/')}{path}"


def _usual_replies() -> list[Component]:
    return [
        reply(_("확진자 방문 장소"), _("확진자 방문 장소")),
        reply(_("출입증 받기"), _("출입증 받기")),
        reply(_("내 기록"), _("내 기록 보기")),
        reply(_("도움말"), _("도움말")),
    ]
