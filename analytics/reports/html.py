"""A report as one file for browser and printer: two sheets of A4, style and fonts inside, nothing from outside."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from ..outputs.fonts import embedded_fonts
from .reading import Run
from .words import moment_text

STYLE = Path(__file__).parent / "page" / "report.css"


def document(title: str, sheets: Iterable[str], run: Run) -> str:
    """Return the whole page; each sheet is one side of A4."""
    parts = list(sheets)
    bodies = "\n".join(
        f'<section class="sheet">{body}{_foot(run, number, len(parts))}</section>'
        for number, body in enumerate(parts, start=1)
    )
    style = STYLE.read_text(encoding="utf-8")
    page = (
        '<!doctype html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n$fonts\n{style}</style>\n</head>\n<body>\n<main>\n{bodies}\n"
        "</main>\n</body>\n</html>\n"
    )
    return page.replace("$fonts", embedded_fonts(page + "□○-※"), 1)


def head(title: str, line: str) -> str:
    """Return the head of a report: its title, and what it is of."""
    return f'<header class="head"><h1>{escape(title)}</h1><p>{escape(line)}</p></header>'


def section(title: str, body: str, note: str = "") -> str:
    """Return a section with its □ heading."""
    small = f" <small>{escape(note)}</small>" if note else ""
    return f"<section><h2>{escape(title)}{small}</h2>{body}</section>"


def items(lines: Iterable[str | tuple[str, list[str]]]) -> str:
    """Return ○ lines; a pair has - lines below it. The text is escaped here."""
    told = []
    for line in lines:
        first, below = (line, []) if isinstance(line, str) else line
        inner = f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in below)}</ul>" if below else ""
        told.append(f"<li>{escape(first)}{inner}</li>")
    return f"<ul>{''.join(told)}</ul>"


def notes(lines: Iterable[str]) -> str:
    """Return ※ lines."""
    return f'<div class="notes">{"".join(f"<p>{escape(line)}</p>" for line in lines)}</div>'


def table(columns: list[str], rows: list[list[str]], *, numbers: set[int], caption: str = "") -> str:
    """Return a table; columns in `numbers` (from 0) are aligned to the right, the first is a row's heading."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row" class="name">{escape(cell)}</th>'
            if number == 0
            else f"<td{' class=n' if number in numbers else ''}>{escape(cell)}</td>"
            for number, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return scrolled(f'<table class="plain">{above}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def scrolled(table: str) -> str:
    """Return a table that a phone may scroll sideways, by finger or keyboard."""
    return f'<div class="scroll" tabindex="0" role="group" aria-label="표">{table}</div>'


def heat(kind: str, corner: str, heads: str, rows: list[str]) -> str:
    """Return a table of coloured cells from the finished cells of its head and its finished rows."""
    top = f'<th scope="col" class="name">{escape(corner)}</th>{heads}'
    return scrolled(
        f'<table class="heat{kind}"><thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _foot(run: Run, number: int, of: int) -> str:
    summary = run.summary
    made = f"자료 기준 {moment_text(summary['as_of'])} · seed {summary['seed']} · {summary['code_version']}"
    return f'<footer class="foot"><span>{escape(made)}</span><span>{number} / {of}</span></footer>'
