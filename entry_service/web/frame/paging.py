"""Long lists in parts: which part a request asks for, and the links to the next."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request, url_for

SIZE = 30  # rows of a part
MOST_PARTS = 100_000


@dataclass(frozen=True, slots=True)
class Part:
    """Part ``number`` (from 1) of a list with ``total`` rows."""

    number: int
    total: int = 0
    size: int = SIZE

    @property
    def offset(self) -> int:
        """Return how many rows lie before this part."""
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        """Return the number of the first row, from 1."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """Return the number of the last row."""
        return min(self.offset + self.size, self.total)

    @property
    def before(self) -> str | None:
        """Return the address of the part before this one; of the last part where this one lies beyond the end."""
        parts = -(-self.total // self.size)
        return _address(request.path, min(self.number - 1, parts)) if self.number > 1 and parts else None

    @property
    def after(self) -> str | None:
        """Return the address of the part after this one."""
        return _address(request.path, self.number + 1) if self.last < self.total else None


def asked_part() -> Part:
    """Return the part of ``?part=``, the first where it is missing or unreadable."""
    text = request.args.get("part", "1")
    plain = text.isascii() and text.isdecimal() and 0 < len(text) <= 6
    return Part(min(max(int(text), 1), MOST_PARTS) if plain else 1)


def same_part(endpoint: str, **parts: str) -> str:
    """Return the address of another view of the same part of the same search."""
    return _address(url_for(endpoint, **parts), asked_part().number)


def _address(path: str, number: int) -> str:
    """Return the path with the search of this request; words of the address never become words of ``url_for``."""
    kept = {name: text for name, text in request.args.items() if text and name not in {"part", "lang", "contrast"}}
    return f"{path}?{urlencode({**kept, 'part': number})}"
