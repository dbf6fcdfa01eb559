"""Open every table and map that leaves with the programs that will open it, and compare cell by cell.

Tables (XLSX, CSV) go through LibreOffice Calc, which opens them and stores what it understood as XLSX; a CSV is
opened as UTF-8, which its dialog chooses by the mark at the beginning. Each text must come back letter by letter,
each number and day as a number, and nothing as a formula. Maps (GeoPackage, GeoJSON) go through GDAL, which QGIS
reads with: layers, features, coordinate system and stored styles are printed. Programs that are not there are
named; nothing is installed.
``python benchmarks/office_opens.py FILE_OR_FOLDER …``
"""

import csv
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.workbooks import MAIN, sheet_rows

AS_UTF8 = "--infilter=CSV:44,34,76,1"
DAY_ONE = date(1899, 12, 30)
TABLES, MAPS = {".xlsx", ".csv"}, {".gpkg", ".geojson"}
CLOSE = 1e-9


def main() -> None:
    """Open what is named."""
    files = [path for name in sys.argv[1:] for path in _files(Path(name))]
    begun, wrong = time.monotonic(), 0
    for path in files:
        if path.suffix in TABLES:
            wrong += _report(path, _table(path) if shutil.which("soffice") else None, "soffice")
        elif path.suffix in MAPS:
            wrong += _report(path, _map(path) if shutil.which("ogrinfo") else None, "ogrinfo")
    print(f"{len(files)} files, {wrong} with differences, {time.monotonic() - begun:.0f} s")
    sys.exit(1 if wrong or not files else 0)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*")) if path.is_dir() else [path]


def _report(path: Path, found: tuple[str, list[str]] | None, program: str) -> int:
    if found is None:
        print(f"{path.name}: not opened, {program} is not there")
        return 0
    said, differences = found
    print(f"{path.name}: {said}{'' if differences else ', the same'}")
    for line in differences[:5]:
        print(f"  {line}")
    return bool(differences)


def _table(path: Path) -> tuple[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _soffice(path, work)
        stored = (work / f"{path.stem}.xlsx").read_bytes()
        if path.suffix == ".xlsx":
            numbers = dict(enumerate(_sheets(path), start=1))
            ours = {name: sheet_rows(path.read_bytes(), number) for number, name in numbers.items()}
            theirs = {name: sheet_rows(stored, number) for number, name in numbers.items()}
        else:
            ours, theirs = {"": _rows(path)}, {"": sheet_rows(stored)}
        differences = [line for name in ours for line in _compared(name, ours[name], theirs[name])]
        cells = sum(len(row) for rows in ours.values() for row in rows)
        return f"{len(ours)} sheet(s), {cells:,} cells", differences


def _soffice(path: Path, work: Path) -> None:
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{work}/profile", "--convert-to", "xlsx"]
    command += [AS_UTF8] if path.suffix == ".csv" else []
    done = subprocess.run(
        [*command, "--outdir", str(work), str(path)], capture_output=True, text=True, timeout=300
    )
    if not (work / f"{path.stem}.xlsx").is_file():
        raise SystemExit(f"{path}: LibreOffice did not open it: {done.stderr or done.stdout}")


def _sheets(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as book:
        return [
            one.get("name") for one in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        ]


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.reader(text))


def _compared(name: str, ours: list[list], theirs: list[list]) -> list[str]:
    found = []
    for number, row in enumerate(ours, start=1):
        other = theirs[number - 1] if number <= len(theirs) else []
        for place, cell in enumerate(row):
            there = other[place] if place < len(other) else None
            if not _same(cell, there):
                found.append(f"{name} row {number}, column {place + 1}: {cell!r} came back as {there!r}")
    return found


def _same(ours: object, theirs: object) -> bool:
    """Say whether a cell came back: texts alike, days as days, numbers as close as fifteen digits are."""
    left, right = ("" if one is None else one for one in (ours, theirs))
    if left == right:
        return True
    if isinstance(left, str) and isinstance(right, str):
        return left.replace("\r\n", "\n").strip() == right.strip()
    if isinstance(left, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", left):
        return DAY_ONE + timedelta(days=float(right)) == date.fromisoformat(left)
    try:
        one, other = float(left), float(right)
    except (TypeError, ValueError):
        return False
    kept = not isinstance(left, str) or not re.match(r"-?0\d", left)  # a code keeps its zeros
    return kept and abs(one - other) <= CLOSE * max(1.0, abs(one))


def _map(path: Path) -> tuple[str, list[str]]:
    told = subprocess.run(["ogrinfo", "-ro", "-al", "-so", str(path)], capture_output=True, text=True)
    if told.returncode:
        return "GDAL cannot open it", [told.stderr.strip()]
    layers = re.findall(r"^Layer name: (.+)$", told.stdout, re.MULTILINE)
    counts = re.findall(r"^Feature Count: (\d+)$", told.stdout, re.MULTILINE)
    wrong = [f"{layer}: no features" for layer, count in zip(layers, counts, strict=True) if count == "0"]
    said = ", ".join(f"{layer} {count}" for layer, count in zip(layers, counts, strict=True))
    crs = sorted(set(re.findall(r'ID\["(?:EPSG|OGC)",("?[\w]+"?)\]\]\s*$', told.stdout, re.MULTILINE)))
    if path.suffix == ".gpkg":
        if "layer_styles" not in layers:
            wrong.append("no layer_styles: QGIS would draw it without the project's looks")
        styled = subprocess.run(
            [
                "ogrinfo",
                "-ro",
                "-q",
                str(path),
                "-sql",
                "SELECT f_table_name FROM layer_styles WHERE useAsDefault",
            ],
            capture_output=True,
            text=True,
        )
        said += f"; styles of {', '.join(re.findall(r'f_table_name .*= (.+)', styled.stdout))}"
    return f"{said}; {' '.join(crs)}", wrong


if __name__ == "__main__":
    main()
