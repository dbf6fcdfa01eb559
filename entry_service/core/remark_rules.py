"""What may not stand in words for the public: finds it in a remark or a message, and says whether it is refused.

Refused is what names or nearly names a person: numbers of telephones, residents and cases, an age. Everything else
is a doubt that the officer answers: rules cannot know whether "2명" counts patients or seats.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from unicodedata import category, normalize

from .errors import BadInput

Kind = Literal[
    "phone", "mobile", "resident_number", "safety_code", "age", "case", "site",
    "persons", "sex", "nationality", "workplace", "residence", "name",
]  # fmt: skip
REFUSED: tuple[Kind, ...] = ("phone", "mobile", "resident_number", "safety_code", "age", "case", "site")
SHORTEST_NUMBER = 4  # digits of a case number that is looked for by itself

WORDS: dict[Kind, str] = {
    "phone": "전화번호는 공개할 수 없습니다.",
    "mobile": "휴대전화번호는 공개할 수 없습니다.",
    "resident_number": "주민등록번호는 공개할 수 없습니다.",
    "safety_code": "개인안심번호는 공개할 수 없습니다.",
    "age": "나이와 연령대는 공개할 수 없습니다.",
    "case": "확진자 번호는 공개할 수 없습니다. 장소만 알립니다.",
    "site": "민감시설의 이름은 공개할 수 없습니다.",
    "persons": "사람 수를 적은 것으로 보입니다. 확진자나 접촉자의 수는 장소 목록에 적지 않습니다.",
    "sex": "성별을 적은 것으로 보입니다. 성별은 공개하지 않습니다.",
    "nationality": "국적을 적은 것으로 보입니다. 국적은 공개하지 않습니다.",
    "workplace": "직장을 적은 것으로 보입니다. 확진자의 직장은 공개하지 않습니다.",
    "residence": "거주지를 적은 것으로 보입니다. 읍·면·동보다 자세한 거주지는 공개하지 않습니다.",
    "name": "사람의 이름을 적은 것으로 보입니다. 이름은 공개하지 않습니다.",
}

_MARKS = r"[\s.,()·\-–—/_:~]{0,8}"
_GAP = rf"{_MARKS}(?:에|다시)?{_MARKS}"  # between the groups of a number, as people write and say them
_ANY_GAP = rf"(?:{_GAP}|\D{{0,2}})"
_PATTERNS: dict[Kind, str] = {
    "mobile": rf"(?<!\d)(?:(?:\+?82{_GAP})?\(?0?1[016789]|\(?050\d){_ANY_GAP}\d{{3,4}}{_ANY_GAP}\d{{4}}(?!\d)",
    "phone": rf"(?<!\d)\(?0\d{{1,2}}{_GAP}\d{{3,4}}{_GAP}\d{{4}}(?!\d)|(?<!\d)1[568]\d\d-\d{{4}}(?!\d)",
    "resident_number": r"(?<!\d)\d{6}\s*-\s*[1-8](?:\d{6}|\*{6})?(?!\d)",
    "safety_code": r"(?<!\d)\d{2}[가-힣]\d{2}[가-힣](?![가-힣])",
    "age": r"(?<!\d)\d{1,3}\s*(?:세(?!대|트)|살)|(?<!\d)[1-9]0\s*대(?!\s*를)|[1-9]0\s*여?\s*세"
    r"|(?:이십|삼십|사십|오십|육십|칠십|팔십|구십)\s*대|\d{2,4}\s*년생",
    "case": r"(?:확진자?|환자)\s*(?:제\s*)?#?\d+\s*(?:번|호)|(?<!\d)\d+\s*번\s*째?\s*(?:확진|환자)|#\s*\d+"
    r"|(?:확진자?|환자)\s*#?\d+(?![\d\s]*명)(?!\d)",
    "persons": r"(?<!\d)\d+\s*(?:명|인(?![가-힣]))|(?<![가-힣])[한두세네]\s*(?:명|사람)"
    r"|일가족|부부|모녀|부자(?![가-힣])|자녀",
    "sex": r"남성|여성|남자|여자|남학생|여학생|(?<![가-힣])[남여](?![가-힣])|아주머니|아저씨|할머니|할아버지",
    "nationality": r"국적|외국인|중국인|일본인|미국인|베트남인|태국인|몽골인|조선족|이주\s*노동자",
    "workplace": r"직장|근무|재직|회사원|직원|종사자|교사|간호사",
    "residence": r"거주|자택|(?<!\d)\d+\s*동\s*\d+\s*호|아파트|빌라|오피스텔|[가-힣]+\d*동(?![가-힣])(?:\s*주민)",
    "name": r"(?<![가-힣])[가-힣](?:[*○◯]{1,2}|[Oo]{2})(?![가-힣]{2})|(?<![가-힣])[가-힣]{2,4}\s*씨(?![가-힣])",
}
_FOUND = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}
_WHOLE_RESIDENT_NUMBER = re.compile(r"(?<!\d)\d{6}\s*-\s*[1-8]\d{6}(?!\d)")  # a day and a count are none


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not belong in words for the public; ``refused`` where nobody can decide otherwise."""

    kind: Kind
    refused: bool

    @property
    def sentence(self) -> str:
        """Return what is wrong, in Korean."""
        return WORDS[self.kind]


class WordsRefused(BadInput):
    """Words for the public hold what may never be told; ``findings`` says what, the words are not repeated."""

    code, sentence = "words_refused", "공개할 수 없는 내용이 들어 있습니다."

    def __init__(self, found: Collection[Finding]) -> None:
        """Keep what was found."""
        super().__init__(field="remark")
        self.findings = tuple(found)


class WordsDoubtful(WordsRefused):
    """Words for the public may hold what is not told; whoever wrote them has to say that they do not."""

    code, sentence = "words_doubtful", "공개해도 되는 내용인지 확인하고 다시 저장하시기 바랍니다."


def assert_fit(
    text: str, *, confirmed: bool, case_numbers: Collection[str], sensitive_names: Collection[str]
) -> None:
    """Raise ``WordsRefused``, or ``WordsDoubtful`` where somebody may still answer for the words."""
    found = findings(text, case_numbers=case_numbers, sensitive_names=sensitive_names)
    if refused := [one for one in found if one.refused]:
        raise WordsRefused(refused)
    if found and not confirmed:
        raise WordsDoubtful(found)


def findings(
    text: str,
    *,
    case_numbers: Collection[str] = (),
    sensitive_names: Collection[str] = (),
    phone_allowed: bool = False,
) -> list[Finding]:
    """Return what the text should not hold, the refused first.

    Parameters
    ----------
    case_numbers : collection of str
        Numbers of the register. One of digits alone is looked for from four digits on: "37" is also a floor.
    sensitive_names : collection of str
        Names of facilities that are never told.
    phone_allowed : bool
        Let an office's telephone number pass, as in a message; a mobile number never does.
    """
    plain = _seen(text)
    kinds = {kind for kind, pattern in _FOUND.items() if pattern.search(plain)}
    if "mobile" in kinds or phone_allowed:
        kinds.discard("phone")
    if any(_holds_number(plain, number) for number in case_numbers):
        kinds.add("case")
    if any(name and _spaceless(name) in _spaceless(plain) for name in sensitive_names):
        kinds.add("site")
    return [Finding(kind, kind in REFUSED) for kind in WORDS if kind in kinds]


def holds_own_number(text: str) -> bool:
    """Say whether the text holds a number that is a person's own, for words that are kept as they were typed.

    >>> [holds_own_number(text) for text in ("010-0000-1234", "12가34나", "200825-1000000", "200825-3", "군포-37")]
    [True, True, True, False, False]
    """
    plain = _seen(text)
    own = (_FOUND["mobile"], _FOUND["safety_code"], _WHOLE_RESIDENT_NUMBER)
    return any(pattern.search(plain) for pattern in own)


def _seen(text: str) -> str:
    """Return the text as it is seen: without characters that show nothing and part a number (U+200B, U+00AD)."""
    return "".join(one for one in normalize("NFC", text) if category(one) != "Cf")


def _holds_number(text: str, number: str) -> bool:
    """Say whether a case's number stands in the text, whatever spaces are around its parts."""
    plain = normalize("NFC", number).strip()
    if not plain or (plain.isdecimal() and len(plain) < SHORTEST_NUMBER):
        return False
    parts = r"\s*".join(re.escape(part) for part in plain.split())
    return re.search(rf"(?<!\d){parts}(?!\d)", text, re.IGNORECASE) is not None


def _spaceless(text: str) -> str:
    return "".join(normalize("NFC", text).split()).lower()
