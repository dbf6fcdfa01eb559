"""The written extract against contract/extract.json, read with nothing but csv, gzip, json and hashlib."""

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from entry_service.demo.build import SEED, build
from entry_service.settings import Settings

CONTRACT = json.loads((Path(__file__).resolve().parents[2] / "contract" / "extract.json").read_text("utf-8"))
WRITTEN = [name for name, table in CONTRACT["tables"].items() if not table.get("optional")]
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return the extract of a small demo city."""
    var = tmp_path_factory.mktemp("city") / "var"
    build(
        Settings(var=var, demo=True),
        now=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        seed=SEED,
        scale=0.02,
        days=3,
    )
    return var / "extract" / "demo"


@pytest.fixture(scope="module")
def package(folder) -> dict[str, Any]:
    return json.loads((folder / "datapackage.json").read_text("utf-8"))


def read(folder: Path, path: str) -> list[dict[str, str]]:
    stored = (folder / path).read_bytes()
    text = gzip.decompress(stored) if path.endswith(".gz") else stored
    return list(csv.DictReader(text.decode("utf-8").splitlines(), strict=True))


@pytest.fixture(scope="module")
def tables(folder, package) -> dict[str, list[dict[str, str]]]:
    """Return the rows of each table, of all its files together."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for resource in package["resources"]:
        found[resource["table"]] += read(folder, resource["path"])
    return found


def value(text: str, field: dict[str, Any]) -> Any:
    """Return the typed value, None where empty; fail where the contract does not allow it."""
    rules = field.get("constraints", {})
    if "enum" in rules:
        assert text in rules["enum"]
        return text
    if text == "":
        assert not rules.get("required"), field["name"]
        return None
    typed = {
        "string": str,
        "integer": int,
        "number": float,
        "boolean": lambda word: {"true": True, "false": False}[word],
        "datetime": lambda word: datetime.strptime(word, field["format"]),  # noqa: DTZ007 - the format has %z
    }[field["type"]](text)
    assert rules.get("minimum", typed) <= typed <= rules.get("maximum", typed), (field["name"], text)
    return typed


def values(rows: list[dict[str, str]], table: str) -> Iterator[dict[str, Any]]:
    fields = CONTRACT["tables"][table]["schema"]["fields"]
    for row in rows:
        yield {field["name"]: value(row[field["name"]], field) for field in fields}


@pytest.mark.parametrize(
    "table", [name for name, table in CONTRACT["tables"].items() if not table.get("optional")]
)
def test_every_row_has_the_columns_types_and_limits_of_the_contract(tables, table):
    names = [field["name"] for field in CONTRACT["tables"][table]["schema"]["fields"]]
    assert tables[table]
    assert all(list(row) == names for row in tables[table])
    key = CONTRACT["tables"][table]["schema"].get("primaryKey")
    typed = list(values(tables[table], table))
    if key:
        assert len({tuple(row[name] for name in key) for row in typed}) == len(typed)


def test_times_are_korean_and_the_hours_are_those_of_their_file(folder, package):
    days = [resource["path"] for resource in package["resources"] if resource["table"] == "facility_hours"]
    assert days == [f"facility_hours/2020-08-0{day}.csv.gz" for day in (1, 2, 3)]
    for path in days:
        hours = {row["hour"] for row in read(folder, path)}
        assert hours == {f"{path[15:25]}T{hour:02}:00:00+09:00" for hour in range(24)}


def test_files_rows_sizes_and_hashes_are_as_listed(folder, package):
    listed = {resource["path"]: resource for resource in package["resources"]}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(listed) == present - {"datapackage.json"}
    for path, resource in listed.items():
        stored = (folder / path).read_bytes()
        assert resource["bytes"] == len(stored)
        assert resource["hash"] == f"sha256:{sha256(stored).hexdigest()}"
        assert resource["rows"] == len(read(folder, path))
    assert package["schema_version"] == CONTRACT["schema_version"]
    assert package["profile"] in CONTRACT["profiles"]


def test_counts_are_empty_exactly_where_missing_says_why(tables):
    for row in tables["facility_hours"]:
        for column in ("entries", "person_minutes", "exposed"):
            assert (row[column] == "") == (row["missing"] != "")


def test_index_columns_are_the_aggregate_of_the_index_visits(tables):
    expected: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for visit in values(tables["index_visits"], "index_visits"):
        hour = visit["start"].replace(minute=0, second=0)
        while hour < visit["end"]:
            expected[visit["facility_id"], hour].append(visit["ordinal"])
            hour += HOUR
    for row in values(tables["facility_hours"], "facility_hours"):
        who = expected.get((row["facility_id"], row["hour"]), [])
        assert (row["index_visits"], row["index_persons"]) == (len(who), len(set(who)))


def test_index_visits_are_at_known_places_within_the_period_and_known_by_then(tables, package):
    as_of, start, end = (datetime.fromisoformat(package[name]) for name in ("as_of", "start", "end"))
    places = {row["facility_id"] for row in tables["facilities"]}
    assert {row["facility_id"] for row in tables["facility_hours"]} == places
    for visit in values(tables["index_visits"], "index_visits"):
        assert visit["facility_id"] in places
        assert visit["start"] < visit["end"]
        assert visit["start"] < end
        assert start < visit["end"]
        assert visit["known_at"] <= as_of


def test_exposed_appear_only_where_an_index_visit_was(tables):
    exposed = [row for row in tables["facility_hours"] if row["exposed"] not in ("", "0")]
    assert exposed
    assert all(row["index_visits"] != "0" for row in exposed)
    assert max(int(row["exposed"]) for row in exposed) >= 15  # the guests of the planted evening
