"""How the visits that a case exposed are said and drawn: minutes, chances, sources, and bars of an hour each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.exposed import Exposed, HourCount, PlaceTrace
from entry_service.core.times import KST

SOURCES = {
    "staff_scan": _l("출입증 스캔"),
    "poster": _l("포스터"),
    "call": _l("전화"),
    "slip": _l("수기명부"),
    "card": _l("카드"),
}
CONFIDENCES = {"high": _l("높음"), "medium": _l("보통"), "low": _l("낮음")}
FLAGS = {
    "two_places": _l("가까운 시각에 다른 시설에서도 읽힘"),
    "clock_skew": _l("기기 시각이 틀림"),
    "unverified": _l("번호 미확인"),
    "late": _l("나중에 전송됨"),
    "outside_hours": _l("운영 시간 밖"),
    "closed": _l("운영을 제한한 시설"),
    "after_closing": _l("모두 퇴장한 뒤"),
    "retired_poster": _l("교체한 지난 포스터"),
    "reported_poster": _l("복사된 포스터"),
    "burst": _l("몰린 전화"),
}
HOUR = timedelta(hours=1)
BAR, GAP, HEIGHT = 14, 4, 44  # units of the drawing


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the drawing: its left edge, its height, the hour of the day in Korea, and the people."""

    x: int
    height: float
    hour: int
    people: int


def bars(counts: Sequence[HourCount]) -> list[Bar]:
    """Return a bar for every hour from the first to the last; the highest is as high as the drawing."""
    if not counts:
        return []
    people = {count.hour: count.people for count in counts}
    hours = round((counts[-1].hour - counts[0].hour) / HOUR) + 1
    most = max(people.values())
    drawn = []
    for place in range(hours):
        at = counts[0].hour + place * HOUR
        height = round(HEIGHT * people.get(at, 0) / most, 1)
        drawn.append(Bar(place * (BAR + GAP), height, at.astimezone(KST).hour, people.get(at, 0)))
    return drawn


def bars_text(drawn: Sequence[Bar]) -> str:
    """Return what the bars show, in words, for whoever does not see them."""
    return ", ".join(_("%(hour)s시 %(people)s명", hour=bar.hour, people=bar.people) for bar in drawn)


def chance_text(chance: float | None) -> str:
    """Return a probability in whole percent; only what is certain is called 0 or 100."""
    if chance is None:
        return _("모름")
    if 0 < chance < 0.01:
        return _("1%% 미만")
    if 0.99 < chance < 1:
        return _("99%% 이상")
    return _("%(percent)s%%", percent=round(chance * 100))


def overlap_text(one: Exposed) -> str:
    """Return how long somebody was there together with the case, or how long after it they came."""
    if one.after_minutes or one.overlap_most == 0:
        return _("나간 뒤 %(minutes)s분", minutes=int(one.after_minutes))
    if one.overlap_least is None or one.overlap_most is None:
        return _("모름")
    if one.overlap_minutes is not None:
        return _("%(minutes)s분", minutes=round(one.overlap_minutes))
    least, most = int(one.overlap_least), int(one.overlap_most)
    return _("%(least)s–%(most)s분", least=least, most=most)


def flags_text(one: Exposed) -> str:
    """Return the doubts that an officer should know."""
    return ", ".join(str(words) for flag, words in FLAGS.items() if flag in one.flags)


def likeliest_first(place: PlaceTrace) -> list[Exposed]:
    """Return the exposed visits, those that wait for a decision last, the most likely together first."""
    return sorted(place.exposed, key=lambda one: (one.held, -(one.together or 0.0), one.entered_at))


def doubts(place: PlaceTrace) -> list[str]:
    """Return what is uncertain about a place, a sentence each."""
    if place.doubt == "void":
        return [_("확진자의 이 방문은 무효인 기록이어서 조사에 넣지 않았습니다.")]
    said = []
    if place.doubt == "waits":
        sentence = _(
            "확진자의 이 방문이 사실인지 의심되어 판단할 때까지 %(people)s명을 세지 않았습니다.", people=place.held
        )
        said.append(sentence)
    if not place.corroborated:
        said.append(_("확진자의 진술만 있고 출입 기록으로 확인되지 않은 방문입니다. 시설에 확인하시기 바랍니다."))
    if place.index_visit.by_date:
        said.append(_("날짜만 알아 그날의 모든 방문자를 셌고, 겹친 시간은 계산하지 않았습니다."))
    elif place.index_visit.gone_by is not None:
        said.append(_("확진자의 퇴장 기록이 없어 나간 시각을 추정했습니다."))
    if any(one.dwell_assumed for one in place.exposed) and not place.index_visit.by_date:
        shape = {
            "own": _("퇴장 기록이 없으면 같은 종류 시설에서 배운 체류 시간으로 확률을 계산했습니다."),
            "pooled": _("이 종류 시설의 퇴장 기록이 적어 모든 시설의 체류 시간으로 확률을 계산했습니다."),
            "assumed": _("확률은 가정한 체류 시간으로 계산했습니다. 어림값으로만 보시기 바랍니다."),
        }
        said.append(shape[place.lengths_from])
    if place.held and not place.doubt:
        said.append(
            _(
                "%(people)s명은 사실인지 의심되는 기록이어서 판단할 때까지 세지 않았습니다.",
                people=place.held,
            )
        )
    return said
