"""The reports as XLSX: every figure a typed cell, texts never formulas, the same bytes for the same run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

Cell = str | int | float | date | None
WIDTHS = (7, 40)  # characters, of a column
FORMATS = {"head": {"bold": True, "bg_color": "#EEF2F7", "border": 1, "text_wrap": True, "valign": "top"}}
FORMATS |= {
    "text": {"border": 1, "valign": "top", "quote_prefix": True},
    "whole": {"border": 1, "num_format": "#,##0"},
    "real": {"border": 1, "num_format": "#,##0.###"},
    "share": {"border": 1, "num_format": "0.0%"},
    "day": {"border": 1, "num_format": "yyyy. m. d.(aaa)", "align": "left"},
}


@dataclass(frozen=True)
class Sheet:
    """One sheet: columns as (name, kind), kinds "text", "whole", "real", "share" (of one) and "day"; rows below.

    ``heat``: the columns (from, to) that get a colour by their size.
    """

    title: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Cell]]
    heat: tuple[int, int] | None = None


def write_workbook(path: Path, title: str, created: str, sheets: Sequence[Sheet]) -> None:
    """Write the sheets, landscape A4, heads frozen and repeated on every page.

    `created`: ISO 8601, the time stamp inside the file.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": title, "created": datetime.fromisoformat(created).replace(tzinfo=None)})
        formats = {name: book.add_format(look) for name, look in FORMATS.items()}
        for sheet in sheets:
            _write(book.add_worksheet(sheet.title), sheet, formats, title)


def _write(page, sheet: Sheet, formats: dict, title: str) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 1)
    page.set_header(f"&L{title}&R{sheet.title}")
    page.set_footer("&R&P / &N")
    for column, (name, _) in enumerate(sheet.columns):
        page.write_string(0, column, name, formats["head"])
    for line, row in enumerate(sheet.rows, start=1):
        for column, (cell, (_, kind)) in enumerate(zip(row, sheet.columns, strict=True)):
            _put(page, line, column, cell, formats[kind])
    for column, (name, kind) in enumerate(sheet.columns):
        cells = [name, *(str(row[column]) for row in sheet.rows[:200] if kind == "text")]
        widest = max(sum(2 if letter >= "\u1100" else 1 for letter in cell) for cell in cells)
        page.set_column(column, column, min(max(widest + 2, 16 if kind == "day" else WIDTHS[0]), WIDTHS[1]))
    if sheet.heat and sheet.rows:
        first, last = sheet.heat
        scale = {"type": "2_color_scale", "min_color": "#F3F8FD", "max_color": "#5B94C3"}
        page.conditional_format(1, first, len(sheet.rows), last, scale)


def _put(page, line: int, column: int, cell: Cell, look) -> None:
    if cell is None or cell == "" or (isinstance(cell, float) and not math.isfinite(cell)):
        page.write_blank(line, column, None, look)
    elif isinstance(cell, str):
        page.write_string(line, column, cell, look)
    elif isinstance(cell, date):
        page.write_datetime(line, column, cell, look)
    else:
        page.write_number(line, column, float(cell), look)
