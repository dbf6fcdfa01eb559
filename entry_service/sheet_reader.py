"""Tables that come in: CSV in UTF-8 or CP949, or the first visible sheet of an XLSX, as rows of texts.

The reader of XLSX is our own because a file comes from outside into a process that also opens doors: libraries lay
a sheet out as one block up to its last cell, and two cells far apart then fill the memory. Here only what stands
in a row is kept while it is read, and every size and number has a bound: a few packed kilobytes can unpack to
millions of elements. Numbers are told as people typed them: 15 digits, no ``.0``.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import PurePosixPath
from xml.etree import ElementTree

from entry_service.core.errors import EntryError

MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 20_000, 200, 1_000_000
MOST_BYTES = 8 * 1024 * 1024  # of one part of an XLSX, unpacked
MOST_STRINGS = 200_000  # that cells of an XLSX share
MOST_LETTERS = 1_000  # of a shared string that a cell shows: thousands of cells may share a long one
MOST_HELD = 10_000  # elements within one row or one shared string
CHUNK = 64 * 1024  # bytes that are parsed at a time
SEPARATORS = (",", "\t", ";")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FORM = re.compile(r"([A-Z]{1,3})[1-9]\d{0,6}", re.ASCII)
TOO_LARGE = "파일이 너무 큽니다. 여러 파일로 나누거나 CSV로 저장하시기 바랍니다."


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
    cells, width, filled = 0, 0, []
    for row in _xlsx_rows(content) if is_book else _csv_rows(_text(content)):
        if not any(cell.strip() for cell in row.cells):
            continue
        if is_book and not filled:
            width = len(row.cells)  # a book leaves out empty cells at the end of a row
        cells += max(width, len(row.cells))
        if cells > MOST_CELLS:
            raise TableUnreadable(TOO_LARGE)
        filled.append(Row(row.number, (*row.cells, *[""] * (width - len(row.cells)))))
    return filled


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
            shared = _shared(book)
            seen = 0
            for row in _elements(book, _first_sheet(book), _MAIN + "row"):
                seen = _after(seen, int(row.get("r") or seen + 1))
                cells = _cells(row, shared)
                _assert_bounds(seen, len(cells))
                yield Row(seen, cells)
    except (
        zipfile.BadZipFile,
        ElementTree.ParseError,
        LookupError,
        ValueError,
        zlib.error,
        NotImplementedError,
        RuntimeError,  # encrypted
        EOFError,
    ) as wrong:
        raise TableUnreadable from wrong


def _assert_bounds(rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise TableUnreadable("파일이 너무 큽니다. 20,000행, 200열까지 읽습니다.")


def _after(last: int, number: int) -> int:
    """Return the number of the next row or cell; two with one number would overwrite each other."""
    if number <= last:
        raise TableUnreadable("행이나 칸의 차례가 어긋난 파일입니다. 엑셀에서 열어 다시 저장하시기 바랍니다.")
    return number


def _shared(book: zipfile.ZipFile) -> list[str]:
    """Return the texts that cells share; a book that shares none has no such part."""
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    texts: list[str] = []
    for item in _elements(book, "xl/sharedStrings.xml", _MAIN + "si"):
        texts.append(_said(item).strip())
        if len(texts) > MOST_STRINGS:
            raise TableUnreadable(TOO_LARGE)
    return texts


class _Wanted:
    """A target of the parser that builds the elements of one tag and keeps nothing else of a part."""

    def __init__(self, tag: str) -> None:
        self._tag, self._depth, self._held = tag, 0, 0
        self._builder = ElementTree.TreeBuilder()
        self.found: list[ElementTree.Element] = []

    def doctype(self, *_told: str | None) -> None:
        raise TableUnreadable

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._depth and tag != self._tag:
            return
        self._depth, self._held = self._depth + 1, self._held + 1
        if self._held > MOST_HELD:
            raise TableUnreadable(TOO_LARGE)
        self._builder.start(tag, attributes)

    def data(self, text: str) -> None:
        if self._depth:
            self._builder.data(text)

    def end(self, tag: str) -> None:
        if not self._depth:
            return
        self._builder.end(tag)
        self._depth -= 1
        if not self._depth:
            self.found.append(self._builder.close())
            self._builder, self._held = ElementTree.TreeBuilder(), 0

    def taken(self) -> list[ElementTree.Element]:
        """Return what was found since this was asked last."""
        found, self.found = self.found, []
        return found


def _elements(book: zipfile.ZipFile, name: str, tag: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of one tag in a part, as they are read."""
    target = _Wanted(tag)
    parser = ElementTree.XMLParser(target=target)
    left = MOST_BYTES
    with book.open(name) as part:
        while chunk := part.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise TableUnreadable(TOO_LARGE)
            parser.feed(chunk)
            yield from target.taken()
    parser.close()
    yield from target.taken()


def _first_sheet(book: zipfile.ZipFile) -> str:
    sheets = [sheet for sheet in _elements(book, "xl/workbook.xml", _MAIN + "sheet") if not sheet.get("state")]
    links = _elements(book, "xl/_rels/workbook.xml.rels", _RELATION)
    target = {link.get("Id"): link.get("Target", "") for link in links}[sheets[0].get(_LINK)]
    return str(PurePosixPath("xl") / target) if not target.startswith("/") else target[1:]


def _said(item: ElementTree.Element) -> str:
    """Return a text of the book without the small letters above it that tell how it is read."""
    runs = [item, *item.iter(_MAIN + "r")]
    return "".join(part.text or "" for run in runs for part in run.findall(_MAIN + "t"))


def _cells(row: ElementTree.Element, shared: list[str]) -> tuple[str, ...]:
    texts: list[str] = []
    for cell in row.iter(_MAIN + "c"):
        reference = cell.get("r")
        place = _after(len(texts) - 1, _column(reference)) if reference else len(texts)
        _assert_bounds(0, place + 1)
        texts += [*[""] * (place - len(texts)), _value(cell, shared)]
    return tuple(texts)


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    kind, inline = cell.get("t", "n"), cell.find(_MAIN + "is")
    if inline is not None:
        return _said(inline)
    text = cell.findtext(_MAIN + "v") or ""
    match kind:
        case "s":
            return _shown(shared, int(text))
        case "b":
            return "true" if text == "1" else "false"
        case "n":
            return f"{float(text):.15g}" if text else ""
    return text


def _shown(shared: list[str], number: int) -> str:
    text = shared[number]
    if len(text) > MOST_LETTERS:
        raise TableUnreadable("칸 하나의 글이 너무 깁니다. 1,000자까지 읽습니다.")
    return text


def _column(reference: str) -> int:
    found = _FORM.fullmatch(reference)
    if found is None:
        raise ValueError("no reference of a cell")
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
