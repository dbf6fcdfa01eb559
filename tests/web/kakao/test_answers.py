"""What the skills answer: crowding without small numbers, places found however typed, no sensitive one, links."""

import re
from datetime import timedelta
from unicodedata import normalize

import pytest

from entry_service.core.publication import PublicPlace
from entry_service.usecases.sites import crowding as crowds
from entry_service.web.kakao import components, skills

from .recorded import HALL, SCHEMA, card, items, text_of


def test_it_says_how_crowded_a_place_is_and_when_that_was_read(ask, city, enter, clock):
    enter("GP-001", 50)
    told = card(ask("crowding"))
    assert told["title"] == "산본도서관"
    assert told["description"].splitlines() == [
        "약간 붐빔 · 현재 50–54명 / 이용가능 60명",
        "2020. 8. 25.(화) 18:00 기준",
    ]
    enter("GP-001", 10)
    clock.passes(minutes=5)
    assert "만석(입장 제한) · 현재 60–64명" in card(ask("crowding"))["description"]


@pytest.mark.parametrize("people", [0, 1, 4, 5, 29])
def test_few_people_are_no_number(ask, city, enter, people):
    enter("GP-001", people)
    first = card(ask("crowding"))["description"].splitlines()[0]
    assert first == ("여유" if people < crowds.SMALL else f"여유 · 현재 {_step(people)}명 / 이용가능 60명")


def _step(people: int) -> str:
    return f"{people // 5 * 5}–{people // 5 * 5 + 4}"


@pytest.mark.parametrize("people", range(5, 70, 5))
def test_one_person_more_within_a_step_changes_no_answer(ask, city, enter, clock, people):
    enter("GP-001", people)
    before = ask("crowding"), ask("quiet", "당동도서관 근처 한산한 곳")
    for _ in range(4):
        enter("GP-001", 1)
        clock.now += crowds.HELD  # counted anew
        answers = ask("crowding"), ask("quiet", "당동도서관 근처 한산한 곳")
        assert [_timeless(one) for one in answers] == [_timeless(one) for one in before]


def _timeless(answer: dict) -> str:
    return re.sub(r"\d\d:\d\d 기준", "", str(answer))


def test_what_was_counted_is_told_for_five_minutes(ask, city, enter, clock):
    enter("GP-001", 24)
    clock.passes(minutes=1)
    first = ask("crowding"), ask("quiet", "당동도서관 근처 한산한 곳")
    enter("GP-001", 30)
    clock.passes(minutes=3, seconds=59)
    assert (ask("crowding"), ask("quiet", "당동도서관 근처 한산한 곳")) == first
    clock.passes(seconds=1)
    assert "현재 50–54명" in card(ask("crowding"))["description"]


@pytest.mark.parametrize("people", [0, 4, 5, 6])
def test_a_small_place_tells_nothing_however_many_are_inside(ask, city, enter, people):
    enter("GP-004", people)
    assert "작은 시설" in card(ask("crowding", "작은책방 붐벼?"))["description"]
    assert "작은책방" not in str(items(ask("quiet", "수리산역 근처 한산한 곳")))


def test_a_quieter_hour_is_told_from_three_weeks_and_not_of_a_few_people(ask, city, enter, clock):
    now = clock()  # Tuesday, 18:00
    enter("GP-001", 50)
    for week in (1, 2, 3):
        before = {"days": -7 * week}
        enter("GP-001", 30, now + timedelta(**before))
        for hour, people in ((1, 20), (2, 6), (3, 25), (4, 25), (5, 25)):
            enter("GP-001", people, now + timedelta(hours=hour, **before))
    assert "오늘은 보통 20시쯤이 덜 붐빕니다." in card(ask("crowding"))["description"]


@pytest.mark.parametrize(
    "sentence",
    [
        "산본도서관 지금 붐벼?",
        "산 본 도 서 관 얼마나 혼잡해요",
        "산본 도서관은 지금 사람이 많나요?",
        "지금 산본도서관에 몇 명 있어요",
        "산본도서 붐벼",
        "ㅅㅂㄷㅅㄱ 붐벼?",
        "ㅅㅂㄷㅅ",
        "GP-001 혼잡도",
        normalize("NFD", "산본도서관 붐벼?"),
    ],
)
def test_a_place_is_found_however_it_is_typed(ask, city, sentence):
    assert card(ask("crowding", sentence))["title"] == "산본도서관"


def test_several_places_are_offered_and_an_unknown_one_is_not_repeated(ask, city):
    answer = ask("crowding", "도서관 붐벼?")
    labels = [reply["label"] for reply in answer["template"]["quickReplies"]]
    assert card(answer)["title"] == "당동도서관"
    assert "산본도서관" in labels
    unknown = text_of(ask("crowding", "아틀란티스 지금 붐벼?"))
    assert "찾는 시설이 없습니다" in unknown
    assert "아틀란티스" not in unknown


@pytest.mark.parametrize("skill", ["crowding", "quiet", "call"])
@pytest.mark.parametrize("sentence", [HALL, f"{HALL} 지금 붐벼?", "GP-002", "ㄱㅍㅅㅊ", "시청", "군포"])
def test_a_sensitive_place_is_as_one_that_does_not_exist(ask, city, skill, sentence):
    said = text_of(ask(skill, sentence))
    assert HALL not in said
    assert text_of(ask(skill, "아틀란티스")) == said


def test_quiet_places_are_listed_by_distance_without_crowded_and_sensitive_ones(ask, city, enter):
    enter("GP-006", 95)
    answer = ask("quiet")
    assert [one["title"] for one in items(answer)] == ["수리산역", "당동도서관"]
    assert [one["description"] for one in items(answer)] == ["여유", "약 1.8km · 여유"]
    assert "기준" in answer["template"]["outputs"][1]["simpleText"]["text"]
    assert "위치는 묻지 않습니다" in text_of(ask("quiet", "가까운 한산한 곳"))


def test_a_list_that_takes_too_long_is_told_as_far_as_it_is_known(ask, city, monkeypatch):
    waits = iter((0.0, 0.0, skills.BUDGET / 2, skills.BUDGET))  # begun, then after each facility
    monkeypatch.setattr(skills, "perf_counter", lambda: next(waits))
    assert [one["title"] for one in items(ask("quiet"))] == ["수리산역", "중앙체육관"]


def test_places_are_the_current_public_list_and_five_at_most(ask, clock, monkeypatch):
    assert "공개된 확진자 방문 장소가 없습니다" in card(ask("places"))["description"]
    now = clock()
    row = PublicPlace(
        region="경기도 군포시",
        category="library",
        name="이름이 아주 긴 어느 동의 문화복지복합센터 대강당 및 부속 시설 전체",
        address="",
        start=now,
        end=now,
        by_date=False,
        disinfected_at=None,
        remark="",
        until=now,
    )
    monkeypatch.setattr(skills, "public_places", lambda _services, _now: [row] * 7)
    answer = ask("places")
    assert len(items(answer)) == 5
    assert answer["template"]["outputs"][0]["listCard"]["header"]["title"] == "확진자 방문 장소 7곳"
    [button] = answer["template"]["outputs"][0]["listCard"]["buttons"]
    assert button["webLinkUrl"].endswith("/places")


def test_what_belongs_to_a_person_is_behind_links(ask):
    assert card(ask("pass"))["buttons"][0]["webLinkUrl"].endswith("/pass")
    links = [one["webLinkUrl"].rpartition(":")[2].partition("/")[2] for one in card(ask("records"))["buttons"]]
    assert links == ["my", "pass/notice"]


def test_the_number_to_call_is_told_for_a_named_place(ask, city):
    told = card(ask("call", "중앙체육관 전화로 등록"))
    assert (told["title"], told["buttons"][0]["phoneNumber"]) == ("중앙체육관", "080-000-0114")
    library = card(ask("call", "도서관 전화로 등록"))  # two are found, and neither has a number
    assert (library["title"], "buttons" in library) == ("당동도서관", False)
    assert "전화로 등록하지 않습니다" in library["description"]
    assert "시설마다 다르며" in card(ask("call", "전화로 등록"))["description"]


def test_it_speaks_english_where_kakao_says_so(ask, city, enter):
    enter("GP-001", 50)
    told = card(ask("crowding", "산본도서관", userRequest={"lang": "en"}))
    assert "50–54 inside / 60 allowed" in told["description"]


def test_components_are_cut_to_what_kakao_draws():
    long = "가" * 2_000
    buttons = [components.link(long, "https://entry.example")] * 9
    replies = [components.reply(long, "x")] * 20
    rows = [(long, long)] * 9
    SCHEMA.validate(
        components.answer(
            components.simple_text(long),
            components.text_card(long, long, buttons),
            components.list_card(long, rows, buttons),
            components.simple_text("x"),
            replies=replies,
        )
    )
