"""The result folder: the tables of contract/results.json, the summary, the maps; it appears only when complete."""

import gzip
import hashlib
import json
import math
import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from .coverage import WORDS
from .facility_table import facility_table
from .folders import assert_can_be_made, put_in_place
from .outputs.gpkg import write_gpkg
from .outputs.map_html import write_html
from .outputs.map_png import write_png
from .refusals import OutputRefused
from .statistics.parallel import in_threads
from .study import Study
from .tables import by_date
from .verdict import Verdict

CONTRACT = Path(__file__).parent.parent / "contract" / "results.json"
DIGITS = 8  # significant digits of a number in a table
Progress = Callable[[str, int, int], None]


def assert_replaceable(out: Path) -> None:
    """Refuse a folder that cannot be made, or is there and is neither empty nor a result folder of ours."""
    assert_can_be_made(out)
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputRefused(f"{out}: is a file; name a folder for the results")
    if any(out.iterdir()) and not _is_ours(out):
        raise OutputRefused(f"{out}: holds something else than results; name another folder")


def write_results(
    out: Path,
    study: Study,
    verdict: Verdict,
    summary: dict[str, object],
    progress: Progress = lambda step, done, of: None,
) -> Path:
    """Write everything beside `out` and then put it there in one step; return `out`.

    A complete result folder of ours that is there already is replaced, anything else is refused (OutputRefused).
    """
    assert_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        seen = study.visitor_coverage(summary["seed"])
        units = study.units[["geometry"]].join(verdict.units).join(seen.units)
        shown = units.to_crs("OGC:CRS84")
        _write_geojson(work / "hotspots.geojson", shown)
        _write_clusters(work / "clusters.csv", verdict.clusters)
        _write_table(work / "coverage.csv", seen.hours[columns("coverage")])
        _write_table(work / "facility_risk.csv", facility_table(study)[columns("facility_risk")])
        _write_hours(work / "unit_hours", study, verdict, progress)
        for done, (name, write) in enumerate(
            (("hotspots.gpkg", write_gpkg), ("map.html", write_html), ("map.png", write_png)), start=1
        ):
            write(work / name, units, verdict, summary)
            progress("maps", done, 3)
        _write_text(work / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1, allow_nan=False))
        _write_package(work, study, summary)
        put_in_place(work, out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return out


def columns(table: str) -> list[str]:
    """Return the columns of one table of contract/results.json, in its order."""
    tables = json.loads(CONTRACT.read_text(encoding="utf-8"))["tables"]
    return [field["name"] for field in tables[table]["schema"]["fields"]]


def unit_hours(study: Study, visits: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return the rows of one day, units × hours: who was there, what could be seen, and the index visits by hour.

    `index_visits` is empty on a unit's day with a visit known only by date (no hour is invented), and where there
    is no figure. It and `entries` are empty in the unlisted hours of the study.
    """
    exposure = study.exposure
    first = (day - study.days[0]).days * 24
    at = slice(first, first + 24)
    shape = (len(exposure.codes), 24)
    counts = _visits_by_hour(exposure.codes, exposure.hours[at], visits)
    why = exposure.why[:, at]
    counts[why > 0] = np.nan
    entries = exposure.entries[:, at].copy() if exposure.entries is not None else np.full(shape, np.nan)
    for figures in (entries, counts):
        figures[study.unlisted[:, at]] = np.nan
    return pd.DataFrame(
        {
            "unit_code": pd.Categorical.from_codes(np.repeat(np.arange(shape[0]), 24), exposure.codes),
            "hour": pd.Categorical.from_codes(
                np.tile(np.arange(24), shape[0]), [hour.isoformat() for hour in exposure.hours[at]]
            ),
            "population": exposure.population[:, at].ravel(),
            "observable": exposure.observable[:, at].ravel(),
            "entries": pd.array(entries.ravel(), dtype="Int64"),
            "index_visits": pd.array(counts.ravel(), dtype="Int64"),
            "missing": pd.Categorical.from_codes(why.ravel(), WORDS),
        }
    )[columns("unit_hours")]


def _visits_by_hour(codes: pd.Index, hours: pd.DatetimeIndex, visits: pd.DataFrame) -> np.ndarray:
    counts = np.zeros((len(codes), len(hours)))
    row = codes.get_indexer(visits["unit"])
    begin, end, starts = (
        pd.DatetimeIndex(times).as_unit("ns").asi8 for times in (visits["start"], visits["end"], hours)
    )
    step = pd.Timedelta(hours=1).value
    overlaps = (begin[:, None] < starts + step) & (end[:, None] > starts)
    whole_day = by_date(visits).to_numpy()
    np.add.at(counts, row[~whole_day], overlaps[~whole_day].astype(float))
    counts[row[whole_day & overlaps.any(axis=1)]] = np.nan
    return counts


def _write_hours(folder: Path, study: Study, verdict: Verdict, progress: Progress) -> None:
    folder.mkdir()

    def write(day: date) -> None:
        rows = unit_hours(study, verdict.visits, day)
        lines = zip(*(_cells(rows[name]) for name in rows.columns), strict=True)
        text = "\n".join([",".join(rows.columns), *map(",".join, lines), ""])
        packed = gzip.compress(text.encode(), compresslevel=4, mtime=0)
        (folder / f"{day.isoformat()}.csv.gz").write_bytes(packed)

    in_threads(write, study.days, lambda done, of: progress("unit_hours", done, of))


def _cells(column: pd.Series) -> list[str]:
    """Return the cells of a column of a large table as CSV has them: every distinct value is written once."""
    group, distinct = pd.factorize(column)
    if is_float_dtype(distinct.dtype):
        texts = [f"%.{DIGITS}g" % value for value in distinct.tolist()]
    else:
        texts = [_quoted(str(value)) for value in distinct.tolist()]
    return np.array([*texts, ""], object)[group].tolist()


def _quoted(text: str) -> str:
    plain = not any(sign in text for sign in ',"\r\n')
    return text if plain else '"' + text.replace('"', '""') + '"'


def _write_clusters(path: Path, clusters: pd.DataFrame) -> None:
    table = clusters.assign(members=[" ".join(members) for members in clusters["members"]])
    _write_table(path, table.replace({math.inf: np.nan})[columns("clusters")])


def _write_table(path: Path, table: pd.DataFrame) -> None:
    _write_text(path, table.to_csv(index=False, float_format=f"%.{DIGITS}g"))


def _write_geojson(path: Path, units) -> None:
    names = columns("hotspots")
    table = units.drop(columns="geometry").rename_axis("unit_code").reset_index()[names]
    shapes = json.loads(units.geometry.set_precision(1e-7, mode="pointwise").to_json())["features"]
    features = [
        {
            "type": "Feature",
            "properties": {name: _json(row[name]) for name in names},
            "geometry": shape["geometry"],
        }
        for row, shape in zip(table.to_dict("records"), shapes, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    collection = {"type": "FeatureCollection", "name": "hotspots", "crs": crs, "features": features}
    _write_text(path, json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _json(value: object) -> object:
    """Return a table's value as JSON: no figure, or an infinite one, is null."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value


def _write_package(folder: Path, study: Study, summary: dict[str, object]) -> None:
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    package = {"name": contract["name"], "schema_version": contract["schema_version"]}
    package |= {key: summary[key] for key in ("as_of", "created", "code_version", "profile")}
    package["resources"] = [_resource(path, folder, study) for path in files]
    _write_text(folder / "datapackage.json", json.dumps(package, ensure_ascii=False, indent=1))


def _resource(path: Path, folder: Path, study: Study) -> dict[str, object]:
    name, content = path.relative_to(folder).as_posix(), path.read_bytes()
    table = name.endswith((".csv.gz", ".csv", ".geojson"))
    title = name.split(".")[0].replace("/", "-") if table else name
    found: dict[str, object] = {"name": title, "path": name, "bytes": len(content)}
    found["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if name.endswith(".csv.gz"):
        found["rows"] = 24 * len(study.units)
    elif name.endswith(".csv"):
        found["rows"] = content.count(b"\n") - 1
    elif name == "hotspots.geojson":
        found["rows"] = len(study.units)
    return found


def _write_text(path: Path, text: str) -> None:
    path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


def _is_ours(folder: Path) -> bool:
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(package, dict) and package.get("name") == "results" and "resources" in package
