"""Write the English catalogue anew: every message id of the service, with the English it already has.

An id is a Korean sentence. Most stand in ``_("…")`` of Python and templates. Refusals are plain strings where they
are raised and are translated where they are shown, so every Korean string that says a whole sentence is an id too.
The file has no dates and no line numbers: it changes when a sentence does.

usage: python -m deploy.messages     (``make messages``; then fill in what it says is without English)
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from entry_service.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SERVICE = ROOT / "entry_service"
CATALOGUE = SERVICE / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("web/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "_l": None}
ROOMS = ("core", "posters", "store", "usecases", "vault", "web", "passwords.py")  # not what only the terminal says
SENTENCE = re.compile(r"[가-힣](니다|니까|바랍니다)[.?]")
HEADER = 'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def ids() -> dict[str, str]:
    """Return every message id of the service and the file it stands in."""
    found = extract_from_dir(SERVICE, METHODS, keywords=KEYWORDS, strip_comment_tags=False)
    known = {message: file for file, _line, message, _comments, _context in found}
    for file in modules():
        for sentence in sentences(file.read_text(encoding="utf-8")):
            known.setdefault(sentence, str(file.relative_to(SERVICE)))
    return {**known, default_authority(): "settings.py"}


def modules() -> list[Path]:
    """Return the modules whose refusals a page may show."""
    found = [
        [SERVICE / room] if room.endswith(".py") else sorted((SERVICE / room).rglob("*.py")) for room in ROOMS
    ]
    return [file for files in found for file in files]


def sentences(source: str) -> Iterator[str]:
    """Give the strings of a module that are Korean sentences; no documentation, no pieces of f-strings."""
    tree = ast.parse(source)
    skipped = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)} | set(_pieces(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in skipped and SENTENCE.search(str(node.value)):
            yield node.value


def pieces(source: str) -> Iterator[str]:
    """Give the fixed pieces of a module's f-strings: no id can be made of them."""
    return (node.value for node in _pieces(ast.parse(source)) if isinstance(node, ast.Constant))


def _pieces(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from node.values


def default_authority() -> str:
    """Return the name of the institution that the service has where none is set."""
    return Settings.__dataclass_fields__["authority"].default


def english() -> Catalog:
    """Return the English catalogue as it is kept."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def written(catalogue: dict[str, str]) -> str:
    """Return the text of the catalogue file: sorted by id, an entry a line."""
    ordered = Catalog(locale="en")
    for message, text in catalogue.items():
        ordered.add(message, text)
    lines = io.BytesIO()
    write_po(lines, ordered, width=0, no_location=True, omit_header=True, sort_output=True)
    return HEADER + lines.getvalue().decode().strip() + "\n"


def main() -> None:
    """Add new ids without English, drop the ids that are gone, and name what has no English."""
    had = {message.id: message.string for message in english() if message.id} if CATALOGUE.exists() else {}
    now = {message: had.get(message, "") for message in ids()}
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(written(now), encoding="utf-8")
    for message in sorted(message for message, text in now.items() if not text):
        sys.stdout.write(f"no English: {message}\n")
    for message in sorted(set(had) - set(now)):
        sys.stdout.write(f"dropped: {message} = {had[message]}\n")


if __name__ == "__main__":
    main()
