"""The draft of a disaster message: its length, the quiet hours, what is banned, how many places are shortened."""

from datetime import datetime, timedelta
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.disaster_message import Told, check, draft, is_repeat, length, one_line, sent_not_before
from entry_service.core.publication import Stay
from entry_service.core.times import KST

LIBRARY = "산본도서관"


def at(text: str) -> datetime:
    return datetime.strptime(f"2020-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=KST)


def told(name: str, start: str, end: str, *, by_date: bool = False) -> Told:
    stay = Stay(facility_id=name, start=at(start), end=at(end), by_date=by_date)
    return Told(name=name, stay=stay)


def made(*places: Told, longest: int = 90) -> str:
    return draft(places, authority="군포시", contact="031-390-0114", longest=longest).text


def test_one_place_is_the_sentence_of_the_rules_and_fits():
    text = made(told(LIBRARY, "08-25 14:00", "08-25 16:00"))
    assert text == (
        "[군포시청] 8.25.(화) 14:00~16:00 산본도서관 방문자는 가까운 보건소에서 검사받으시기 바랍니다. "
        "문의 031-390-0114"
    )
    assert length(text) == len(text) == 77


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (told(LIBRARY, "08-25 00:00", "08-26 00:00", by_date=True), "] 8.25.(화) 산본도서관 방문자"),
        (told(LIBRARY, "08-25 22:00", "08-26 00:00"), "8.25.(화) 22:00~24:00 산본도서관"),
        (told(LIBRARY, "08-25 22:00", "08-26 01:30"), "8.25.(화) 22:00~8.26.(수) 01:30 산본도서관"),
    ],
)
def test_a_time_is_told_as_it_is_known(place, words):
    assert words in made(place)


def test_several_places_name_a_day_once_then_lose_words_then_names_and_never_a_wrong_time():
    one = told(LIBRARY, "08-25 14:00", "08-25 16:00")
    two = told("당정문화센터", "08-25 17:00", "08-25 18:00")
    three = told("궁내배드민턴장", "08-26 09:00", "08-26 10:00")
    assert made(one, two, longest=157).count("8.25.(화)") == 1
    assert "14:00~16:00 산본도서관, 17:00~18:00 당정문화센터 방문자는 보건소 검사 바랍니다" in made(one, two)
    shorter = draft([one, two, three], authority="군포시", contact="031-390-0114", longest=90)
    assert (shorter.fits, shorter.form) == (True, 2)
    assert "8.25.(화)~8.26.(수) 산본도서관, 당정문화센터, 궁내배드민턴장 방문자" in shorter.text
    assert "산본도서관 등 3곳" in made(one, two, three, longest=75)
    assert not draft([one, two, three], authority="군포시", contact="031-390-0114", longest=30).fits


@given(
    st.lists(st.sampled_from([LIBRARY, "당정문화센터", "궁내배드민턴장"]), min_size=1, max_size=9),
    st.integers(45, 200),
)
def test_a_draft_that_says_it_fits_does(names, longest):
    places = [told(name, "08-25 14:00", "08-25 16:00") for name in names]
    result = draft(places, authority="군포시", contact="031-390-0114", longest=longest)
    assert result.fits == (length(result.text) <= longest)
    assert result.text.startswith("[군포시청] ")
    assert result.text.endswith("문의 031-390-0114")


@given(st.text(max_size=40))
def test_characters_are_counted_after_composition(text):
    assert length(normalize("NFD", text)) == length(normalize("NFC", text)) == length(text)
    assert check(text, 90).rest == 90 - length(text)


def test_a_syllable_is_one_character_a_pictograph_is_one_and_a_line_break_is_one():
    assert length("가") == length("\u1100\u1161") == 1
    assert length("😷") == 1
    assert length("가\r\n나") == 3
    assert one_line("  가  나 \r\n\r\n 다 ") == "가 나\n다"


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("08-25 21:59", None),
        ("08-25 22:00", "08-26 07:00"),
        ("08-25 23:59", "08-26 07:00"),
        ("08-26 00:00", "08-26 07:00"),
        ("08-26 06:59", "08-26 07:00"),
        ("08-26 07:00", None),
        ("12-31 23:00", "01-01 07:00"),
    ],
)
def test_nothing_goes_out_at_night(now, until):
    expected = until and at(until).replace(year=2021 if until.startswith("01") else 2020)
    assert sent_not_before(at(now)) == expected


@given(st.integers(0, 2 * 365 * 1440 * 60).map(lambda seconds: at("01-01 00:00") + timedelta(seconds=seconds)))
def test_the_moment_that_is_named_is_the_first_that_is_allowed(now):
    later = sent_not_before(now)
    if later is not None:
        assert now < later <= now + timedelta(hours=9)
        assert sent_not_before(later) is None
        assert sent_not_before(later - timedelta(microseconds=1)) == later


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("오늘 확진자 12명 발생", {"counts"}),
        ("추가 확진 3명, 누적 확진자 120명", {"counts"}),
        ("외출을 자제하고 마스크를 착용해 주십시오", {"hygiene"}),
        ("손 씻기와 거리두기", {"hygiene"}),
        ("산본도서관 임시 휴관", {"opening"}),
        ("당정문화센터 운영을 재개합니다", {"opening"}),
        ("8.25.(화) 14:00~16:00 산본도서관 방문자는 검사 바랍니다", set()),
    ],
)
def test_what_is_not_sent_is_pointed_out(text, banned):
    assert set(check(text, 90).banned) == banned


def test_the_office_may_be_named_like_a_sensitive_facility_and_the_text_may_not():
    assert check("[군포시청] 방문자 검사", 90, sensitive_names=["군포시청"]).found == ()
    assert check("[군포시] 군포시청 방문자 검사", 90, sensitive_names=["군포시청"]).refused
    assert check("[군포시] 확진자 군포-37", 90, case_numbers=["군포-37"]).refused
    assert check("[군포시] 문의 010-0000-1234", 90).refused


def test_a_repeat_is_the_same_place_within_a_day():
    now = at("08-25 12:00")
    assert is_repeat(now - timedelta(hours=23, minutes=59), now)
    assert not is_repeat(now - timedelta(days=1), now)
    assert not is_repeat(None, now)
