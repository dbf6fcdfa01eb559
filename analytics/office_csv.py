"""CSV as office programs open it: UTF-8 with a byte-order mark, CRLF, and no cell that runs as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def office_csv(rows: Iterable[Sequence[object]]) -> str:
    """Return the rows as the text of such a file."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return BOM + text.getvalue()


def harmless(cell: object) -> object:
    """Return the cell, with an apostrophe before a text that an office program would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
