"""Where results may go is checked before any work is done for them."""

import os

import pytest

from analytics.folders import assert_can_be_made
from analytics.refusals import OutputRefused
from tests.analytics.test_command import analytics


def test_a_folder_below_a_file_is_refused_at_once_by_either_command(tmp_path):
    (tmp_path / "notes.txt").write_text("only copy")
    out = tmp_path / "notes.txt" / "results"
    for command in (
        ("hotspots", "--extract", tmp_path, "--population", tmp_path / "p.csv", "--units", tmp_path / "u.geojson"),
        ("import-routes", tmp_path),
    ):
        done = analytics(*command, "--out", out)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        if command[0] == "hotspots":
            assert done.stderr.strip().endswith(f"Error: {out}: {tmp_path / 'notes.txt'} is not a folder")
    assert (tmp_path / "notes.txt").read_text() == "only copy"


def test_a_folder_in_which_nothing_may_be_written_is_refused(tmp_path, monkeypatch):
    assert_can_be_made(tmp_path / "a" / "b")
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)  # root may write anywhere
    with pytest.raises(OutputRefused, match="nothing may be written into"):
        assert_can_be_made(tmp_path / "a" / "b")
