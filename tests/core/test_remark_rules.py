"""Words for the public: what names a person is refused, what may tell of one is asked about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.remark_rules import REFUSED, WORDS, WordsDoubtful, WordsRefused, assert_fit, findings


def kinds(text: str, **facts: object) -> set[str]:
    return {one.kind for one in findings(text, **facts)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("문의 010-0000-1234", "mobile"),
        ("01000001234로 연락", "mobile"),
        ("+82 10 0000 1234", "mobile"),
        ("010/0000/1234", "mobile"),
        ("010에 0000에 1234", "mobile"),
        ("010\u200b-0000-1234", "mobile"),
        ("0507-0000-1234", "mobile"),
        ("문의 031-390-0114", "phone"),
        ("(02) 0123-4567", "phone"),
        ("1588-0000", "phone"),
        ("800101-1", "resident_number"),
        ("12가34나", "safety_code"),
        ("70대가 방문", "age"),
        ("만 5세", "age"),
        ("열 살, 10살", "age"),
        ("1958년생", "age"),
        ("확진자 37번", "case"),
        ("37번 확진자", "case"),
        ("관내 #12", "case"),
        ("방문자 3명", "persons"),
        ("일가족", "persons"),
        ("남성 이용", "sex"),
        ("외국인 전용", "nationality"),
        ("직원 식당", "workplace"),
        ("101동 202호", "residence"),
        ("시*자", "name"),
    ],
)
def test_what_may_tell_of_a_person_is_found(text, kind):
    [found] = [one for one in findings(text) if one.kind == kind]
    assert found.refused == (kind in REFUSED)
    assert found.sentence == WORDS[kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2층 열람실",
        "지하 1층 구내식당",
        "3세대 주택 앞",
        "제2주차장",
        "방역 소독 완료",
        "8. 25. 14:00 이후 폐쇄",
        "남측 출입구",
    ],
)
def test_words_about_the_place_pass(text):
    assert findings(text) == []
    assert_fit(text, confirmed=False, case_numbers=["군포-37", "12"], sensitive_names=["군포시청"])


def test_the_number_of_a_case_is_found_in_any_spacing_but_a_floor_is_no_case():
    assert kinds("군포-37 관련", case_numbers=["군포-37"]) == {"case"}
    assert kinds("군포-371 관련", case_numbers=["군포-37"]) == set()
    assert kinds("경기 10245 방문", case_numbers=["경기10245", "10245"]) == {"case"}
    assert kinds("37 열람실", case_numbers=["37"]) == set()


def test_the_name_of_a_sensitive_facility_is_found_in_any_spacing():
    assert kinds("군포 시청 옆", sensitive_names=["군포시청"]) == {"site"}


@given(st.from_regex(r"\A01[016789][- .]?[0-9]{3,4}[- .]?[0-9]{4}\Z"), st.text(alphabet="가나다 층", max_size=5))
def test_no_mobile_number_passes_whatever_stands_around_it(number, around):
    text = f"{around}{number}{around}"
    assert "mobile" in kinds(text)
    with pytest.raises(WordsRefused):
        assert_fit(text, confirmed=True, case_numbers=[], sensitive_names=[])


def test_a_doubt_is_answered_and_a_refusal_is_not():
    with pytest.raises(WordsDoubtful) as doubt:
        assert_fit("직원 식당", confirmed=False, case_numbers=[], sensitive_names=[])
    assert [one.kind for one in doubt.value.findings] == ["workplace"]
    assert "직원" not in str(doubt.value)
    assert_fit("직원 식당", confirmed=True, case_numbers=[], sensitive_names=[])
    with pytest.raises(WordsRefused):
        assert_fit("군포-37", confirmed=True, case_numbers=["군포-37"], sensitive_names=[])


def test_a_message_may_hold_the_telephone_of_an_office_only():
    assert kinds("문의 031-390-0114", phone_allowed=True) == set()
    assert kinds("문의 010-0000-1234", phone_allowed=True) == {"mobile"}
