"""Places: what the codes of a row say, checked and made alike; and the unit in which a place lies.

A place is the codes of a row with the group of people (age, sex, foreigner) that it counts. The same place and
hour may be there once; the places of a unit are added up.
"""

import csv
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from .intern import Texts
from .sources import decode

DISTRICTS = Path(__file__).resolve().parents[1] / "data" / "districts.csv"
TOTALS = {"합계", "전체", "총계", "소계", "계", "TOTAL", "ALL", "SUM"}
EAST, NORTH = (700_000, 1_400_000), (1_300_000, 2_100_000)
"""Where Korea is in EPSG:5179 (UTM-K), metres."""
SIDES = (1_000, 500, 250, 100, 50)
ROMAN = (  # Seoul's districts in the order of their codes
    "Jongno Jung Yongsan Seongdong Gwangjin Dongdaemun Jungnang Seongbuk Gangbuk Dobong Nowon Eunpyeong Seodaemun "
    "Mapo Yangcheon Gangseo Guro Geumcheon Yeongdeungpo Dongjak Gwanak Seocho Gangnam Songpa Gangdong"
)
Clean = Callable[[str], str | None]
PROVINCE_ENDS = r"(특별시|광역시|특별자치시|특별자치도|시|도)$"


def _digits(pattern: str) -> Clean:
    compiled = re.compile(pattern, re.ASCII)

    def clean(text: str) -> str | None:
        match = compiled.fullmatch("".join(text.split()))
        return match[1] if match else None

    return clean


def _metres(low: int, high: int) -> Clean:
    def clean(text: str) -> str | None:
        try:
            value = float(text)
        except ValueError:
            return None
        return repr(value) if low <= value < high else None

    return clean


def _group(text: str) -> str | None:
    return None if text.strip().upper() in TOTALS else text


def _name(text: str) -> str | None:
    return text.strip() or None


KINDS: dict[str, tuple[Clean, str]] = {
    "dong": (_digits(r"(\d{8})(?:00)?"), "is not a dong code of 8 or 10 digits"),
    "gu": (_digits(r"(\d{5})(?:00000)?"), "is not a district code of 5 or 10 digits"),
    "block": (_digits(r"(\d{13,14})"), "is not an output-area code of 13 or 14 digits"),
    "cell": (_digits(r"([가-힣]{2}\d{8})"), "is not a grid cell such as 다사52505325"),
    "x": (_metres(*EAST), "is not metres east in EPSG:5179 (UTM-K)"),
    "y": (_metres(*NORTH), "is not metres north in EPSG:5179 (UTM-K)"),
    "province": (_name, "is empty"),
    "district": (_name, "is empty"),
    "id": (_name, "is empty"),
    "group": (_group, "is a total beside its parts"),
}
"""What a code may be: cleans it (None: it is not one), and says what is wrong with it."""


class Places:
    """All places of the files so far; those of different files are the same if their codes are."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        """Start without any; a place has a code of each of these kinds, in this order."""
        self.kinds = kinds
        self._texts = [Texts() for _ in kinds]
        self._cleaned: list[list[int]] = [[] for _ in kinds]  # of each text: the number of its code, −1 if none
        self._codes: list[dict[str, int]] = [{} for _ in kinds]
        self._places = Texts()

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self._places)

    def codes(self, column: int, text: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return for each row the number of its code in this column, or −1 for what is not of the kind."""
        texts, cleaned, codes = self._texts[column], self._cleaned[column], self._codes[column]
        found = texts.numbers(text, begin, end)
        clean, _ = KINDS[self.kinds[column]]
        for number in range(len(cleaned), len(texts)):
            code = clean(shown(texts[number]))
            cleaned.append(-1 if code is None else codes.setdefault(code, len(codes)))
        return np.array(cleaned, np.int32)[found]

    def no_codes(self, column: int, rows: int) -> np.ndarray:
        """Return the codes of a column that a file does not have: all people are in one group."""
        return np.full(rows, self._codes[column].setdefault("", len(self._codes[column])), np.int32)

    def numbers(self, codes: list[np.ndarray]) -> np.ndarray:
        """Return the place of each row, given its codes of all columns."""
        packed = np.ascontiguousarray(np.stack(codes, axis=1), np.int32)
        width = packed.shape[1] * packed.itemsize
        begin = np.arange(len(packed), dtype=np.int64) * width
        return self._places.numbers(packed.view(np.uint8).ravel(), begin, begin + width)

    def units(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the sorted codes of all units (text), and for each place the index of its unit."""
        raw = b"".join(self._places[number] for number in range(len(self)))
        packed = np.frombuffer(raw, np.int32).reshape(len(self), len(self.kinds))
        values = {
            kind: np.array(list(codes), object)[packed[:, column]]
            for column, (kind, codes) in enumerate(zip(self.kinds, self._codes, strict=True))
            if kind != "group"
        }
        return np.unique(_unit_codes(values), return_inverse=True)


def _unit_codes(values: dict[str, np.ndarray]) -> np.ndarray:
    if "x" in values:
        return cell_names(values["x"].astype(float), values["y"].astype(float))
    if "district" in values:
        pairs = zip(values["province"], values["district"], strict=True)
        return np.array([district_code(*pair) for pair in pairs], object)
    return list(values.values())[-1]


def cell_names(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the names of the cells with these centres or lower-left corners in EPSG:5179.

    They are centres where all of them lie half a side off the grid of the largest of SIDES of which that is so.
    """
    from ..geography.grid import encode  # geopandas takes its time to load, and only these files need it

    for side in SIDES:
        if np.all(x % side == side / 2) and np.all(y % side == side / 2):
            return encode(x - side / 2, y - side / 2)
    return encode(x, y)


def district_code(province: str, district: str) -> str:
    """Return the code of a district (시군구) named in Korean, Seoul's also in English; of others the names."""
    key = (re.sub(PROVINCE_ENDS, "", province), district.replace(" ", ""))
    return _districts().get(key, f"{province} {district}")


@lru_cache(maxsize=1)
def _districts() -> dict[tuple[str, str], str]:
    found = {}
    with open(DISTRICTS, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            province, _, district = row["name"].partition(" ")
            found[re.sub(PROVINCE_ENDS, "", province), district.replace(" ", "")] = row["mois"]
    seoul = sorted(code for code in found.values() if code.startswith("11"))
    return found | {("Seoul", f"{name}-gu"): code for name, code in zip(ROMAN.split(), seoul, strict=True)}


def shown(raw: bytes) -> str:
    """Return the text of a cell for people to read, whatever its bytes are."""
    try:
        return decode(raw)
    except UnicodeDecodeError:
        return raw.decode("ascii", "backslashreplace")
