"""Reads an XLSX file back, without the library that wrote it: cells as texts and numbers, never a formula."""

import io
import re
import zipfile
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet_rows(content: bytes, number: int = 1) -> list[list[str | float | None]]:
    """Return the rows of a sheet, each with as many cells as its last one needs; a formula fails."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        texts = ["".join(part.text or "" for part in one.iter(f"{MAIN}t")) for one in shared.iter(f"{MAIN}si")]
        sheet = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    assert not list(sheet.iter(f"{MAIN}f")), "a formula in a workbook"
    rows = []
    for row in sheet.iter(f"{MAIN}row"):
        cells: dict[int, str | float | None] = {}
        for cell in row.iter(f"{MAIN}c"):
            value = cell.find(f"{MAIN}v")
            if value is None:
                continue
            cells[_column(cell.get("r", ""))] = (
                texts[int(value.text)] if cell.get("t") == "s" else float(value.text)
            )
        rows.append([cells.get(place) for place in range(max(cells, default=-1) + 1)])
    return rows


def _column(reference: str) -> int:
    letters = re.match(r"[A-Z]+", reference)[0]
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
