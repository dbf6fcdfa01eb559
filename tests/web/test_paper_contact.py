"""What stands on paper, as the browser reads and spells it: by the same rules as the service."""

from entry_service.core import contacts
from entry_service.core.errors import BadInput

from .slip_form import open_form

__all__ = ["open_form"]

SPELLINGS = [
    "010-0000-1234",
    "01000001234",
    "+82 10 0000 1234",
    "0082-10-0000-1234",
    "10 0000 1234",
    "010‐0000‑1234",
]
SPELLINGS += [
    "011-000-1234",
    "0110001234",
    "010-000-1234",
    "02-123-4567",
    "",
    "abc",
    "010-0000-12345",
    "０１０００００１２３４",
]
SPELLINGS += ["010.0000.1234", "(010)0000/1234", "019-0000-1234", "012-0000-1234", "010\u00a00000\t1234"]
CODES = [
    "12가34나",
    "가12나34",
    "1가23나4",
    "12가 34나",
    "12ㄱ34나",
    "1234가",
    "12가345나",
    "12가3나다",
    "",
    "１２가34나",
    "12가34나",
]


def test_browser_and_service_read_numbers_alike(open_form):
    page = open_form()
    body = """async ([phones, codes]) => {
      const { readPhone, readSafetyCode } = await import("/static/js/door/paper-contact.js");
      return [phones.map(readPhone), codes.map(readSafetyCode)];
    }"""

    def read(rule, text):
        try:
            return rule(text)
        except BadInput:
            return None

    assert page.evaluate(body, [SPELLINGS, CODES]) == [
        [read(contacts.normalise_phone, text) for text in SPELLINGS],
        [read(contacts.normalise_safety_code, text) for text in CODES],
    ]


def test_numbers_are_spelled_as_they_are_typed_and_slips_count_up(open_form):
    page = open_form()
    body = """async (given) => {
      const { spelled, nextNumber } = await import("/static/js/door/paper-contact.js");
      return [given[0].map(spelled), given[1].map(nextNumber)];
    }"""
    typed = ["010", "0101", "0101234", "01012345", "01012345678", "0111234567", "+8210", "010-", "010123456789"]
    numbers = ["7", "09", "99", "A-19", "12가", "", "99999999999999999999"]
    assert page.evaluate(body, [typed, numbers]) == [
        [
            "010",
            "010-1",
            "010-1234",
            "010-1234-5",
            "010-1234-5678",
            "011-123-4567",
            "+8210",
            "010",
            "010-1234-5678",
        ],
        ["8", "10", "100", "A-20", "", "", "100000000000000000000"],
    ]
