"""What a page needs to open without network, found by reading what it is made of, and a name for all of it.

A template names styles and scripts, a style names fonts, a script imports scripts and starts workers. What is
followed here is what a browser would load; only an address that a script computes has to be listed by hand.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .vendor import FILES as VENDOR_FILES
from .vendor import NODE_MODULES

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = Path(__file__).parents[1] / "templates"
NAMED = re.compile(r"""(?:href|src)=["'](/(?:static|vendor)/[^"'{}]+)["']""")
TEMPLATE = re.compile(r"""\{%-?\s*(?:extends|include|from|import)\s+["']([^"']+)["']""")
IMPORTED = re.compile(
    r"""(?:\bfrom|\bimport|\bimport\s*\(|new\s+Worker\s*\()\s*["']((?:/(?:static|vendor)/|\./|\.\./)[^"']+)["']"""
)
STYLED = re.compile(r"""url\(\s*["']?(/(?:static|vendor)/[^"')]+)""")


@dataclass(frozen=True, slots=True)
class Shell:
    """A page that opens without network: its template, and addresses that no reading finds."""

    template: str
    more: tuple[str, ...] = ()

    def templates(self) -> list[Path]:
        """Return the files of the template: itself, what it extends, includes and imports."""
        found, left = [], [self.template]
        while left:
            path = TEMPLATES / left.pop()
            if path not in found:
                found.append(path)
                left += TEMPLATE.findall(path.read_text(encoding="utf-8"))
        return found

    def files(self) -> list[str]:
        """Return the addresses of everything the page loads, sorted; what is not there is a test's business."""
        texts = [path.read_text(encoding="utf-8") for path in self.templates()]
        left = [*self.more, *(name for text in texts for name in NAMED.findall(text))]
        found: set[str] = set()
        while left:
            address = left.pop()
            if address not in found and source(address).is_file():
                found.add(address)
                left += _named_in(address)
        return sorted(found)


def source(address: str) -> Path:
    """Return the file behind an address below ``/static/`` or ``/vendor/``."""
    if address.startswith("/vendor/"):
        name = address.removeprefix("/vendor/")
        return NODE_MODULES / VENDOR_FILES.get(name, name)
    return ROOT / address[1:]


def release(shells: Mapping[str, Shell], more: Iterable[Path] = ()) -> str:
    """Return the name of this release: a hash over everything the pages are made of, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    addresses = sorted({address for shell in shells.values() for address in shell.files()})
    templates = sorted({path for shell in shells.values() for path in shell.templates()})
    for path in [*(source(address) for address in addresses), *templates, *more]:
        digest.update(path.name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _named_in(address: str) -> Iterator[str]:
    """Yield the addresses that a script or style loads."""
    path = source(address)
    if path.suffix in {".js", ".mjs"}:
        for name in IMPORTED.findall(path.read_text(encoding="utf-8")):
            yield name if name.startswith("/") else _beside(address, name)
    elif path.suffix == ".css":
        yield from STYLED.findall(path.read_text(encoding="utf-8"))


def _beside(address: str, name: str) -> str:
    parts = address.split("/")[:-1]
    for part in name.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
