"""Tables that come in: CSV in UTF-8 or CP949, or the first visible sheet of an XLSX, as rows of texts.

The reader of XLSX is our own because a file comes from outside into a process that also opens doors: libraries lay
a sheet out as one block up to its last cell, and two cells far apart then fill the memory. Here only what stands
in the file is kept, and every size has a bound. Numbers are told as people typed them: 15 digits, no ``.0``.
"""

import csv
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import PurePosixPath
from xml.etree import ElementTree

from entry_service.core.errors import EntryError

MOST_ROWS, MOST_COLUMNS = 20_000, 200
MOST_BYTES = 64 * 1024 * 1024  # of one part of an XLSX, unpacked
SEPARATORS = (",", "\t", ";")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FORM = re.compile(r"([A-Z]{1,3})[1-9]\d{0,6}", re.ASCII)


class TableUnreadable(EntryError):
    """The file is no table that can be read; ``row`` says where, if it is known."""

    status, code, sentence = 422, "table_unreadable", "파일을 읽을 수 없습니다. CSV나 XLSX로 저장하시기 바랍니다."


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty: its number as the office program shows it, and its cells as texts."""

    number: int
    cells: tuple[str, ...]


def read_table(content: bytes) -> list[Row]:
    """Return the rows of a CSV or XLSX file, empty ones left out; raise ``TableUnreadable``."""
    is_book = content.startswith(b"PK")
    rows = list(_xlsx_rows(content) if is_book else _csv_rows(_text(content)))
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    width = len(filled[0].cells) if filled and is_book else 0  # a book leaves out empty cells at the end of a row
    return [Row(row.number, (*row.cells, *[""] * (width - len(row.cells)))) for row in filled]


def _text(content: bytes) -> str:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableUnreadable("옛 엑셀 형식(XLS)입니다. XLSX나 CSV로 다시 저장하시기 바랍니다.")
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableUnreadable("글자를 읽을 수 없습니다. UTF-8이나 CP949로 저장하시기 바랍니다.")


def _csv_rows(text: str) -> Iterator[Row]:
    head = text.partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            _assert_bounds(number, len(cells))
            yield Row(number, tuple(cells))
    except csv.Error as wrong:
        raise TableUnreadable("CSV 형식이 아닙니다. 따옴표를 확인하시기 바랍니다.", row=number + 1) from wrong


def _xlsx_rows(content: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as book:
            shared = [_said(item) for item in _elements(book, "xl/sharedStrings.xml", "si")]
            seen = 0
            for row in _elements(book, _first_sheet(book), "row"):
                seen = int(row.get("r") or seen + 1)
                cells = _cells(row, shared)
                _assert_bounds(seen, len(cells))
                yield Row(seen, cells)
                row.clear()
    except (
        zipfile.BadZipFile,
        ElementTree.ParseError,
        KeyError,
        IndexError,
        ValueError,
        NotImplementedError,
        RuntimeError,  # encrypted
        EOFError,
    ) as wrong:
        raise TableUnreadable from wrong


def _assert_bounds(rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise TableUnreadable("파일이 너무 큽니다. 20,000행, 200열까지 읽습니다.")


def _part(book: zipfile.ZipFile, name: str) -> BytesIO:
    with book.open(name) as file:
        held = file.read(MOST_BYTES + 1)
    if len(held) > MOST_BYTES or b"<!DOCTYPE" in held[:1_000]:
        raise TableUnreadable
    return BytesIO(held)


def _elements(book: zipfile.ZipFile, name: str, tag: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of a part; a book without shared texts has no such part."""
    if name == "xl/sharedStrings.xml" and name not in book.namelist():
        return
    for _event, element in ElementTree.iterparse(_part(book, name)):
        if element.tag == _MAIN + tag:
            yield element


def _first_sheet(book: zipfile.ZipFile) -> str:
    sheets = [sheet for sheet in _elements(book, "xl/workbook.xml", "sheet") if not sheet.get("state")]
    links = ElementTree.parse(_part(book, "xl/_rels/workbook.xml.rels")).getroot()
    target = {link.get("Id"): link.get("Target", "") for link in links}[sheets[0].get(_LINK)]
    return str(PurePosixPath("xl") / target) if not target.startswith("/") else target[1:]


def _said(item: ElementTree.Element) -> str:
    """Return a text of the book without the small letters above it that tell how it is read."""
    runs = [item, *item.iter(_MAIN + "r")]
    return "".join(part.text or "" for run in runs for part in run.findall(_MAIN + "t"))


def _cells(row: ElementTree.Element, shared: list[str]) -> tuple[str, ...]:
    texts: dict[int, str] = {}
    for cell in row.iter(_MAIN + "c"):
        place = _column(cell.get("r")) if cell.get("r") else len(texts)
        _assert_bounds(0, place + 1)
        texts[place] = _value(cell, shared)
    return tuple(texts.get(place, "") for place in range(max(texts, default=-1) + 1))


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    kind, inline = cell.get("t", "n"), cell.find(_MAIN + "is")
    if inline is not None:
        return _said(inline)
    text = cell.findtext(_MAIN + "v") or ""
    match kind:
        case "s":
            return shared[int(text)]
        case "b":
            return "true" if text == "1" else "false"
        case "n":
            return f"{float(text):.15g}" if text else ""
    return text


def _column(reference: str) -> int:
    found = _FORM.fullmatch(reference)
    if found is None:
        raise ValueError("no reference of a cell")
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
