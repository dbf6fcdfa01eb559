"""Make one archive that installs and runs without any network: our code, wheels, browser files, fonts, a manifest.

The same sources give the same bytes, apart from the date that the manifest states: that of the last commit, or
``SOURCE_DATE_EPOCH``. The name holds a hash of the content. Only this step needs a network; docs/install.md tells
what is done with the archive.

usage: python -m deploy.dist [--out DIR] [--without-analytics]
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from deploy.parts import bill, browser_parts, wheel_part
from entry_service.web.frame.vendor import FILES

ROOT = Path(__file__).resolve().parent.parent
CODE = ("entry_service", "analytics", "contract", "static", "deploy", "docs", "pyproject.toml", "README.md")
PIP = "pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
GLIBC = ("2_28", "2_27", "2_26", "2_24", "2_17", "2_12", "2_5")  # what Debian 10, Ubuntu 20.04 and later have
PLATFORMS = [*(f"manylinux_{one}_x86_64" for one in GLIBC), "manylinux2014_x86_64", "manylinux2010_x86_64"]
MODULES = Path("static", "node_modules")
FONTS = MODULES / "krds-uiux" / "resources" / "fonts"
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
ALL_GROUPS = ("service", "analytics")


def runtime_requirements(groups: tuple[str, ...], lock: Path = ROOT / "requirements.txt") -> str:
    """Return the pinned and hashed lines of the named groups of the lock file."""
    sections = lock.read_text().split("\n# --- ")[1:]
    chosen = [text for text in sections if text.split(":", 1)[0] in groups]
    if len(chosen) != len(groups):
        raise SystemExit(f"dist: {lock.name} does not have the groups {', '.join(groups)}")
    return "\n".join(text.split("\n", 1)[1].strip() for text in chosen) + "\n"


def stage_code(app: Path) -> None:
    """Copy what version control knows or would take, as it lies here."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *CODE]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            place(ROOT / name, app / name)


def compile_translations(app: Path) -> None:
    """Compile the catalogues, as `make setup` does."""
    for source in sorted(app.rglob("*.po")):
        with source.open("rb") as read, source.with_suffix(".mo").open("wb") as made:
            catalogue = read_po(read, locale=source.parent.parent.name)
            catalogue.creation_date = catalogue.revision_date = NO_DATE  # else babel writes the present
            write_mo(made, catalogue)


def stage_browser_files(app: Path) -> None:
    """Copy the browser files that the service serves, with the licence and the description of their packages."""
    packages = {re.split("/(?:dist|resources)/|/[^/]+$", name)[0] for name in FILES.values()}
    wanted = {Path(name) for name in FILES.values()}
    for package in packages:
        home = ROOT / MODULES / package
        wanted |= {Path(package, file.name) for file in home.glob("[Ll][Ii][Cc][Ee][Nn][Ss][Ee]*")}
        wanted.add(Path(package, "package.json"))
    for name in wanted:
        place(ROOT / MODULES / name, app / MODULES / name)


def stage_wheels(wheels: Path, requirements: str) -> None:
    """Fetch the wheel of every requirement for CPython 3.11 on Linux x86_64, each checked against its hash."""
    wheels.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--python-version=3.11", "--implementation=cp", "--dest", str(wheels)]
    command += [f"--abi={abi}" for abi in ("cp311", "abi3", "none")]
    command += [f"--platform={platform}" for platform in PLATFORMS]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(f"{requirements}{PIP}\n")
        file.flush()
        command += ["-r", file.name]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"dist: the wheels could not be fetched\n{done.stdout}")


def place(source: Path, target: Path) -> None:
    """Copy a file's content into a folder that is made if need be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def sums(folder: Path) -> str:
    """Return a line of hash and name for every file, as ``sha256sum --check`` reads them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}" for path in files]
    return "\n".join(lines) + "\n"


def stated_date() -> datetime:
    """Return the date that the archive states: ``SOURCE_DATE_EPOCH``, else that of the last commit."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if not told:
        last = ["git", "log", "-1", "--format=%ct"]
        told = subprocess.run(last, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return datetime.fromtimestamp(int(told), UTC)


def pack(folder: Path, name: str, archive: Path, date: datetime) -> None:
    """Write the folder as a tar.gz whose bytes depend on names, contents and the date alone."""
    seconds = int(date.timestamp())

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime, entry.mode = seconds, 0o755 if entry.isdir() else 0o644
        return entry

    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=seconds) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            tar.add(path, f"{name}/{path.relative_to(folder)}", filter=plain)


def build(out: Path, groups: tuple[str, ...] = ALL_GROUPS) -> Path:
    """Make the archive of the groups of requirements in a folder and return it."""
    date = stated_date()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    requirements = runtime_requirements(groups)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        stage_code(folder / "app")
        compile_translations(folder / "app")
        stage_browser_files(folder / "app")
        stage_wheels(folder / "wheels", requirements)
        (folder / "requirements.txt").write_text(requirements)
        place(ROOT / "deploy" / "install.py", folder / "install.py")
        version += f"+{hashlib.sha256(sums(folder).encode()).hexdigest()[:12]}"
        parts = [wheel_part(path) for path in sorted((folder / "wheels").iterdir())]
        parts += browser_parts(folder / "app" / MODULES, ROOT / FONTS)
        made = bill(version, date, folder / "app", parts)
        (folder / "manifest.cdx.json").write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
        (folder / "SHA256SUMS").write_text(sums(folder))
        out.mkdir(parents=True, exist_ok=True)
        archive = out / f"entry-log-{version}.tar.gz"
        pack(folder, f"entry-log-{version}", archive, date)
    return archive


def main() -> None:
    """Make the archive and say where it is."""
    wishes = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wishes.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the archive")
    wishes.add_argument("--without-analytics", action="store_true", help="only the service: a quarter of the size")
    wished = wishes.parse_args()
    archive = build(wished.out, ALL_GROUPS[:1] if wished.without_analytics else ALL_GROUPS)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    sys.stdout.write(f"{digest}  {archive}  ({archive.stat().st_size / 1e6:.0f} MB)\n")


if __name__ == "__main__":
    main()
