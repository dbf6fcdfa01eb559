"""The hourly layers and tables of a run, added to the folder of result_fixture without any analytics."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np

from .result_fixture import DAYS, HOT, columns

MISSING, MASKED, SCALE = -32_768, -32_767, 10
SURGING = HOT[0]  # gains most in the three hours before 19:00 of the first day
BOUNDS = {"population": [10, 20, 40, 80, 120, 160, 240, 400, 800], "surge": [-40, -20, -10, -5, 0, 5, 10, 20, 40]}
BLIND, EMERGING = "다사49752925", {HOT[0]: "new_hot", HOT[1]: "sporadic_hot", "다사49752925": "persistent_cold"}


def add_layers(folder: Path) -> Path:
    """Write map/, blind_spots.csv and emerging.csv; tell of each unit whether scan and Gi* agree."""
    collection = json.loads((folder / "hotspots.geojson").read_text(encoding="utf-8"))
    units = [feature["properties"] for feature in collection["features"]]
    for unit in units:
        hot = unit["status"] == "hot"
        unit["agreement"] = ("both" if hot else "neither") if unit["status"] != "no data" else ""
    (folder / "hotspots.geojson").write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    codes = sorted(unit["unit_code"] for unit in units)  # in another order than the features
    before = None
    for day in DAYS:
        people = _people(folder / "unit_hours" / f"{day}.csv.gz", codes)
        known = np.vstack([np.full((3, len(codes)), np.nan) if before is None else before[-3:], people])
        surge = known[3:] - known[:-3]
        surge[19, codes.index(SURGING)] = 500
        usual = np.full_like(people, np.nan) if before is None else people - before
        for layer, values in {"population": people, "surge": surge, "difference": usual}.items():
            _write(folder / "map" / str(day) / f"{layer}.i16.gz", values, people)
        before = people
    layers = {
        name: {"scale": SCALE, "bounds": BOUNDS.get(name, BOUNDS["surge"])} for name in (*BOUNDS, "difference")
    }
    index = {"unit_codes": codes, "days": [str(day) for day in DAYS], "hours": 24, "layers": layers}
    index |= {"usual": {str(day): {"kind": "weekday", "days": [str(DAYS[0])]} for day in DAYS}}
    index |= {"holidays": {str(DAYS[1]): "임시공휴일"}, "missing": MISSING, "masked": MASKED}
    (folder / "map" / "index.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    _write_tables(folder)
    return folder


def _people(file: Path, codes: list[str]) -> np.ndarray:
    people = np.full((24, len(codes)), np.nan)
    place = {code: at for at, code in enumerate(codes)}
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if row["population"]:
                people[int(row["hour"][11:13]), place[row["unit_code"]]] = float(row["population"])
    return people


def _write(file: Path, values: np.ndarray, people: np.ndarray) -> None:
    packed = np.where(np.isfinite(values), np.rint(values * SCALE), MISSING)
    packed[np.isnan(people)] = MASKED
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(packed.astype("<i2").tobytes(), mtime=0))


def _write_tables(folder: Path) -> None:
    blind = dict.fromkeys(columns("blind_spots"), "")
    blind |= {"rank": 1, "unit_code": BLIND, "unseen_person_hours": 9000, "person_hours": 10000, "share_seen": 0.1}
    blind |= {"hours": 40, "masked_hours": 0, "facilities": 1, "busiest_hour": 18, "people_unseen_then": 420}
    _write_table(folder / "blind_spots.csv", "blind_spots", [blind])
    empty = dict.fromkeys(columns("emerging"), "") | {"days": 0, "hot_days": 0, "cold_days": 0}
    pattern = empty | {"days": 14, "hot_days": 3, "z": 3.2, "q": 0.01}
    rows = [pattern | {"unit_code": code, "category": category} for code, category in EMERGING.items()]
    unknown = empty | {"unit_code": "다사49502925", "reason": "no_data"}
    _write_table(folder / "emerging.csv", "emerging", [*rows, unknown])


def _write_table(file: Path, table: str, rows: list[dict]) -> None:
    with open(file, "w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns(table))
        writer.writeheader()
        writer.writerows(rows)


def let_go_on(folder: Path, hours: int, *, until: str) -> Path:
    """Let the last day of the run go on: so many of its hours have people, the log has those before ``until``.

    The differences of every day rest on three days.
    """
    day = DAYS[-1]
    for layer in (*BOUNDS, "difference"):
        file = folder / "map" / str(day) / f"{layer}.i16.gz"
        values = np.frombuffer(gzip.decompress(file.read_bytes()), "<i2").reshape(24, -1).copy()
        values[hours:] = MISSING
        file.write_bytes(gzip.compress(values.tobytes(), mtime=0))
    for one in DAYS:
        rests_on = np.full(values.shape, 3, "<i2")
        (folder / "map" / str(one) / "rests_on.i16.gz").write_bytes(gzip.compress(rests_on.tobytes(), mtime=0))
    index, summary = (json.loads((folder / name).read_text()) for name in ("map/index.json", "summary.json"))
    index["going_on"] = {"day": str(day), "hours": hours}
    summary["period"] = {"first_day": str(DAYS[0]), "last_day": str(day), "until": until}
    for name, content in (("map/index.json", index), ("summary.json", summary)):
        (folder / f"{name}.new").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        (folder / f"{name}.new").replace(folder / name)
    return folder
