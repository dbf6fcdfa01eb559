"""Opens population files as they come: plain, gzip or zip (told by their first bytes), UTF-8 or CP949."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..refusals import PopulationRefused
from .layouts import Match, missing_columns, recognise

BOM = b"\xef\xbb\xbf"
TABLES = (".csv", ".txt", ".tsv", ".dat")


@dataclass(frozen=True)
class Source:
    """One table of text: its bytes, where its header line ends, and the header's layout, line and encoding."""

    name: str
    content: bytes
    header_end: int
    header: Match
    header_line: int
    encoding: str


def open_sources(path: Path) -> Iterator[Source]:
    """Yield every table in the file, one at a time; refuse what is not a population file.

    Raises
    ------
    PopulationRefused
        The file is not there, empty, damaged, not text, or its header is of no known layout.
    """
    for name, content in _members(path):
        yield _source(name, content)


def decode(raw: bytes) -> str:
    """Return text of either encoding; raise UnicodeDecodeError for neither. Korean CP949 is never valid UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp949")


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with open(path, "rb") as file:
            start = file.read(4)
        if start[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                yield path.name, packed.read()
        elif start == b"PK\x03\x04":
            yield from _zip_members(path)
        else:
            yield path.name, path.read_bytes()
    except OSError as error:
        raise PopulationRefused(f"cannot be opened ({error.strerror or error})", file=path.name) from error
    except (EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise PopulationRefused(f"damaged or cut off: it cannot be unpacked ({error})", file=path.name) from error


def _zip_members(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as bundle:
        tables = [info for info in bundle.infolist() if info.filename.lower().endswith(TABLES)]
        if not tables:
            raise PopulationRefused(f"the zip holds no table ({', '.join(TABLES)})", file=path.name)
        for info in tables:
            inner = info.filename.rsplit("/", 1)[-1]
            yield f"{path.name}: {inner}", bundle.read(info)


def _source(name: str, content: bytes) -> Source:
    if b"\0" in content[:4096]:
        raise PopulationRefused("not a text file in UTF-8 or CP949 (it has NUL bytes)", file=name)
    marked = content.startswith(BOM)
    start = len(BOM) if marked else 0
    line = 1
    while content[start : start + 1] in (b"\n", b"\r"):  # empty lines before the header
        start += 2 if content[start : start + 2] == b"\r\n" else 1
        line += 1
    if not content[start:].strip():
        raise PopulationRefused("empty", file=name)
    end = _line_end(content, start)
    try:
        header = decode(content[start:end])
    except UnicodeDecodeError as error:
        raise PopulationRefused("the header is neither UTF-8 nor CP949", file=name, line=line) from error
    match = recognise(header)
    if match is None:
        layout, lacking = missing_columns(header)
        shown = header if len(header) <= 120 else f"{header[:120]}…"
        raise PopulationRefused(
            f"no known layout; nearest is {layout}, without {', '.join(lacking)} (header: {shown})",
            file=name,
            line=line,
            field=lacking[0] if lacking else None,
        )
    return Source(name, content, end, match, line, _encoding(content[start:end], marked))


def _line_end(content: bytes, start: int) -> int:
    ends = [at for at in (content.find(b"\n", start), content.find(b"\r", start)) if at >= 0]
    return min(ends, default=len(content))


def _encoding(header: bytes, marked: bool) -> str:
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        return "cp949 behind a UTF-8 byte-order mark" if marked else "cp949"
    return "utf-8-sig" if marked else "utf-8"
