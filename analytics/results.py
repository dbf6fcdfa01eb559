"""The result folder: the tables of contract/results.json, the summary, the maps; it appears only when complete."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from .facility_table import facility_table
from .findings import Findings
from .folders import assert_can_be_made, put_in_place
from .footfall import write_layers
from .outputs import MAPS, draw
from .refusals import OutputRefused
from .result_tables import CONTRACT, columns, write_clusters, write_geojson, write_table, write_text
from .study import Study
from .unit_hours import write_unit_hours

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


def write_results(out: Path, findings: Findings, progress: Progress = lambda step, done, of: None) -> Path:
    """Write everything into a hidden folder and then put it at `out` in one step; return `out`.

    A thread draws the maps while the tables are written here. (A process of its own, tried, won no time at 100 m
    and 5 % at 50 m.) A complete result folder of ours that is there already is replaced, anything else is refused
    (OutputRefused).
    """
    assert_replaceable(out)
    study, verdict, summary = findings.study, findings.verdict, findings.summary
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        units = study.units[["geometry"]].join(verdict.units).join(findings.visitors.units)
        with ThreadPoolExecutor(1) as other:
            drawn = [other.submit(draw, name, work, units, verdict, summary) for name in MAPS]
            drawn.append(other.submit(write_geojson, work / "hotspots.geojson", units))
            try:
                _write_tables(work, findings, progress)
                for done, map_ in enumerate(drawn, start=1):
                    map_.result()
                    progress("maps", done, len(drawn))
            finally:
                for map_ in drawn:
                    map_.cancel()
                wait(drawn)  # nobody writes into a folder that is being put in place, or taken away
        write_text(work / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1, allow_nan=False))
        _write_package(work, study, summary)
        put_in_place(work, out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return out


def _write_tables(work: Path, findings: Findings, progress: Progress) -> None:
    study, verdict = findings.study, findings.verdict
    write_clusters(work / "clusters.csv", verdict.clusters)
    write_table(work / "coverage.csv", findings.visitors.hours[columns("coverage")])
    write_table(work / "facility_risk.csv", facility_table(study)[columns("facility_risk")])
    write_table(work / "blind_spots.csv", findings.blind_spots[columns("blind_spots")])
    write_table(work / "emerging.csv", findings.emerging[columns("emerging")])
    write_unit_hours(work / "unit_hours", study, verdict, lambda done, of: progress("unit_hours", done, of))
    write_layers(work / "map", study, lambda done, of: progress("footfall", done, of))


def _write_package(folder: Path, study: Study, summary: dict[str, object]) -> None:
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    package = {"name": contract["name"], "schema_version": contract["schema_version"]}
    package |= {key: summary[key] for key in ("as_of", "created", "code_version", "profile")}
    package["resources"] = [_resource(path, folder, study) for path in files]
    write_text(folder / "datapackage.json", json.dumps(package, ensure_ascii=False, indent=1))


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


def _is_ours(folder: Path) -> bool:
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(package, dict) and package.get("name") == "results" and "resources" in package
