"""What a sentence typed into a chat asks for: which facility, and whether it holds somebody's number.

Nothing here keeps or repeats what was typed.
"""

import re
from collections.abc import Iterable
from unicodedata import category, normalize

from .model import Facility
from .remark_rules import holds_own_number

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
LONGEST = 200  # characters of a sentence that are read
SPOKEN_DIGITS = str.maketrans("공영일이삼사오육칠팔구", "00123456789")
_SPOKEN = re.compile(
    r"[공영일이삼사오육칠팔구\d](?:(?:[\s.,\-~]{0,8}(?:에|다시)?[\s.,\-~]{0,8}|[^공영일이삼사오육칠팔구\d]{0,2})"
    r"[공영일이삼사오육칠팔구\d]){9,}"
)
_BARE_MOBILE = re.compile(r"01[016789]\d{7,8}")
_LANDLINE = re.compile(r"(?<!\d)0\d{1,2}[\s.)\-–—/_:]*\d{3,4}[\s.\-–—/_:]*\d{4}(?!\d)")
_MOMENT = re.compile(  # as programs send it: seconds or milliseconds from 2017 to 2033, or a date with its time
    r"(?<!\d)(?<!82\W)(?<!82\W\W)1[5-9]\d{8}(?:\d{3})?(?!\d)"
    r"|(?<!\d)20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)?(?!\d)"
)
_ASIDE = re.compile(  # a word made of these names no place
    r"(?:지금|현재|오늘|요즘|얼마나|많이|사람|인원|혼잡도?|상황|어때요?|어떤가요|어떻습니까|알려\s*줘요?|알려\s*주세요|보여\s*줘요?"
    r"|보여\s*주세요|붐벼요?|붐비나요|붐빕니까|붐비는|붐빔|혼잡해요?|혼잡한가요|많아요?|많나요|많습니까|있어요?|있나요|몇|명|등록|전화로|가까운|가까이|근처|주변|한산한|여유로운|덜"
    r"|곳|데|좀|전화번호|전화|안심콜|번호|에서|에는|에|은|는|이|가|의|도|요)+"
)
_WHITE = re.compile(r"[\s?!.,~·\"'“”‘’()\[\]…]+")


def holds_phone(text: str, *, typed: bool = True) -> bool:
    """Say whether the text holds what may be a telephone number, also written out in Korean digits.

    Where nobody ``typed`` it, ten digits that begin with 15 to 19 are seconds since 1970, unless +82 goes before;
    with 10 or 11 they are a mobile number whose zero was left out.

    >>> [holds_phone(text) for text in ("010-0000-1234", "공일공 영영영영 일이삼사", "031-390-0114", "2층 12시")]
    [True, True, True, False]
    """
    plain = "".join(one for one in normalize("NFKC", text) if category(one) != "Cf")
    if not typed:
        plain = _MOMENT.sub(" ", plain)
    if holds_own_number(plain) or _LANDLINE.search(plain):
        return True
    for found in _SPOKEN.finditer(plain):
        digits = re.sub(r"\D", "", found[0].translate(SPOKEN_DIGITS))
        if _BARE_MOBILE.search(digits):
            return True
    return False


def place_words(sentence: str) -> list[str]:
    """Return what may be the name of a facility, the likeliest first: the words without question and particles.

    >>> place_words("산본 도서관은 지금 붐벼?")
    ['산본도서관', '산본도서관은']
    """
    words = [word for word in _WHITE.split(normalize("NFC", sentence)[:LONGEST]) if word]
    kept = [word for word in words if not _ASIDE.fullmatch(word)]
    bare = [_without_particle(word) for word in kept]
    found = [
        "".join(bare),
        "".join(kept),
        *sorted((word for word in bare if len(word) >= 2), key=len, reverse=True),
    ]
    return [one for one in dict.fromkeys(found) if one]


def named_in(sentence: str, known: Iterable[Facility]) -> list[Facility]:
    """Return the facilities whose whole name stands in the sentence, spaces aside, the longest name first."""
    plain = "".join(normalize("NFC", sentence)[:LONGEST].split()).lower()
    found = [one for one in known if (name := "".join(one.name.split()).lower()) and name in plain]
    return sorted(found, key=lambda one: (-len(one.name), one.name, one.facility_id))


def _without_particle(word: str) -> str:
    for particle in ("에서는", "에서", "에는", "까지", "근처", "주변", "은", "는", "이", "가", "의", "도", "에"):
        if word.endswith(particle) and len(word) - len(particle) >= 2:
            return word[: -len(particle)]
    return word


def initials(text: str) -> str:
    """Return the first consonants of the syllables, other letters as they are.

    >>> initials("산본도서관")
    'ㅅㅂㄷㅅㄱ'
    """
    plain = normalize("NFC", text).replace(" ", "").lower()
    return "".join(INITIALS[(ord(one) - 0xAC00) // 588] if "가" <= one <= "힣" else one for one in plain)


def are_initials(text: str) -> bool:
    """Say whether somebody typed first consonants, two at least."""
    return len(text) >= 2 and all(one in INITIALS for one in text)


def by_initials(text: str, known: Iterable[Facility]) -> list[Facility]:
    """Return the facilities whose first consonants hold the text, those that begin with it first."""
    found = [(initials(one.name), one) for one in known]
    fits = [(text != name[: len(text)], one.name, one) for name, one in found if text in name]
    return [one for _, _, one in sorted(fits, key=lambda fit: fit[:2])]
