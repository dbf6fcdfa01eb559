"""Phone numbers, safety codes and names, however they are typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core import contacts
from entry_service.core.errors import BadInput


@pytest.mark.parametrize(
    "typed",
    [
        "010-1234-5678",
        "01012345678",
        "010 1234 5678",
        " 010.1234.5678 ",
        "(010) 1234-5678",
        "010–1234–5678",
        "010−1234‐5678",
        "+82 10 1234 5678",
        "+82-010-1234-5678",
        "+82 (0)10-1234-5678",
        "82 10-1234-5678",
        "0082 10 1234 5678",
        "1012345678",
        "０１０－１２３４－５６７８",
        "010·1234·5678",
        "010-1234-5678\n",
    ],
)
def test_one_number_however_it_is_typed(typed):
    assert contacts.normalise_phone(typed) == "+821012345678"


@pytest.mark.parametrize(
    ("typed", "number"),
    [("011-234-5678", "+82112345678"), ("016-1234-5678", "+821612345678"), ("019 234 5678", "+82192345678")],
)
def test_older_mobile_numbers(typed, number):
    assert contacts.normalise_phone(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "010",
        "010-123-4567",
        "010-12345-6789",
        "010-1234-567",
        "02-123-4567",
        "031-390-0114",
        "012-1234-5678",
        "015-1234-5678",
        "+1 10 1234 5678",
        "+8210123456789",
        "010-1234-567a",
        "٠١٠-١٢٣٤-٥٦٧٨",
        "010-1234-5678;",
        "전화번호",
        "+82 010 1234 5678 9",
    ],
)
def test_what_is_no_korean_mobile_number_is_refused(typed):
    with pytest.raises(BadInput) as refused:
        contacts.normalise_phone(typed)
    assert refused.value.facts == {"field": "phone"}


@given(st.from_regex(r"010[0-9]{8}", fullmatch=True))
def test_a_normal_number_stays_as_it_is_and_masked_hides_the_middle(typed):
    number = contacts.normalise_phone(typed)
    assert contacts.normalise_phone(number) == number
    assert contacts.mask_phone(number) == f"010-****-{typed[-4:]}"


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_bad_input(text):
    for read in (contacts.normalise_phone, contacts.normalise_safety_code, contacts.normalise_name):
        try:
            once = read(text)
        except BadInput:
            continue
        assert read(once) == once


@pytest.mark.parametrize("typed", ["12가34나", "12 가 34 나", "１２가34나", "가1나234", "1234가나", "12-가34-나"])
def test_safety_codes(typed):
    code = contacts.normalise_safety_code(typed)
    assert len(code) == 6
    assert sum(character in "0123456789" for character in code) == 4


def test_a_decomposed_safety_code_is_composed():
    assert contacts.normalise_safety_code(unicodedata.normalize("NFD", "12가34나")) == "12가34나"


@pytest.mark.parametrize(
    "typed", ["", "12가34", "123가나다", "12345가", "12a34b", "12ㄱ34ㄴ", "12가34나5", "١٢가٣٤나", "12가34나;"]
)
def test_what_is_no_safety_code_is_refused(typed):
    with pytest.raises(BadInput) as refused:
        contacts.normalise_safety_code(typed)
    assert refused.value.facts == {"field": "safety_code"}


def test_names_are_composed_without_control_characters():
    assert contacts.normalise_name("  " + unicodedata.normalize("NFD", "방문자") + " \t하나\x00 ") == "방문자 하나"
    assert contacts.normalise_name("=1+1") == "=1+1"  # kept as typed; whoever exports escapes
    assert contacts.normalise_name("가" * contacts.LONGEST_NAME)
    for wrong in ("", "  ", "\x00\u200b", "가" * (contacts.LONGEST_NAME + 1)):
        with pytest.raises(BadInput) as refused:
            contacts.normalise_name(wrong)
        assert refused.value.facts == {"field": "name"}


def test_a_residence_may_be_empty_but_not_an_address():
    assert contacts.normalise_residence(" 경기도  군포시 ") == "경기도 군포시"
    assert contacts.normalise_residence("") == ""
    with pytest.raises(BadInput) as refused:
        contacts.normalise_residence("가" * (contacts.LONGEST_RESIDENCE + 1))
    assert refused.value.facts == {"field": "residence"}


@pytest.mark.parametrize(
    ("address", "residence"),
    [
        ("경기도 군포시 산본로 1", "군포시"),
        ("경기도 수원시 팔달구 효원로 1", "수원시"),
        ("서울특별시 강남구 테헤란로 1", "서울특별시 강남구"),
        ("인천광역시 강화군 강화읍 1", "인천광역시 강화군"),
        ("세종특별자치시 한누리대로 2130", "세종특별자치시"),
        ("군포시 청백리길 6", "군포시"),
        ("강원특별자치도 춘천시 1", "춘천시"),
        ("", ""),
        ("어딘가", ""),
    ],
)
def test_a_district_is_read_from_an_address(address, residence):
    assert contacts.residence_of(address) == residence
