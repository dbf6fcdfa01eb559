"""How doubted readings are said: why, what speaks against them, what somebody decided and why."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.doubt_rules import WHY, Decision, Reason, metres
from entry_service.core.model import Facility
from entry_service.store.log.doubts import Doubted
from entry_service.usecases.doors.doubting import RULES

from ..frame.i18n import time_text
from ..frame.opening_words import hours_text

REASONS: dict[Reason, str] = {
    "two_places": _l("한 출입증이 두 곳에서"),
    "outside_hours": _l("운영 시간 밖"),
    "closed": _l("운영을 제한한 시설"),
    "after_closing": _l("모두 퇴장한 뒤"),
    "retired_poster": _l("교체한 지난 포스터"),
    "reported_poster": _l("복사된 포스터"),
    "burst": _l("몰린 전화"),
}
DECISIONS: dict[Decision, str] = {"counts": _l("셈"), "void": _l("무효"), "reopened": _l("보류로 되돌림")}
BECAUSE = {
    "site_confirmed": _l("시설에 확인함"),
    "staff_saw": _l("직원이 보고 읽음"),
    "open_late": _l("그때 열려 있었음"),
    "place_wrong": _l("시설 위치가 틀림"),
    "copied_poster": _l("복사한 포스터"),
    "shared_pass": _l("나눠 쓴 출입증"),
    "device_wrong": _l("기기 오류"),
    "made_up": _l("거짓 등록"),
    "decided_wrongly": _l("잘못 판단함"),
}


def choices(*decisions: Decision) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (decision, [(value, why)]) as a form lists them."""
    return [
        (str(DECISIONS[decision]), [(f"{decision}.{why}", str(BECAUSE[why])) for why in WHY[decision]])
        for decision in decisions
    ]


def hidden_name(facility_id: str) -> str:
    """Return what a list calls a sensitive facility; whoever opens it by its number reads its name."""
    return _("민감한 시설 %(facility)s", facility=facility_id)


def evidence(one: Doubted, places: Mapping[str, Facility], *, own: bool = False) -> list[str]:
    """Return a sentence for each reason that has more to say; ``own``: where and when else is not told."""
    here = places[one.facility_id]
    said = []
    for beside in one.besides:
        gap = abs(one.scanned_at - beside.scanned_at)
        there = places.get(beside.facility_id)
        if own or there is None:
            said.append(_("다른 시설에서도 읽혔습니다."))
            continue
        said.append(
            _(
                "%(time)s %(place)s. 직선거리 %(km)s km는 아무리 빨라도 %(least)s분인데 %(gap)s분 차이입니다.",
                time=time_text(beside.scanned_at),
                place=beside.facility_name,
                km=f"{metres(here, there) / 1_000:.1f}",
                least=_minutes(RULES.least_way(here, there).total_seconds()),
                gap=_minutes(gap.total_seconds()),
            )
        )
    if "outside_hours" in one.reasons:
        said.append(_("운영 시간은 %(hours)s입니다.", hours=hours_text(here)))
    more = {
        "closed": _("그때의 방역 지침으로는 운영할 수 없는 시설입니다."),
        "after_closing": _("직원이 모두 퇴장을 누른 뒤 직원이 읽은 출입이 없습니다."),
        "retired_poster": _("새 포스터로 바꾼 지 하루가 지났습니다."),
        "reported_poster": _("이 시설 포스터의 복사본이 다른 곳에 있는 것으로 확인되었습니다."),
        "burst": _("한 문으로 들어올 수 있는 것보다 많은 전화가 1분에 왔습니다."),
    }
    return said + [words for reason, words in more.items() if reason in one.reasons]


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"
