"""The small extract of folders.py, written anew for each test."""

from pathlib import Path

import pytest

from .folders import written


@pytest.fixture
def folder(tmp_path) -> Path:
    return written(tmp_path / "extract")
