"""From a stream of bytes to a table of text whose layout is known: encoding, header, and pieces of whole lines.

Files may be larger than memory: a piece of one is looked at, then the next. Its bytes stay as they are (UTF-8 and
CP949 are both read as bytes, see cells.py); only UTF-16 is turned into UTF-8 on the way.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..refusals import PopulationRefused
from .api_rows import as_lines
from .layouts import Layout, Match, recognise
from .sources import Table, decode

HEAD, PIECE = 1 << 16, 1 << 23
"""Bytes in which the header must end; bytes that are looked at together."""
LONGEST = 1 << 20
"""Bytes of a line at most: a stream without line ends is no table and is not gathered in memory."""
BOM = b"\xef\xbb\xbf"
UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
BLANK = b" \t\r\n"
Read = Callable[[int], bytes]


@dataclass(frozen=True)
class Source:
    """One table of text: what its header says, and its rows as pieces of whole lines, to be read once.

    `first_line` is the number of the line in which the pieces begin.
    """

    name: str
    header: Match
    first_line: int
    encoding: str
    pieces: Iterator[bytes]


def open_source(table: Table, layouts: tuple[Layout, ...]) -> Source:
    """Return the table of text in the stream.

    Raises
    ------
    PopulationRefused
        It is empty, no text, or its header is of none of these layouts, or of several.
    """
    start, read, encoding = table.read(HEAD), table.read, ""
    if start[:2] in UTF16:
        encoding = UTF16[start[:2]]
        read = _utf8(table, start[2:], encoding)
        start = read(HEAD)
    marked = start.startswith(BOM)
    start = start.removeprefix(BOM)
    if b"\0" in start[:4096]:
        raise PopulationRefused("not a text file in UTF-8 or CP949 (it has NUL bytes)", file=table.name)
    if start.lstrip(BLANK)[:1] in (b"{", b"[", b"<"):
        return _answer(table.name, b"".join([start, *iter(lambda: read(PIECE), b"")]), layouts)
    if not start.strip(BLANK):
        raise PopulationRefused("empty", file=table.name)
    line = 1
    while start[:1] in (b"\n", b"\r"):  # empty lines before the header
        start = start[2:] if start.startswith(b"\r\n") else start[1:]
        line += 1
    end = min((at for at in (start.find(b"\n"), start.find(b"\r")) if at >= 0), default=len(start))
    try:
        header = decode(start[:end])
    except UnicodeDecodeError as error:
        raise PopulationRefused("the header is neither UTF-8 nor CP949", file=table.name, line=line) from error
    match = recognise(header, layouts, table.name, line)
    rest = start[end + 2 :] if start[end : end + 2] == b"\r\n" else start[end + 1 :]
    encoding = encoding or _encoding(start[:end], marked)
    return Source(table.name, match, line + 1, encoding, _pieces(rest, read, table.name))


def _pieces(start: bytes, read: Read, name: str) -> Iterator[bytes]:
    """Yield what is left of a stream in pieces that end where a line ends."""
    held = start
    while True:
        more = read(PIECE)
        if not more:
            break
        cut = max(held.rfind(b"\n"), held.rfind(b"\r", 0, -1)) + 1  # a last \r may be half of a line's end
        if cut:
            yield held[:cut]
        elif len(held) > LONGEST:
            raise PopulationRefused("not a table: a line does not end", file=name)
        held = held[cut:] + more
    if held:
        yield held


def _utf8(table: Table, start: bytes, encoding: str) -> Read:
    """Return a reader of the stream in UTF-8; `start` was read from it already."""
    decoder = codecs.getincrementaldecoder(encoding)()
    waiting = [start]

    def read(size: int) -> bytes:
        while True:
            raw = waiting.pop() if waiting else table.read(size)
            try:
                text = decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as error:
                raise PopulationRefused(f"damaged {encoding.upper()} ({error.reason})", file=table.name) from error
            if text or not raw:
                return text.encode("utf-8", "replace")

    return read


def _answer(name: str, content: bytes, layouts: tuple[Layout, ...]) -> Source:
    """Return the rows of an API's answer as a table; its lines are the rows, counted from 1."""
    try:
        lines = as_lines(decode(content).strip(), name)
    except UnicodeDecodeError as error:
        raise PopulationRefused("neither UTF-8 nor CP949", file=name) from error
    header, rows = lines.split("\n", 1)
    return Source(
        name, recognise(header, layouts, name, None), 1, _encoding(content, False), iter([rows.encode()])
    )


def _encoding(sample: bytes, marked: bool) -> str:
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        return "cp949 behind a UTF-8 byte-order mark" if marked else "cp949"
    return "utf-8-sig" if marked else "utf-8"
