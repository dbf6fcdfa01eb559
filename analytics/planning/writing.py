"""The plan folder of contract/plan.json: plan.json, plan.geojson, plan.csv, datapackage.json; whole or absent."""

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from ..folders import assert_can_be_made, put_in_place
from ..office_csv import harmless, office_csv
from ..refusals import OutputRefused
from ..tables import time_text
from .model import Plan, Sentence, Site, Stop, TeamRoute

CONTRACT = Path(__file__).parent.parent.parent / "contract" / "plan.json"
"""A cell that begins so is run by spreadsheet programs; it gets an apostrophe, as they show text."""


def contract() -> dict:
    """Return contract/plan.json."""
    return json.loads(CONTRACT.read_text(encoding="utf-8"))


def assert_replaceable(out: Path) -> None:
    """Refuse a folder that cannot be made, or is there and is neither empty nor a plan of ours."""
    assert_can_be_made(out)
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputRefused(f"{out}: is a file; name a folder for the plan")
    if any(out.iterdir()) and not _is_ours(out):
        raise OutputRefused(f"{out}: holds something else than a plan; name another folder")


def write_plan(out: Path, plan: Plan) -> Path:
    """Write the plan beside `out`, put it there in one step, and return `out`."""
    assert_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        document = as_document(plan)
        files = {
            "plan.json": json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
            "plan.geojson": json.dumps(_geojson(document), ensure_ascii=False, allow_nan=False) + "\n",
            "plan.csv": _csv(document["stops"]),
        }
        for name, text in files.items():
            (work / name).write_text(text, encoding="utf-8", newline="")
        package = json.dumps(_package(work, files, plan), ensure_ascii=False, indent=1) + "\n"
        (work / "datapackage.json").write_text(package, encoding="utf-8")
        put_in_place(work, out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return out


def as_document(plan: Plan) -> dict[str, object]:
    """Return plan.json: keys and order as contract/plan.json has them."""
    told = {
        "id": plan.plan_id,
        "as_of": plan.as_of,
        "created": time_text(plan.created),
        "seed": plan.seed,
        "result": plan.result,
        "code_version": plan.code_version,
        "parameters": plan.parameters,
        "agent": plan.agent,
        "warnings": [_sentence(each) for each in plan.warnings],
        "stops": [_stop(each) for each in plan.stops],
        "teams": [_team(each) for each in plan.teams],
        "sites": [_site(each) for each in plan.sites],
        "site_bound": {name: _json(value) for name, value in asdict(plan.bound).items()} if plan.bound else None,
        "sensitive": [asdict(each) for each in plan.sensitive],
    }
    return {name: told[name] for name in contract()["document"]}


def _stop(stop: Stop) -> dict[str, object]:
    told = {name: _json(getattr(stop, name)) for name in Stop.__dataclass_fields__ if name != "reason"}
    told["reason"] = [_sentence(each) for each in stop.reason]
    return {field["name"]: told[field["name"]] for field in contract()["tables"]["stops"]["schema"]["fields"]}


def _team(route: TeamRoute) -> dict[str, object]:
    told = {name: _json(getattr(route, name)) for name in TeamRoute.__dataclass_fields__}
    return told | {"stops": list(route.stops), "line": [list(point) for point in route.line]}


def _site(site: Site) -> dict[str, object]:
    told = {name: _json(getattr(site, name)) for name in Site.__dataclass_fields__ if name != "why"}
    told["from"] = told.pop("start")
    told["hours"] = [{name: _json(value) for name, value in asdict(hour).items()} for hour in site.hours]
    told["why"] = _sentence(site.why)
    return {field["name"]: told[field["name"]] for field in contract()["tables"]["sites"]["schema"]["fields"]}


def _sentence(one: Sentence) -> dict[str, object]:
    told: dict[str, object] = {"ko": one.ko, "en": one.en}
    if one.part:
        told |= {"part": one.part, "points": one.points}
    return told


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return time_text(value)
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _geojson(document: dict) -> dict[str, object]:
    """Return stops and sites as points and the teams' ways as lines; `layer` says which."""
    features = [_feature("stop", stop, _point(stop)) for stop in document["stops"]]
    for team in document["teams"]:
        if team["line"]:
            line = {"type": "LineString", "coordinates": team["line"]}
            features.append(_feature("team", {k: v for k, v in team.items() if k != "line"}, line))
    features += [_feature("site", site, _point(site)) for site in document["sites"]]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    return {"type": "FeatureCollection", "name": "plan", "crs": crs, "features": features}


def _feature(layer: str, properties: dict, geometry: dict) -> dict[str, object]:
    kept = {name: value for name, value in properties.items() if name not in ("lon", "lat")}
    return {"type": "Feature", "properties": {"layer": layer, **kept}, "geometry": geometry}


def _point(place: dict) -> dict[str, object]:
    return {"type": "Point", "coordinates": [place["lon"], place["lat"]]}


def _csv(stops: list[dict]) -> str:
    """Return the stops as the officer's list: planned ones by team and order, then the others by rank."""
    names = [field["name"] for field in contract()["tables"]["stops"]["schema"]["fields"]]
    rows: list[list[object]] = [list(names)]
    ordered = sorted(stops, key=lambda stop: (stop["team"] is None, stop["team"] or 0, stop["order"] or 0))
    for stop in ordered:
        cells = dict(stop, reason=" ".join(each["ko"] for each in stop["reason"]))
        rows.append([harmless(cells[name]) for name in names])
    return office_csv(rows)


def _package(work: Path, files: dict[str, str], plan: Plan) -> dict[str, object]:
    told = contract()
    resources = []
    for name in files:
        content = (work / name).read_bytes()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        resources.append({"name": name, "path": name, "bytes": len(content), "hash": digest})
    resources[-1]["rows"] = len(plan.stops)
    package = {"name": told["name"], "title": told["title"], "schema_version": told["schema_version"]}
    package |= {"as_of": plan.as_of, "created": time_text(plan.created), "code_version": plan.code_version}
    return package | {"resources": resources}


def _is_ours(folder: Path) -> bool:
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(package, dict) and package.get("name") == "plan" and "resources" in package
