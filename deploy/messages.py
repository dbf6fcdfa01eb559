"""Write the catalogues anew: every message id of the service, with the translations it already has.

An id is a Korean sentence. Most stand in ``_("…")`` of Python and templates. Refusals are plain strings where they
are raised and are translated where they are shown, so every Korean string that says a whole sentence is an id too.
English has all of them; Chinese and Vietnamese have what visitors see (``VISITOR``). The files have no dates and
no line numbers: they change when a sentence does.

usage: python -m deploy.messages           write the files (``make messages``; then fill in what it names)
       python -m deploy.messages wanted    only print what waits for its translation (``make wanted``)
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from entry_service.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SERVICE = ROOT / "entry_service"
TRANSLATIONS = SERVICE / "web" / "translations"
CATALOGUE = TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
VISITOR_LANGUAGES = ("zh", "vi")
VISITOR = (  # what a visitor may see: whole templates, and modules whose sentences reach such a page
    "web/templates/base.html",
    "web/templates/display.html",
    "web/templates/error.html",
    "web/templates/start.html",
    "web/templates/visitor/*.html",
    "web/templates/sign/*.html",
    "web/templates/offline*.html",
    "web/templates/staff/verdicts.html",
    "web/frame/errors.py",
    "web/frame/limit_words.py",
    "web/frame/offline.py",
    "web/frame/opening_words.py",
    "web/frame/pages.py",
    "web/visitor/*.py",
    "web/manager/poster_reports.py",
    "core/capacity.py",
    "core/contacts.py",
    "core/errors.py",
    "core/posters.py",
    "usecases/doors/call_in.py",
    "usecases/doors/collecting.py",
    "usecases/doors/issue_pass.py",
    "usecases/doors/late.py",
    "usecases/retention/own_days.py",
    "usecases/doors/poster_entry.py",
    "usecases/sites/report_poster.py",
    "usecases/sites/signs.py",
    "vault/checkpoints.py",
    "vault/day_keys.py",
    "vault/key_ring.py",
    "vault/verification.py",
    "settings.py",
)
METHODS = [("**.py", "python"), ("web/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "_l": None}
# not what only the terminal says
ROOMS = ("core", "posters", "store", "upkeep", "usecases", "vault", "web", "passwords.py", "sheet_reader.py")
SENTENCE = re.compile(r"[가-힣](니다|니까|바랍니다)[.?]")
HEADER = 'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def ids() -> dict[str, str]:
    """Return every message id of the service and the file it stands in."""
    return {message: file for file, message in reversed(list(_found()))}


def visitor_ids() -> dict[str, str]:
    """Return the message ids that a visitor may see, and the file each stands in."""
    seen = [(file, message) for file, message in _found() if any(fnmatch(file, name) for name in VISITOR)]
    return {message: file for file, message in reversed(seen)}


def _found() -> Iterator[tuple[str, str]]:
    found = extract_from_dir(SERVICE, METHODS, keywords=KEYWORDS, strip_comment_tags=False)
    yield from ((file, message) for file, _line, message, _comments, _context in found)
    for file in modules():
        for sentence in sentences(file.read_text(encoding="utf-8")):
            yield str(file.relative_to(SERVICE)), sentence
    yield "settings.py", default_authority()


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


def catalogue(language: str) -> Path:
    """Return the file of a language's translations."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def english() -> Catalog:
    """Return the English catalogue as it is kept."""
    return kept("en")


def kept(language: str) -> Catalog:
    """Return the catalogue of a language as it is kept; empty where there is none yet."""
    if not catalogue(language).exists():
        return Catalog(locale=language)
    with catalogue(language).open("rb") as file:
        return read_po(file, locale=language)


def written(translations: dict[str, str], language: str = "en") -> str:
    """Return the text of a catalogue file: sorted by id, an entry a line."""
    ordered = Catalog(locale=language)
    for message, text in translations.items():
        ordered.add(message, text)
    lines = io.BytesIO()
    write_po(lines, ordered, width=0, no_location=True, omit_header=True, sort_output=True)
    return HEADER.format(language=language) + lines.getvalue().decode().strip() + "\n"


def wanted() -> dict[str, dict[str, str]]:
    """Return what each language has to say, and the file each sentence stands in."""
    return {"en": ids(), **dict.fromkeys(VISITOR_LANGUAGES, visitor_ids())}


def main(*arguments: str) -> None:
    """Add new ids without translation, drop the ids that are gone, and name what has no translation."""
    for language, sentences_now in wanted().items():
        had = {message.id: message.string for message in kept(language) if message.id}
        now = {message: had.get(message, "") for message in sentences_now}
        if "wanted" not in arguments:
            catalogue(language).parent.mkdir(parents=True, exist_ok=True)
            catalogue(language).write_text(written(now, language), encoding="utf-8")
        for message in sorted(message for message, text in now.items() if not text):
            sys.stdout.write(f"no {language}: {message}\n")
        for message in sorted(set(had) - set(now)):
            sys.stdout.write(f"dropped from {language}: {message} = {had[message]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
