"""The public sign at an entrance: a page for a large screen, and the JSON it asks for every few seconds."""

from datetime import datetime

import msgspec
from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from entry_service.core.capacity import CROWDING_WORDS
from entry_service.usecases.sites.signs import Crowd, Sign, read_sign

from ..api.openapi import operation
from ..frame.access import public
from ..frame.context import now, services
from ..frame.i18n import LANGUAGE_NAMES, TAGS, VISITOR_LANGUAGES, in_languages, translated

SECONDS_BETWEEN = 5  # how often a sign asks
SECONDS_STALE = 30  # older figures are said to be old
LIT = {
    "relaxed": 1,
    "normal": 2,
    "busy": 3,
    "crowded": 4,
    "full": 5,
    "closed": 5,
}  # bars; 5 is the sign of no entry
LONG = 1_000  # figures from here on are set smaller
SECONDS_A_LANGUAGE = 8  # with ?lang=all
ALTERNATE = "all"

blueprint = Blueprint("sign", __name__)


class SignPart(msgspec.Struct, frozen=True):
    """A facility or one of its zones; ``limit`` is null without one, ``crowding`` a code or empty."""

    zone: str
    name: str
    inside: int
    limit: int | None
    crowding: str
    closed: bool


class SignNow(msgspec.Struct, frozen=True):
    """What the sign of a facility shows; ``opened`` says whether it is within the opening hours."""

    name: str
    opened: bool
    open_until: int | None
    whole: SignPart
    zones: list[SignPart]
    now: datetime


@operation(
    blueprint,
    "GET",
    "/api/v1/signs/<sign_id>",
    summary="What the public sign of a facility shows: people inside and allowed, by zone too",
    auth="none",
    answer=SignNow,
)
def reading(sign_id: str) -> SignNow:
    """Return counts only; an address that was renewed is not found."""
    return _told(read_sign(services(), sign_id, now()))


@blueprint.get("/sign/<sign_id>")
@public
def page(sign_id: str) -> str:
    """Show the sign; ``?lang=all`` goes through the languages, else it stays in the one that was chosen."""
    sign = read_sign(services(), sign_id, now())
    alternates = request.args.get("lang") == ALTERNATE
    told = _told(sign)
    return render_template(
        "sign/sign.html",
        sign=told,
        words=_words(),
        why=translated(sign.whole.limit.why) if sign.whole.limit.people is not None else "",
        alternates=alternates,
        lit=LIT,
        long=max(told.whole.inside, told.whole.limit or 0) >= LONG,
        page_data={
            "address": f"/api/v1/signs/{sign_id}",
            "seconds": SECONDS_BETWEEN,
            "stale": SECONDS_STALE,
            "long": LONG,
            "lit": LIT,
            "turn": SECONDS_A_LANGUAGE if alternates else 0,
            "order": [one for other in VISITOR_LANGUAGES[1:] for one in (VISITOR_LANGUAGES[0], other)],
            "tags": {code: TAGS.get(code, code) for code in VISITOR_LANGUAGES},
            "words": in_languages(_words) if alternates else {"": _words()},
            "sign": msgspec.to_builtins(told),
        },
        choices=[(code, LANGUAGE_NAMES[code]) for code in VISITOR_LANGUAGES],
    )


def _told(sign: Sign) -> SignNow:
    return SignNow(
        name=sign.facility.name,
        opened=sign.opened,
        open_until=sign.whole.limit.open_until,
        whole=_part(sign.whole),
        zones=[_part(one) for one in sign.zones],
        now=sign.read_at,
    )


def _part(crowd: Crowd) -> SignPart:
    return SignPart(
        crowd.zone, crowd.name, crowd.inside, crowd.limit.people, crowd.crowding, closed=crowd.limit.closed
    )


def _words() -> dict[str, object]:
    """Return every word of the sign; the script writes the figures in (``{count}``)."""
    return {
        "inside": _("현재 인원"),
        "limit": _("이용가능 인원"),
        "people": _("명"),
        "no_limit": _("인원 제한 없음"),
        "unknown": _("현재 인원만 알려 드립니다."),
        "crowding": {code: translated(word) for code, word in CROWDING_WORDS.items()},
        "room": _("%(count)s명 더 들어올 수 있습니다.", count="{count}"),
        "full": _("지금은 들어올 수 없습니다. 잠시 기다려 주시기 바랍니다."),
        "closed": _("방역 지침에 따라 지금은 운영하지 않습니다."),
        "shut": _("지금은 운영 시간이 아닙니다."),
        "until": _("오늘은 %(hour)s시까지 운영합니다.", hour="{hour}"),
        "read": _("%(time)s 기준", time="{time}"),
        "old": _("%(minutes)s분 전 인원입니다. 지금 인원을 받지 못하고 있습니다.", minutes="{minutes}"),
        "lost": _("지금 인원을 받지 못하고 있습니다. %(time)s 기준입니다.", time="{time}"),
        "gone": _("이 안내판의 주소가 바뀌었습니다. 시설 관리자에게 문의하시기 바랍니다."),
        "zones": _("구역별 인원"),
        "stop": _("한 언어로 멈추기"),
        "go_on": _("언어 번갈아 보이기"),
        "may_sleep": _("이 브라우저는 화면이 꺼지는 것을 막지 못합니다. 기기의 화면 설정을 바꾸시기 바랍니다."),
    }
