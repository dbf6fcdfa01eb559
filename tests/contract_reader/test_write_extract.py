"""An extract is written whole or not at all, for its owner alone, and over nothing but an earlier extract."""

import os
import stat

import pytest

from analytics.contract import ExtractRefused, read_extract
from analytics.refusals import OutputRefused

from .folders import frames, written


def test_the_folder_is_for_its_owner_alone(folder):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_same_frames_make_the_same_bytes(folder, tmp_path):
    other = written(tmp_path / "other")
    for path in folder.rglob("*"):
        assert path.is_dir() or path.read_bytes() == (other / path.relative_to(folder)).read_bytes()


def test_routes_have_no_hours(tmp_path):
    assert read_extract(written(tmp_path / "r", profile="routes", facility_hours=None)).facility_hours is None


def test_a_new_extract_takes_the_place_of_the_old_one_whole(folder):
    written(folder, profile="routes", facility_hours=None)
    assert read_extract(folder).profile == "routes"
    assert [path.name for path in folder.parent.iterdir()] == ["extract"]


@pytest.mark.parametrize("content", ["{}", '{"name": "results"}', "no JSON", None])
def test_nothing_else_is_written_over(tmp_path, content):
    (tmp_path / "mine").mkdir()
    name = "notes.txt" if content is None else "datapackage.json"
    (tmp_path / "mine" / name).write_text(content or "x")
    with pytest.raises(OutputRefused, match="mine"):
        written(tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [name]


def test_frames_that_break_the_contract_leave_nothing_behind(tmp_path):
    visits = frames()["index_visits"].assign(facility_id="elsewhere")
    with pytest.raises(ExtractRefused, match="'elsewhere' is not in facilities"):
        written(tmp_path / "extract", index_visits=visits)
    assert list(tmp_path.iterdir()) == []


def test_the_earlier_extract_stays_where_the_new_one_cannot_take_its_name(folder, monkeypatch):
    before = (folder / "datapackage.json").read_bytes()
    rename = os.rename

    def full(source, target):
        if target == folder and not source.name.endswith("-before"):
            raise OSError("disk full")
        rename(source, target)

    monkeypatch.setattr("analytics.folders.os.rename", full)
    with pytest.raises(OSError, match="disk full"):
        written(folder, profile="routes", facility_hours=None)
    assert (folder / "datapackage.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["extract"]
