"""The archive of `make dist`: whole, reproducible, and installed to the first scan where there is no network."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks.offline_install import without_network
from deploy import dist
from entry_service.web.frame.vendor import FILES

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ("service",)
DATE = "1598313600"  # the last commit has another one while others commit


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """Return the archive of the service alone; the analytics add size, not another way."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOURCE_DATE_EPOCH", DATE)
        return dist.build(tmp_path_factory.mktemp("dist"), SERVICE)


@pytest.fixture(scope="module")
def unpacked(archive, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return next(folder.iterdir())


def test_the_same_input_gives_the_same_bytes_and_another_date_changes_nothing_else(
    archive, unpacked, tmp_path, monkeypatch
):
    made_here = shutil.ignore_patterns("*.mo", "node_modules")
    monkeypatch.setattr(dist, "stage_code", lambda to: shutil.copytree(unpacked / "app", to, ignore=made_here))
    monkeypatch.setattr(dist, "stage_wheels", lambda to, _: shutil.copytree(unpacked / "wheels", to))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", DATE)
    again = dist.build(tmp_path / "again", SERVICE)
    assert (again.name, again.read_bytes()) == (archive.name, archive.read_bytes())
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    later = dist.build(tmp_path / "later", SERVICE)
    assert later.name == archive.name
    with tarfile.open(later) as tar:
        made = {name.split("/", 1)[1]: tar.extractfile(name).read() for name in tar.getnames()}
        assert {entry.mtime for entry in tar} == {1_600_000_000}
    other = {name for name, content in made.items() if (unpacked / name).read_bytes() != content}
    assert other == {"manifest.cdx.json", "SHA256SUMS"}


def test_every_file_is_in_the_sums_and_every_part_has_version_licence_and_hash(unpacked):
    listed = dict(line.split("  ")[::-1] for line in (unpacked / "SHA256SUMS").read_text().splitlines())
    found = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert found == {*listed, "SHA256SUMS"}
    made = json.loads((unpacked / "manifest.cdx.json").read_text())
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    for part in made["components"]:
        assert part["version"], part
        assert part["licenses"][0]["license"]["name"], part
        assert re.fullmatch("[0-9a-f]{64}", part["hashes"][0]["content"]), part
    names = {part["name"] for part in made["components"]}
    wanted = re.findall(r"^([\w.\-]+)(?:\[\w+\])?==", dist.runtime_requirements(SERVICE), re.MULTILINE)
    assert {*wanted, "pip", "leaflet", "zxing-wasm", "PretendardGOV-Bold.subset"} - names == set()
    fonts = {part["licenses"][0]["license"]["name"] for part in made["components"] if "Pretendard" in part["name"]}
    assert fonts == {"OFL-1.1"}


def test_wheels_are_those_of_the_lock_and_the_browser_gets_all_it_may_fetch(unpacked):
    locked = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", dist.runtime_requirements(SERVICE) + dist.PIP))
    digests = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in (unpacked / "wheels").iterdir()}
    assert digests <= locked
    modules = unpacked / "app" / "static" / "node_modules"
    assert [name for name in FILES.values() if not (modules / name).is_file()] == []
    assert list((unpacked / "app").rglob("*.mo"))
    assert not [path for path in unpacked.rglob("*") if path.name in {"tests", "benchmarks", ".venv", "var"}]


@pytest.mark.parametrize("harm", ["changed", "missing", "added"])
def test_an_archive_that_was_meddled_with_is_refused_by_the_name_of_the_file(unpacked, tmp_path, harm):
    copy = tmp_path / unpacked.name
    shutil.copytree(unpacked, copy)
    file = copy / "app" / "entry_service" / "serve.py"
    if harm == "changed":
        file.write_text(file.read_text() + "\n")
    elif harm == "missing":
        file.unlink()
    else:
        file.with_name("extra.py").write_text("")
    words = [sys.executable, copy / "install.py", "--to", tmp_path / "opt"]
    refused = subprocess.run(words, capture_output=True, text=True)
    assert refused.returncode == 1
    assert ("extra.py" if harm == "added" else "serve.py") in refused.stderr
    assert not (tmp_path / "opt").exists()


@pytest.mark.real
@pytest.mark.timeout(900)
def test_from_the_archive_to_the_first_scan_without_a_network(archive):
    namespace = subprocess.run(without_network("true"), capture_output=True, text=True)
    if namespace.returncode:
        pytest.skip(f"no network namespaces here: {namespace.stderr.strip()}")
    tool = ROOT / "benchmarks" / "offline_install.py"
    done = subprocess.run(
        [sys.executable, tool, "--archive", archive], cwd=ROOT, capture_output=True, text=True, timeout=800
    )
    assert done.returncode == 0, done.stdout + done.stderr
    verdict = json.loads(re.search(r"^first scan: (.*)$", done.stdout, re.MULTILINE)[1])
    assert (verdict["outcome"], verdict["occupancy"]) == ("accepted", 1)
    assert int(re.search(r"(\d+) commands", done.stdout)[1]) <= 8
