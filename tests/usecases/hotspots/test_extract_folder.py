"""The folder of the extract: whole or not there, listed file by file, and naming nobody."""

import gzip
import json
import stat
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from entry_service.core.errors import BadInput
from entry_service.store.log import scans
from entry_service.usecases.hotspots.extract_files import FolderRefused
from tests.usecases.extracting import case, extract, folder, log, rows
from tests.usecases.small_log import LIBRARY, at, pid

__all__ = ["folder", "log"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("start", {"start": at("13 00:30")}),
        ("end", {"end": at("14 00:00") + timedelta(seconds=1)}),
        ("end", {"end": at("13 00:00")}),
        ("end", {"as_of": at("14 23:59")}),
    ],
)
def test_a_period_that_does_not_fit_is_refused_by_field(log, folder, field, wrong):
    with pytest.raises(BadInput) as refused:
        extract(log, folder, **wrong)
    assert refused.value.facts == {"field": field}
    assert not folder.exists()


def test_a_folder_with_something_else_in_it_is_left_alone(log, folder):
    folder.mkdir(parents=True)
    extract(log, folder)  # an empty folder is as good as none
    (folder / "datapackage.json").write_text('{"name": "results"}')
    for content in ('{"name": "results"}', "not json", "[]"):
        (folder / "datapackage.json").write_text(content)
        with pytest.raises(FolderRefused):
            extract(log, folder)
    (folder / "datapackage.json").unlink()
    with pytest.raises(FolderRefused):
        extract(log, folder)
    assert (folder / "facilities.csv").exists()
    with pytest.raises(FolderRefused):
        extract(log, folder / "facilities.csv")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["extract"]


def test_a_failed_extract_leaves_the_one_before_and_no_half(log, folder, monkeypatch):
    extract(log, folder)
    before = (folder / "datapackage.json").read_bytes()
    monkeypatch.setattr(log.services.vault, "group", lambda passes: 1 / 0)
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    case(log, "1", 1)
    with pytest.raises(ZeroDivisionError):
        extract(log, folder)
    assert (folder / "datapackage.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["extract"]


def test_a_draft_that_a_killed_run_left_is_cleared_away(log, folder):
    draft = folder.parent / ".extract.new" / "facility_hours"
    draft.mkdir(parents=True)
    (draft / "2020-08-01.csv.gz").write_bytes(b"half")
    extract(log, folder)
    assert [path.name for path in folder.parent.iterdir()] == ["extract"]
    assert not (folder / "facility_hours" / "2020-08-01.csv.gz").exists()


def test_nothing_in_the_folder_names_a_visitor_a_pass_or_a_case(log, folder):
    log.contact(1, "13", "+821000012345")
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    case(log, "군포-98765", 1)
    extract(log, folder)
    whole = b""
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        if path.is_file():
            whole += gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with log.services.store.read() as db:
        known = scans.scans_of_pass(db, pid(1), at("13 00:00"), at("14 00:00"))
    secret = [pid(1), pid(1).hex().encode(), b"98765", "군포-".encode(), b"12345", "방문자".encode()]
    secret += [scan.scan_id.encode() for scan in known]
    assert [text for text in secret if text in whole] == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_log_makes_the_same_hours_byte_for_byte(log, folder, tmp_path):
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    extract(log, folder)
    extract(log, tmp_path / "again")
    assert _hashes(folder, "facility_hours") == _hashes(tmp_path / "again", "facility_hours") != []


def _hashes(folder: Path, table: str) -> list[str]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return [one["hash"] for one in package["resources"] if one["name"].startswith(table)]


def test_the_package_lists_every_file_with_rows_bytes_and_hash(log, folder):
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    extract(log, folder, created=at("21 08:00"))
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    listed = {one["path"] for one in package["resources"]}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert listed == present - {"datapackage.json"}
    for one in package["resources"]:
        stored = (folder / one["path"]).read_bytes()
        assert (one["bytes"], one["hash"]) == (len(stored), f"sha256:{sha256(stored).hexdigest()}")
        assert one["rows"] == len(rows(folder, one["path"]))
    assert {key: package[key] for key in ("profile", "as_of", "start", "end", "created")} == {
        "profile": "log",
        "as_of": "2020-08-20T12:00:00+09:00",
        "start": "2020-08-13T00:00:00+09:00",
        "end": "2020-08-15T00:00:00+09:00",
        "created": "2020-08-21T08:00:00+09:00",
    }
    assert package["code_version"].count("+") == 1
