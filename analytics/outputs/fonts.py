"""A font that has Korean, found on this machine without network; a picture never shows empty boxes.

Browsers' packages bring Pretendard GOV as WOFF, which the drawing library cannot read; unwrapped it is TrueType.
"""

import atexit
import base64
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError
from matplotlib import font_manager

BUNDLED = Path(__file__).parents[2] / "static/node_modules/krds-uiux/resources/fonts"
SYSTEM = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo", "UnDotum")
PROBE = "핫스팟"
LAYOUT = {"GSUB", "GPOS", "GDEF"}  # tables of no use without typographic features, and slow to read


@dataclass(frozen=True)
class Face:
    """A font family known to the drawing library, the characters it has, and the language it can write."""

    family: str
    characters: frozenset[int]
    language: str

    def drawable(self, text: str) -> str:
        """Return the text with a "·" for each character that would be an empty box."""
        return "".join(letter if ord(letter) in self.characters else "·" for letter in text)


@cache
def korean_face(bundled: Path = BUNDLED, system: tuple[str, ...] = SYSTEM) -> Face:
    """Return the bundled Korean font, else one of the system's, else the library's own font and English."""
    latin = _characters(Path(font_manager.findfont("DejaVu Sans")))
    for path in (*_unwrapped(bundled), *_installed(system)):
        characters = _characters(path)
        if {ord(letter) for letter in PROBE} <= characters:
            font_manager.fontManager.addfont(path)
            return Face(font_manager.get_font(path).family_name, characters | latin, "ko")
    return Face("DejaVu Sans", latin, "en")


def _unwrapped(folder: Path) -> list[Path]:
    """Return the folder's WOFF fonts as TrueType files that live until the program ends."""
    found = sorted(folder.glob("*Regular*.woff")) + sorted(folder.glob("*Bold*.woff"))
    if not found:
        return []
    place = Path(tempfile.mkdtemp(prefix="analytics-fonts-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    paths = []
    for file in found:
        paths.append(place / f"{file.stem}.ttf")
        with TTFont(file) as font:
            font.flavor = None
            font.save(paths[-1])
        if "Bold" in file.name:  # the family's second weight; the first one found decides
            font_manager.fontManager.addfont(paths[-1])
    return paths


def _installed(families: tuple[str, ...]) -> list[Path]:
    known = {font.name: Path(font.fname) for font in font_manager.fontManager.ttflist}
    return [known[name] for name in families if name in known]


def _characters(path: Path) -> frozenset[int]:
    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap())
    except (OSError, TTLibError):
        return frozenset()


def embedded_fonts(text: str, bundled: Path = BUNDLED) -> str:
    """Return @font-face rules with the bundled font cut to the characters of a text; "" where there is no font.

    A page so reads the same on a machine without a Korean font. (Pretendard: SIL Open Font License 1.1.)
    """
    rules = []
    for weight, file in (("400", "PretendardGOV-Regular.subset.woff"), ("700", "PretendardGOV-Bold.subset.woff")):
        if not (bundled / file).is_file():
            continue
        with TTFont(bundled / file, recalcTimestamp=False) as font:
            for table in LAYOUT & set(font.keys()):
                del font[table]
            options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
            cutter = subset.Subsetter(options)
            cutter.populate(text="".join(sorted(set(text))))
            cutter.subset(font)
            font.flavor = "woff"
            packed = BytesIO()
            font.save(packed)
        coded = base64.b64encode(packed.getvalue()).decode()
        rules.append(
            f'@font-face {{ font-family: "Pretendard GOV"; font-weight: {weight}; '
            f'src: url("data:font/woff;base64,{coded}") format("woff"); }}'
        )
    return "\n".join(rules)
