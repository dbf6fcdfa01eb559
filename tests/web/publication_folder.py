"""A public folder and its register as the analytics make them, made without these: two dongs, two days."""

import csv
import hashlib
import io
import json
from pathlib import Path

TABLES = json.loads((Path(__file__).resolve().parents[2] / "contract" / "public.json").read_text(encoding="utf-8"))
COLUMNS = [field["name"] for field in TABLES["tables"]["counts"]["schema"]["fields"]]
DONGS = (("41410510", "군포1동", "hot", ""), ("41410520", "군포2동", "no data", "no_active_facility"))
DAYS = ("2020-08-12", "2020-08-13")


def write_public(folder: Path, **told: object) -> Path:
    """Write a whole publication; ``told``: what its public.json says besides."""
    folder.mkdir(parents=True)
    files = {
        "public.csv": "\ufeff" + _csv(),
        "public_hours.csv": "\ufeff" + _hours(),
        "public.geojson": json.dumps(_collection(), ensure_ascii=False),
        "public.json": json.dumps(_told() | told, ensure_ascii=False),
    }
    resources = []
    for name, text in files.items():
        raw = text.encode()
        (folder / name).write_bytes(raw)
        resources.append({"path": name, "bytes": len(raw), "hash": f"sha256:{hashlib.sha256(raw).hexdigest()}"})
    package = {"name": "public", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


def write_register(public: Path) -> Path:
    """Write the register beside a public folder: a first publication, and the one that is in the folder."""
    told = json.loads((public / "public.json").read_text(encoding="utf-8"))
    package = json.loads((public / "datapackage.json").read_text(encoding="utf-8"))
    facts = {"code_version": "test", "seed": 1, "parameters": {}, "profile": "log"}
    facts |= {name: told[name] for name in ("as_of", "created", "period", "k", "days_after", "cells")}
    names = {dong[0]: dong[1] for dong in DONGS}
    now = {dong[0]: dong[2] for dong in DONGS}
    before = facts | {"as_of": "2020-08-30T00:00:00+09:00", "created": "2020-08-30T01:00:00+09:00"}
    old = {"number": 1, **before, "days": {"entries": ["2020-08-11", DAYS[0]]}, "names": names}
    old |= {"words": now | {"41410510": "not significant"}, "new": {"entries": {"2020-08-11": "", DAYS[0]: ""}}}
    new = {"number": 2, **facts, "days": told["days"], "names": names, "words": now}
    new |= {"new": {"entries": {DAYS[1]: ""}, "index_visits": {DAYS[0]: ""}}}
    folder, last, lines = public.with_name("public-register"), "", []
    for line in (old, new):
        line["files"] = {one["path"]: {"bytes": one["bytes"], "hash": one["hash"]} for one in package["resources"]}
        lines.append(json.dumps(line | {"before": last}, ensure_ascii=False).encode() + b"\n")
        last = hashlib.sha256(lines[-1]).hexdigest()
    folder.mkdir()
    (folder / "register.jsonl").write_bytes(b"".join(lines))
    return folder


def _hours() -> str:
    rows = [f"{DAYS[0]},41410510,군포1동,30,published", f"{DAYS[0]},41410520,군포2동,,withheld"]
    rows += [f"{DAYS[0]},all,전체,20,published"]
    return "\r\n".join(["day,dong_code,dong,unlogged,unlogged_status", *rows, ""])


def _csv() -> str:
    told = io.StringIO(newline="")
    table = csv.writer(told, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for day in DAYS:
        visits = ["12", "published"] if day == DAYS[0] else ["", "not yet"]
        for code, name in (("41410510", "군포1동"), ("41410520", "군포2동"), ("all", "전체")):
            for category in ("library", "all"):
                entries = ["1234", "published"] if code != "41410520" else ["", "withheld"]
                table.writerow([day, code, name, category, *entries, *visits])
    return told.getvalue()


def _collection() -> dict:
    features = []
    for number, (code, name, word, reason) in enumerate(DONGS):
        west, north = 126.92 + 0.02 * number, 37.36
        ring = [[west, 37.34], [west + 0.02, 37.34], [west + 0.02, north], [west, north], [west, 37.34]]
        facts = {"dong_code": code, "name": name, "word": word, "reason": reason}
        facts |= {"first_day": "2020-08-03", "last_day": "2020-08-30", "as_of": "2020-08-31T00:00:00+09:00"}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "id": code, "properties": facts, "geometry": geometry})
    return {"type": "FeatureCollection", "name": "public", "features": features}


def _told() -> dict:
    keys = ("dong_code", "name", "word", "reason")
    return {
        "name": "public",
        "number": 2,
        "schema_version": TABLES["schema_version"],
        "as_of": "2020-08-31T00:00:00+09:00",
        "created": "2020-08-31T01:00:00+09:00",
        "period": {"first_day": "2020-08-03", "last_day": "2020-08-30"},
        "k": 10,
        "days_after": {"entries": 2, "index_visits": 14},
        "cells": {"entries": {"published": 8, "withheld": 4}, "index_visits": {"published": 6, "not yet": 6}},
        "days": {"entries": list(DAYS), "index_visits": [DAYS[0]]},
        "categories": ["library"],
        "dongs": [dict(zip(keys, dong, strict=True)) for dong in DONGS],
        "rules": [],
    }
