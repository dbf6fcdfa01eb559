"""SaTScan files made in a temporary folder, and the command run on them as a user would."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from analytics.commands import main


def lines(rows: Sequence[Sequence[object]]) -> str:
    """Return rows as a file's text, fields separated by blanks."""
    return "".join(" ".join(str(field) for field in row) + "\n" for row in rows)


class Files:
    """Writes the files of one run, and runs `scan` on them."""

    def __init__(self, folder: Path, now) -> None:
        self.folder, self.now = folder, now

    def write(self, **files: str | bytes | Sequence[Sequence[object]]) -> None:
        """Write one file an argument: `cas`, `geo`, `pop`, `ctl`."""
        for ending, content in files.items():
            raw = content if isinstance(content, bytes) else None
            text = content if isinstance(content, str) else None
            (self.folder / f"a.{ending}").write_bytes(raw or (text or lines(content)).encode())

    def arguments(self, *options: object) -> list[str]:
        """Return the command line with every file there is."""
        named = {"cas": "--cases", "geo": "--coordinates", "pop": "--population", "ctl": "--controls"}
        found = [(named[ending], self.folder / f"a.{ending}") for ending in named]
        files = [part for name, path in found if path.exists() for part in (name, path)]
        return [str(part) for part in ["scan", *files, *options]]

    def scan(self, *options: object, draws: int = 19) -> dict:
        """Run the command and return what the JSON file holds, which is strict JSON."""
        out = self.folder / "out.json"
        result = CliRunner().invoke(
            main, [*self.arguments(*options), "--replicates", str(draws), "--json", str(out)], obj=self.now
        )
        assert result.exit_code == 0, result.output
        return json.loads(out.read_text(encoding="utf-8"), parse_constant=_refuse_constant)

    def refusal(self, *options: object) -> str:
        """Run the command and return the one sentence with which it refuses."""
        result = CliRunner().invoke(main, self.arguments(*options), obj=self.now)
        assert result.exit_code == 2, result.output
        said = [line for line in result.stderr.splitlines() if not line.endswith("…")]
        assert len(said) == 1, result.stderr
        return said[0]


def _refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture
def files(tmp_path, now) -> Files:
    return Files(tmp_path, now)


@pytest.fixture
def written(files) -> Callable[..., Files]:
    """Return a function that writes files and returns the runner."""

    def write(**contents) -> Files:
        files.write(**contents)
        return files

    return write
