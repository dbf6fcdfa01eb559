"""The hourly layers of the map as small binary files: floating population, three-hour surge, difference.

map/index.json tells units, days, scale and grades; map/DAY/LAYER.i16.gz holds one layer of one day: little-endian
int16, hour after hour, units in the order of the index; value = round(people × scale).
"""

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from ..coverage import MASKED
from ..statistics.parallel import in_threads
from ..study import Study
from .day_kinds import kind_of_day, known_until, public_holidays
from .grades import grade_bounds, signed_bounds
from .hours import FootfallHours, footfall_hours
from .usual import compare_day, days_alike

MISSING, MASKED_VALUE = -32_768, -32_767
LARGEST = 32_000
FINEST = 100.0
"""A hundredth of a person is as fine as any source; larger cities take coarser steps, down the ladder."""
LAYERS = {"population": grade_bounds, "surge": signed_bounds, "difference": signed_bounds}
RESTS_ON = "rests_on"
SHIFT = 32_768  # from int16 to a position in a histogram


def write_layers(
    folder: Path, study: Study, progress: Callable[[int, int], None] = lambda done, of: None
) -> dict[str, object]:
    """Write index and layers into `folder` (made here); return the index."""
    hours = footfall_hours(study)
    masked = study.exposure.lacks(MASKED) if study.at_most is not None else None
    scale = scale_of(hours.population, hours.at_most)  # surge and difference subtract the most it can be
    folder.mkdir()

    def write(day: date) -> dict[str, np.ndarray]:
        compared = compare_day(hours, day)
        at = 24 * (day - study.days[0]).days
        hidden = masked[:, at : at + 24] if masked is not None else None
        (folder / day.isoformat()).mkdir()
        counted = {}
        for layer in LAYERS:
            packed = pack(getattr(compared, layer), scale, hidden)
            _write(folder / day.isoformat() / f"{layer}.i16.gz", packed)
            known = packed[packed > MASKED_VALUE].astype(np.int32) + SHIFT
            counted[layer] = np.bincount(known, minlength=2 * SHIFT)
        _write(folder / day.isoformat() / f"{RESTS_ON}.i16.gz", compared.rests_on.T.astype("<i2"))
        return counted

    found = in_threads(write, study.days, progress)
    values = (np.arange(2 * SHIFT) - SHIFT) / scale
    layers = {
        layer: {"scale": _plain(scale), "bounds": [_plain(b) for b in bounds(values, _sum(found, layer))]}
        for layer, bounds in LAYERS.items()
    }
    index = _index(study, hours, layers)
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    (folder / "index.json").write_text(text + "\n", encoding="utf-8")
    return index


def scale_of(*figures: np.ndarray) -> float:
    """Return steps a person: the largest of 100, 50, 20, 10, … with which the largest figure fits an int16."""
    largest = max((float(np.nanmax(one, initial=0.0)) for one in figures), default=0.0)
    ladder = (FINEST * step / 10**power for power in range(12) for step in (1.0, 0.5, 0.2))
    return next(scale for scale in ladder if largest * scale <= LARGEST)


def pack(values: np.ndarray, scale: float, masked: np.ndarray | None) -> np.ndarray:
    """Return 24 × units int16 of a layer (units × 24): missing is -32768, masked -32767, never zero."""
    rounded = np.rint(values * scale)
    packed = np.where(np.isfinite(values), rounded, MISSING)
    if masked is not None:
        packed[masked] = MASKED_VALUE
    return np.ascontiguousarray(packed.T).astype("<i2")


def _write(path: Path, packed: np.ndarray) -> None:
    path.write_bytes(gzip.compress(packed.tobytes(), compresslevel=1, mtime=0))


def _sum(found: list[dict[str, np.ndarray]], layer: str) -> np.ndarray:
    return np.sum([counted[layer] for counted in found], axis=0)


def _plain(number: float) -> float | int:
    return int(number) if float(number).is_integer() else number


def _going_on(study: Study) -> dict[str, object] | None:
    """Return the day that is not over, and how many of its hours have people; None where all days are whole."""
    if study.going_on is None:
        return None
    there = np.isfinite(study.exposure.population[:, -24:]) | study.exposure.lacks(MASKED)[:, -24:]
    come = np.flatnonzero(there.any(axis=0))
    return {"day": study.going_on.isoformat(), "hours": int(come[-1]) + 1 if len(come) else 0}


def _index(study: Study, hours: FootfallHours, layers: dict[str, object]) -> dict[str, object]:
    stood_in = study.stand_ins.stood_in
    return {
        "unit_codes": hours.codes.tolist(),
        "days": [day.isoformat() for day in study.days],
        "hours": 24,
        "layers": layers,
        "usual": {
            day.isoformat(): {
                "kind": kind_of_day(day),
                "days": [other.isoformat() for other in days_alike(hours, day)],
            }
            for day in study.days
        },
        "stood_in": [day.isoformat() for day in study.days if day in stood_in],
        "typical": [day.isoformat() for day in study.stand_ins.typical],
        "going_on": _going_on(study),
        "holidays": {day.isoformat(): name for day, name in public_holidays(study.days).items()},
        "holidays_known_until": known_until().isoformat(),
        "missing": MISSING,
        "masked": MASKED_VALUE,
    }
