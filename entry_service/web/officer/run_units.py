"""All units of a run in one compact answer: their shapes, and what hotspots.geojson says of each, by column."""

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from .result_folders import ResultFolder, stamp_of
from .unit_shapes import shapes

INDEX = "map/index.json"
STATUSES = ("hot", "not significant", "no data")
AGREEMENTS = ("both", "scan_only", "gi_only", "neither")
FIGURES = (
    *("observed", "distinct_persons", "expected", "relative_risk", "ci_low", "ci_high", "z", "q", "scan_p"),
    *("coverage", "visitor_coverage", "visitor_coverage_low", "visitor_coverage_high"),
)


class RunUnits(NamedTuple):
    """The units: codes in the order of everything sent, names by code, how many have each status, the answer."""

    codes: tuple[str, ...]
    names: dict[str, str]
    counts: Counter[str]
    content: bytes


def index_of(run: ResultFolder) -> dict | None:
    """Return what the run says of its layers by hour (map/index.json), or None where it has none."""
    file = run.path / INDEX
    return _read(file, stamp_of(file)) if file.is_file() else None


def units_of(run: ResultFolder) -> RunUnits:
    """Return the units.

    ``content`` is JSON. ``shapes`` has no codes where units are cells: they follow from the grid. ``names``:
    templates in which ``{}`` stands for the code, and the template of each unit. ``status`` and ``agreement`` are
    places in their lists. The figures (``FIGURES``) are of the units in ``told`` alone, which have any; null where
    one is missing.
    """
    file, index = run.path / "hotspots.geojson", run.path / INDEX
    with _lock(file):
        return _made(file, stamp_of(file), index, stamp_of(index) if index.is_file() else None)


@lru_cache(maxsize=8)
def _lock(file: Path) -> Lock:
    """Return what lets whoever asks while a run is worked out wait for it, instead of doing it again."""
    return Lock()


@lru_cache(maxsize=4)
def _read(file: Path, stamp: tuple[int, int]) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=3)
def _made(file: Path, stamp: tuple[int, int], index: Path, index_stamp: object) -> RunUnits:
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    given = _read(index, index_stamp)["unit_codes"] if index_stamp else ()
    place = {code: at for at, code in enumerate(given)}
    features.sort(key=lambda one: (place.get(code := one["properties"]["unit_code"], len(place)), code))
    units = [feature["properties"] for feature in features]
    codes = tuple(unit["unit_code"] for unit in units)
    content = {
        "shapes": shapes(codes, [feature["geometry"] for feature in features]),
        "names": _names(units),
        "statuses": STATUSES,
        "status": [STATUSES.index(unit["status"]) for unit in units],
        **_agreement(units),
        **_reasons(units),
        **_figures(units),
    }
    names = {unit["unit_code"]: unit.get("name") or unit["unit_code"] for unit in units}
    counts = Counter(unit["status"] for unit in units)
    return RunUnits(codes, names, counts, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def _names(units: list[dict]) -> dict:
    templates: dict[str, int] = {}
    of = [
        templates.setdefault((unit.get("name") or "").replace(unit["unit_code"], "{}"), len(templates))
        for unit in units
    ]
    return {"templates": list(templates), "of": of}


def _agreement(units: list[dict]) -> dict:
    """Return what scan and Gi* say together; a run that does not say is not spoken for."""
    if not any(unit.get("agreement") for unit in units):
        return {}
    known = {name: place for place, name in enumerate(AGREEMENTS)}
    return {"agreements": AGREEMENTS, "agreement": [known.get(unit.get("agreement") or "", -1) for unit in units]}


def _reasons(units: list[dict]) -> dict:
    reasons: dict[str, int] = {}
    of = [reasons.setdefault(unit.get("reason") or "", len(reasons)) for unit in units]
    return {"reasons": list(reasons), "reason": of}


def _figures(units: list[dict]) -> dict:
    told = [at for at, unit in enumerate(units) if any(unit.get(name) is not None for name in FIGURES)]
    columns = {name: [_short(units[at].get(name)) for at in told] for name in FIGURES}
    return {"told": told, "figures": columns}


def _short(value: float | None) -> float | None:
    """Return the figure with five significant digits, more than anybody reads."""
    return float(f"{value:.5g}") if isinstance(value, float) else value
