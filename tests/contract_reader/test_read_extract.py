"""An extract is read only as its datapackage.json vouches for it; all else is refused with file, line, field."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.contract import ExtractRefused, read_extract
from analytics.tables import parse_table

from .folders import HOURS, at, change, edit, written


def refusal(folder: Path) -> ExtractRefused:
    with pytest.raises(ExtractRefused) as refused:
        read_extract(folder)
    return refused.value


def test_what_is_written_is_read_back_with_types(folder):
    extract = read_extract(folder)
    assert (extract.profile, extract.as_of, extract.start, extract.end) == ("log", at(16), at(13), at(15))
    assert extract.facilities.dtypes.astype(str).to_dict() == {
        "facility_id": "str",
        "category": "str",
        "lon": "float64",
        "lat": "float64",
        "area_m2": "float64",
        "capacity": "Int64",
        "risk_score": "Int64",
        "stage": "Int64",
        "sensitive": "bool",
    }
    assert str(extract.facility_hours["hour"].dtype) == "datetime64[us, Asia/Seoul]"
    assert str(extract.index_visits["ordinal"].dtype) == "int64"
    assert extract.facilities["category"].tolist() == ["library", '노래방, "큰"']
    assert extract.facility_hours["entries"].isna().tolist() == [True, False] * 4
    assert extract.facility_hours["missing"].tolist() == ["closed", ""] * 4
    assert extract.index_visits["start"].tolist() == [at(13, 9), at(13)]
    assert extract.package["code_version"] == "test"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "results"}, "name"),
        ({"schema_version": "2.0"}, "schema_version"),
        ({"schema_version": "one"}, "schema_version"),
        ({"schema_version": None}, "schema_version"),
        ({"profile": "diary"}, "profile"),
        ({"as_of": "2020-08-16"}, "as_of"),
        ({"as_of": "2020-08-16T00:00:00+00:00"}, "as_of"),
        ({"start": "2020-08-16T00:00:00"}, "start"),
        ({"end": None}, "end"),
        ({"end": "2020-08-13T00:00:00+09:00"}, "end"),
        ({"resources": "all"}, "resources"),
        ({"resources": []}, "resources"),
    ],
)
def test_a_package_that_cannot_be_understood_is_refused_by_field(folder, facts, field):
    edit(folder, **facts)
    refused = refusal(folder)
    assert (refused.file, refused.line, refused.field) == ("datapackage.json", None, field)


@pytest.mark.parametrize(
    "path", ["../secret.csv", "/etc/passwd", "facility_hours/today.csv.gz", "people.csv", None]
)
def test_a_path_that_is_not_in_the_contract_is_refused_unopened(folder, path):
    package = json.loads((folder / "datapackage.json").read_text())
    edit(folder, resources=[*package["resources"], {"path": path}])
    assert "is no file of the contract" in str(refusal(folder))


def test_files_listed_twice_or_not_at_all_are_refused(folder):
    resources = json.loads((folder / "datapackage.json").read_text())["resources"]
    edit(folder, resources=[*resources, resources[0]])
    assert "facilities.csv is there twice" in str(refusal(folder))
    edit(folder, resources=resources[1:])
    assert "facilities is not listed" in str(refusal(folder))
    edit(folder, resources=[entry for entry in resources if "hours" not in entry["path"]])
    assert "facility_hours is not listed" in str(refusal(folder))


def test_no_package_a_broken_one_a_missing_and_an_extra_file_are_refused(folder, tmp_path):
    assert "is no extract" in str(refusal(tmp_path / "absent"))
    (folder / "extra.csv").write_text("a\n")
    assert str(refusal(folder)) == "extra.csv: not listed in datapackage.json"
    (folder / "extra.csv").unlink()
    (folder / HOURS).unlink()
    assert str(refusal(folder)) == f"{HOURS}: listed, but not there"
    (folder / "datapackage.json").write_text("{")
    assert "not JSON" in str(refusal(folder))


@settings(max_examples=30)
@given(
    place=st.floats(0, 1),
    bit=st.integers(0, 7),
    name=st.sampled_from(["facilities.csv", HOURS, "index_visits.csv"]),
)
def test_every_changed_bit_is_noticed(tmp_path_factory, place, bit, name):
    folder = written(tmp_path_factory.mktemp("bit") / "extract")
    raw = bytearray((folder / name).read_bytes())
    raw[min(int(place * len(raw)), len(raw) - 1)] ^= 1 << bit
    (folder / name).write_bytes(raw)
    refused = refusal(folder)
    assert refused.file == name
    assert "SHA-256" in str(refused)


def test_another_size_or_number_of_rows_is_refused(folder):
    change(folder, "facilities.csv", "GP-001,", "GP-001,x", vouched=False)
    assert "bytes, where datapackage.json says" in str(refusal(folder))
    written(folder)
    resources = json.loads((folder / "datapackage.json").read_text())["resources"]
    edit(folder, resources=[entry | {"rows": entry["rows"] + 1} for entry in resources])
    assert str(refusal(folder)) == "facilities.csv: 2 rows, where datapackage.json says 3"


BROKEN = [
    ("facilities.csv", "facility_id,category", "facility_id,kind", 1, "kind", "not a column"),
    ("facilities.csv", ",sensitive\n", ",stage\n", 1, "stage", "there twice"),
    ("facilities.csv", "GP-001,library", ",library", 2, "facility_id", "empty"),
    ("facilities.csv", "PV-001", "GP-001", 3, "facility_id", "GP-001 is there twice"),
    ("facilities.csv", "126.93,", "12.693,", 2, "lon", "not between 124"),
    ("facilities.csv", "126.93,", "nan,", 2, "lon", "'nan' is not a number"),
    ("facilities.csv", "126.93,", "east,", 2, "lon", "'east' is not a number"),
    ("facilities.csv", ",12,2,true", ",13,2,true", 3, "risk_score", "not between 0 and 12"),
    ("facilities.csv", ",300,", ",300.0,", 2, "capacity", "not a whole number"),
    ("facilities.csv", ",true", ",yes", 3, "sensitive", "neither true nor false"),
    ("facilities.csv", ",true", ",true,1", 3, None, "10 cells where the header has 9"),
    ("facilities.csv", '"노래방', '"노"래방', 3, None, "not CSV"),
    (HOURS, ",closed", ",holiday", 2, "missing", "'holiday' is none of"),
    (HOURS, ",3,61.5", ",-3,61.5", 3, "entries", "not between 0"),
    (HOURS, ",3,61.5", ",,61.5", 3, "entries", "does not say why"),
    (HOURS, ",3,61.5", ",3,", 3, "person_minutes", "does not say why"),
    (HOURS, ",,,0,0,,closed", ",0,,0,0,,closed", 2, "entries", "says that there is none"),
    (HOURS, "T09:00:00+09:00", "T09:30:00+09:00", 3, "hour", "not the start of an hour"),
    (HOURS, "2020-08-13T09", "2020-08-14T09", 3, "hour", "not an hour of 2020-08-13"),
    (HOURS, "T09:00:00+09:00", "T00:00:00Z", 3, "hour", "is not a time such as"),
    (HOURS, "T09:00:00+09:00", "T00:00:00+09:00", 3, "facility_id + hour", "is there twice"),
    (HOURS, "PV-001", "PV-002", 4, "facility_id", "'PV-002' is not in facilities.csv"),
    ("index_visits.csv", "7,GP-001", ",GP-001", 2, "ordinal", "empty"),
    ("index_visits.csv", "7,GP-001", "7,GP-009", 2, "facility_id", "'GP-009' is not in facilities.csv"),
    ("index_visits.csv", "2020-08-13T10", "2020-08-13T09", 2, "end", "not after start"),
    ("index_visits.csv", "2020-08-15T00", "2020-08-17T00", 2, "known_at", "later than as_of"),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "field", "words"), BROKEN, ids=range(len(BROKEN)))
def test_a_vouched_for_table_that_breaks_the_contract_is_refused_by_line_and_field(
    folder, name, old, new, line, field, words
):
    change(folder, name, old, new)
    refused = refusal(folder)
    assert (refused.file, refused.line, refused.field) == (name, line, field)
    assert words in str(refused)


def test_a_later_minor_may_bring_columns_and_a_present_one_may_not(folder):
    change(folder, "index_visits.csv", "known_at\n", "known_at,mood\n")
    assert "10 cells" not in str(refusal(folder))
    for row in ("+09:00\n7,PV", "+09:00\n"):
        change(folder, "index_visits.csv", row, row.replace("\n", ",good\n", 1))
    assert (refusal(folder).field, refusal(folder).line) == ("mood", 1)
    edit(folder, schema_version="1.9")
    assert list(read_extract(folder).index_visits.columns) == [
        "ordinal",
        "facility_id",
        "start",
        "end",
        "known_at",
    ]


def test_a_constraint_that_the_reader_does_not_know_is_not_passed_over():
    schema = {"fields": [{"name": "code", "type": "string", "constraints": {"pattern": "x"}}]}
    with pytest.raises(NotImplementedError, match="pattern"):
        parse_table("a.csv", b"code\nx\n", schema)
