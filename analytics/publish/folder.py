"""The public folder: written beside its place, read again as a stranger would, audited, then put in place."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..extract_reading import contract
from ..folders import assert_can_be_made, put_in_place
from ..office_csv import office_csv
from ..refusals import NotPublished, OutputRefused
from .audit import exposed
from .counts import ENTRIES, MEASURES, Rules
from .earlier import HOURS, is_public, read_hours, read_rows
from .hours import Hours, assert_hours_protected
from .rows import KEY, PUBLISHED, WITHHELD, Kept, Tables, problem_of_day
from .tables import ALL, Problem, Table
from .words import areas_only

ALL_DONGS = "전체"


def assert_replaceable(out: Path) -> None:
    """Refuse a folder that cannot be made, or is there and is neither empty nor a public result."""
    assert_can_be_made(out)
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not is_public(out)):
        raise OutputRefused(f"{out}: holds something else than a public result; name another folder")


def write_publication(
    out: Path,
    rows: pd.DataFrame,
    hours: Hours,
    dongs: gpd.GeoDataFrame,
    told: dict[str, object],
    tables: Tables,
    rules: Rules,
    kept: Kept,
    register: Callable[[dict[str, object]], None],
) -> Path:
    """Write public.json, public.csv, public_hours.csv, public.geojson and datapackage.json; return `out`.

    Parameters
    ----------
    rows, hours : rows.rows_of_days, hours.hours_of_days
    dongs : index dong_code; `name`, `word`, `reason`, geometry
    told : what public.json says
    tables, kept : what the audit compares with what was written
    register : called with datapackage.json once all is audited, before the folder takes its place

    Raises
    ------
    NotPublished
        The audit found a protected count that is told or can be worked out, or a figure that was out before and
        would change. Nothing is written then.
    """
    assert_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        (work / "public.csv").write_text(_csv(rows, dongs["name"]), encoding="utf-8", newline="")
        assert_nothing_exposed(read_rows(work / "public.csv"), tables, rules, kept)
        (work / HOURS).write_text(_hours_csv(hours.rows, dongs["name"]), encoding="utf-8", newline="")
        assert_hours_protected(read_hours(work / HOURS), hours, kept)
        (work / "public.geojson").write_text(_geojson(dongs, told), encoding="utf-8")
        (work / "public.json").write_text(_json(told), encoding="utf-8")
        package = _package(
            work, told, {"public.csv": len(rows), HOURS: len(hours.rows), "public.geojson": len(dongs)}
        )
        (work / "datapackage.json").write_text(_json(package), encoding="utf-8")
        register(package)
        put_in_place(work, out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return out


def assert_nothing_exposed(rows: pd.DataFrame, tables: Tables, rules: Rules, kept: Kept) -> None:
    """Judge the rows of a public.csv against the true tables; raise NotPublished where one tells too much."""
    for day, of_day in rows.groupby("day"):
        at = of_day.set_index(KEY[1:])
        for measure in MEASURES:
            shown = at[at[f"{measure}_status"].isin([PUBLISHED, WITHHELD])][[measure, f"{measure}_status"]]
            if (measure, day) in kept:
                if not shown.sort_index().equals(kept[measure, day].sort_index()):
                    raise NotPublished(f"{measure} of {day}: differs from what was published before")
            elif len(shown):
                entries = at[[ENTRIES, f"{ENTRIES}_status"]]
                problem = problem_of_day(tables, measure, day, rules, entries)
                _assert_table(tables[measure, day], problem, shown, measure, f"{measure} of {day}")


def _assert_table(table: Table, problem: Problem, shown: pd.DataFrame, measure: str, what: str) -> None:
    shown = shown.reindex(pd.MultiIndex.from_tuples(table.keys))
    withheld = (shown[f"{measure}_status"] == WITHHELD).to_numpy()
    figures = shown[measure].to_numpy(dtype=float, na_value=np.nan)
    if (np.isnan(figures) != withheld).any() or (figures[~withheld] != table.counts[~withheld]).any():
        raise NotPublished(f"{what}: what was written is not what was counted")
    found = set(exposed(problem, np.concatenate([withheld, problem.hidden[len(withheld) :]])))
    if found:
        raise NotPublished(f"{what}: {len(found)} protected counts could be worked out; nothing is published")


def _csv(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return public.csv as office programs open it: UTF-8 with a mark, CRLF."""
    return _table(rows, names, "counts")


def _hours_csv(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    return _table(rows, names, "hours")


def _table(rows: pd.DataFrame, names: Mapping[str, str], table: str) -> str:
    columns = [field["name"] for field in contract("public")["tables"][table]["schema"]["fields"]]
    named = rows.assign(dong=[ALL_DONGS if code == ALL else names[code] for code in rows["dong_code"]])
    rows_of = named[columns].itertuples(index=False)
    return office_csv([columns, *(["" if cell is pd.NA else cell for cell in row] for row in rows_of)])


def _geojson(dongs: gpd.GeoDataFrame, told: dict[str, object]) -> str:
    areas = dongs.geometry.map(areas_only).to_crs("OGC:CRS84").set_precision(1e-6, mode="pointwise")
    shapes = json.loads(areas.to_json())
    same = told["judged"] or {**told["period"], "as_of": told["as_of"]}
    features = [
        {
            "type": "Feature",
            "id": code,
            "properties": {"dong_code": code, **{name: row[name] for name in ("name", "word", "reason")}, **same},
            "geometry": shape["geometry"],
        }
        for (code, row), shape in zip(dongs.iterrows(), shapes["features"], strict=True)
    ]
    collection = {"type": "FeatureCollection", "name": "public", "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _json(told: dict[str, object]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _package(folder: Path, told: dict[str, object], counts: dict[str, int]) -> dict[str, object]:
    resources = []
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        entry = {"name": path.stem, "path": path.name, "bytes": len(content)}
        entry["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
        resources.append(entry | ({"rows": counts[path.name]} if path.name in counts else {}))
    same = {key: told[key] for key in ("as_of", "created", "code_version", "profile", "schema_version")}
    return {"name": "public", **same, "resources": resources}
