"""Tables as files for an office program: XLSX whose cells are typed, CSV that runs no formula.

A visitor chooses what stands in some cells. In XLSX every text is a string cell, whatever it looks like. CSV has
no types: there a text that an office program would take for a formula gets an apostrophe before it, and nothing
else is changed. A text that does not fit into a cell is refused: nothing is ever cut off silently.
"""

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format

Cell = str | int | float | None
LONGEST_CELL = 32_767  # characters; an office program cuts off what is longer
MOST_ROWS = 1_048_576 - 16  # of a sheet, less its head
LONGEST_TITLE = 31
LONGEST_FOOTER = 255
BOM = "\ufeff"
FORMULA_STARTS = frozenset("=+-@\t\r\n\x00\u2212|%")
WIDTHS = (6, 48)  # characters, of a column
FORBIDDEN_IN_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: ``rows`` of texts, numbers or None below the ``columns``; ``watermark`` in header and footer."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    watermark: str = ""


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Return an XLSX file with the sheets, in landscape A4, the head of each repeated on every page.

    Raises ``ValueError`` for a text or a table that no office program would show whole.
    """
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format(
            {"bold": True, "bg_color": "#EEF2F7", "border": 1, "text_wrap": True, "valign": "top"}
        )
        text = book.add_format({"border": 1, "text_wrap": True, "valign": "top", "quote_prefix": True})
        number = book.add_format({"border": 1, "valign": "top"})
        for sheet in sheets:
            _write_sheet(book, sheet, head, text, number)
    return file.getvalue()


def csv_bytes(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return a CSV file as Korean office programs open it: UTF-8 with BOM, CRLF, every text in quotes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in columns])
    for row in rows:
        writer.writerow(
            ["" if cell is None else harmless(cell) if isinstance(cell, str) else cell for cell in row]
        )
    return (BOM + out.getvalue()).encode()


def harmless(text: str) -> str:
    """Return the text, with an apostrophe before it where an office program might take it for a formula.

    What counts is the first character that would be seen: spaces, marks without width and the full-width forms of
    ``=``, ``+``, ``-`` and ``@`` hide nothing.
    """
    whole = _whole(text)
    return f"'{whole}" if _looks_like_formula(whole) else whole


def _looks_like_formula(text: str) -> bool:
    for character in text:
        if character.isspace() or unicodedata.category(character) in {"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"}:
            if character in FORMULA_STARTS:
                return True
            continue
        plain = unicodedata.normalize("NFKC", character)
        return plain[:1] in FORMULA_STARTS or character == "'"
    return False


def _whole(text: str) -> str:
    """Return the text as UTF-8 can hold it: half of a surrogate pair becomes the mark of what cannot be read."""
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet, head: Format, text: Format, number: Format) -> None:
    if len(sheet.rows) > MOST_ROWS:
        raise ValueError("more rows than a sheet has")
    page = book.add_worksheet(_title(sheet.title))
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.8)
    mark = _whole(sheet.watermark).replace("&", "&&")[: LONGEST_FOOTER - 20]
    page.set_header(f"&C{mark}")
    page.set_footer(f"&L{mark}&R&P / &N")
    for place, name in enumerate(sheet.columns):
        page.write_string(0, place, _fitting(name), head)
    for line, row in enumerate(sheet.rows, start=1):
        for place, cell in enumerate(row):
            if cell is None or cell == "":
                page.write_blank(line, place, None, text)
            elif isinstance(cell, str):
                page.write_string(line, place, _fitting(cell), text)
            else:
                page.write_number(line, place, cell, number)
    for place, width in enumerate(_widths(sheet)):
        page.set_column(place, place, width)


def _fitting(text: str) -> str:
    whole = _whole(text)
    if len(whole) > LONGEST_CELL:
        raise ValueError("a text longer than a cell")
    return whole


def _title(title: str) -> str:
    return _whole(title).translate(FORBIDDEN_IN_TITLE).strip("' ")[:LONGEST_TITLE] or "Sheet"


def _widths(sheet: Sheet) -> list[int]:
    """Return a width for each column: what its longest line of the first rows needs, within reason."""
    needed = []
    for place, name in enumerate(sheet.columns):
        cells = [
            name,
            *(str(row[place]) for row in sheet.rows[:200] if place < len(row) and row[place] is not None),
        ]
        longest = max((_shown_width(line) for cell in cells for line in cell[:500].splitlines()), default=0)
        needed.append(min(max(longest + 2, WIDTHS[0]), WIDTHS[1]))
    return needed


def _shown_width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)
