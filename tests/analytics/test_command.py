"""The command line: what the demo and the documentation call, refusals in one sentence, help without waiting."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.analytics.town import make_town

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["--replicates", "99", "--gi-replicates", "99", "--max-radius", "600"]


def analytics(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-W", "error", "-m", "analytics", *(str(argument) for argument in arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    town = make_town(31, days=7)
    folder = tmp_path_factory.mktemp("command")
    written = town.write(folder, town.cases(10))
    lines = written["population"][0].read_text("cp949").splitlines()
    halves = [folder / "first.csv", folder / "second.csv"]
    late = [line for line in lines if any(f'"202008{day:02d}"' in line for day in range(7, 10))]
    halves[0].write_text("\n".join(line for line in lines if line not in set(late)), "cp949")
    halves[1].write_text("\n".join([lines[0], *late]), "cp949")
    return written | {"population": halves}


def test_several_population_files_follow_one_option_as_a_shell_expands_them(inputs, tmp_path):
    out = tmp_path / "results"
    done = analytics(
        "hotspots", "--extract", inputs["extract"], "--population", *inputs["population"], "--units",
        inputs["units"], "--out", out, "--seed", 5, *QUICK,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "36 units joined, 0 lost" in done.stdout
    steps = [done.stderr.index(name) for name in ("verifying the extract", "floating population", "for persons")]
    assert steps == sorted(steps)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["seed"] == summary["parameters"]["seed"] == 5
    assert len(summary["population"]["sources"]) == 2
    assert summary["population"]["days"]["stood_in"] == {}
    assert (out / "map.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--extract": "nowhere"}, "nowhere"),
        ({"--population": "units"}, "units.geojson"),
        ({"--units": "population"}, "first.csv"),
        ({"--alpha": "2"}, "field alpha: must be between 0 and 1, not 2"),
        ({"--known-by": "2001-01-01"}, "nothing was known by 2001-01-01"),
        ({"--units-code": "label"}, "no field label"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_2(inputs, tmp_path, changed, said):
    named = {"units": inputs["units"], "population": inputs["population"][0]}
    options = {"--extract": inputs["extract"], "--population": named["population"], "--units": named["units"]}
    options |= {"--out": tmp_path / "out"} | {option: named.get(value, value) for option, value in changed.items()}
    done = analytics("hotspots", *(part for pair in options.items() for part in pair))
    assert done.returncode == 2
    sentence = done.stderr.strip().splitlines()[-1]
    assert sentence.startswith("Error: ")
    assert said in sentence
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_help_names_every_option_without_loading_the_statistics(tmp_path):
    code = (
        "import sys, analytics.commands; print([m for m in ('pandas', 'numba', 'matplotlib') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
    shown = analytics("hotspots", "--help").stdout
    options = re.findall(r"(?<!\S)--[a-z-]+", shown)
    documented = (ROOT / "docs" / "analytics.md").read_text(encoding="utf-8")
    assert len(set(options)) > 14
    assert [option for option in options if f"`{option}" not in documented and option != "--help"] == []
