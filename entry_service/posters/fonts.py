"""The poster's fonts: the same Pretendard GOV files that the browser gets, read by Pillow.

The files are subsets: they lack rare syllables and many signs. A missing letter would print as an empty box, so
every text is checked before it is drawn, and a letter that is not there is refused by name.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from PIL import ImageFont

from entry_service.core.errors import EntryError, Unavailable

FOLDER = Path(__file__).resolve().parents[2] / "static" / "node_modules" / "krds-uiux" / "resources" / "fonts"
Weight = Literal["Regular", "Medium", "Bold"]
_NOBODYS = "\U0010ffff"  # a code point that no font has; drawn as the font's sign for "missing"


class GlyphMissing(EntryError):
    """The poster's font lacks a letter of the facility's name or address; ``letters`` are named."""

    status, code = 422, "glyph_missing"
    sentence = "포스터 글꼴에 없는 글자가 있습니다. 시설 이름과 주소의 표기를 바꾸시기 바랍니다."


class FontsMissing(Unavailable):
    """The fonts are not installed: ``npm ci`` in ``static/``, or `make setup`."""

    code, sentence = "fonts_missing", "포스터 글꼴이 설치되지 않았습니다. 운영 담당자에게 문의하시기 바랍니다."


def composed(text: str) -> str:
    """Return the text with Hangul syllables put together, as the font holds them."""
    return unicodedata.normalize("NFC", text)


def assert_drawable(texts: Iterable[str]) -> None:
    """Refuse letters that the poster's font does not have: ``GlyphMissing`` names them."""
    missing = dict.fromkeys(letter for text in texts for letter in composed(text) if not _is_there(letter))
    if missing:
        raise GlyphMissing(letters="".join(missing))


@lru_cache(maxsize=64)
def font(weight: Weight, pixels: int) -> ImageFont.FreeTypeFont:
    """Return the font with an em of so many pixels, or raise ``FontsMissing``."""
    return _face(weight).font_variant(size=pixels)


def width(text: str, weight: Weight, pixels: int) -> float:
    """Return how wide the text is drawn, in pixels."""
    return font(weight, pixels).getlength(text)


def lines_of(text: str, weight: Weight, pixels: int, widest: float) -> list[str]:
    """Return the text broken at spaces into lines of at most ``widest`` pixels; one long word is cut anywhere."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, weight, pixels) <= widest:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and width(lines[-1] + letter, weight, pixels) > widest:
                lines.append("")
            lines[-1] += letter
    return lines


@cache
def _face(weight: Weight) -> ImageFont.FreeTypeFont:
    path = FOLDER / f"PretendardGOV-{weight}.subset.woff2"
    if not path.is_file():
        raise FontsMissing(file=path.name)
    return ImageFont.truetype(path, 64)


@lru_cache(maxsize=4_096)
def _is_there(letter: str) -> bool:
    face = _face("Regular")
    drawn, empty = face.getmask(letter), face.getmask(_NOBODYS)
    if letter.isspace():
        return True
    return bool(drawn.getbbox()) and (drawn.size, bytes(drawn)) != (empty.size, bytes(empty))
