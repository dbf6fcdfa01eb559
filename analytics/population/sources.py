"""Opens population files as they come: plain, gzip, zip, or one in another, told by their first bytes.

Nothing is unpacked whole: every table is a stream that is read a piece at a time.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..refusals import PopulationRefused

GZIP, ZIP, EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
PACKED = (".gz", ".zip")
TABLES = (".csv", ".txt", ".tsv", ".dat", ".json", ".xml")
UTF8_NAME = 0x800
"""A zip member's flag: its name is UTF-8. Without it the name is of the writer's own encoding."""
NESTED = 3


@dataclass(frozen=True)
class Table:
    """A stream of bytes with the name that messages use."""

    name: str
    stream: BinaryIO

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, fewer only at the end; refuse a stream that breaks off."""
        with _refusing(self.name):
            return self.stream.read(size)


def open_tables(path: Path) -> Iterator[Table]:
    """Yield every table in the file, one at a time; each must be read before the next.

    Raises
    ------
    PopulationRefused
        The file is not there, damaged, or holds no table.
    """
    with _refusing(path.name):
        file = open(path, "rb")  # noqa: SIM115 (closed below, outside of the translation of errors)
    with file:
        yield from _unpacked(path.name, file, NESTED)


def decode(raw: bytes) -> str:
    """Return text of either encoding; raise UnicodeDecodeError for neither. Korean CP949 is never valid UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp949")


class _refusing:  # noqa: N801 (read as a verb)
    """Turns what opening and unpacking can raise into a refusal that names the file."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, error, trace) -> None:
        if isinstance(error, EOFError | zlib.error | zipfile.BadZipFile | RuntimeError | gzip.BadGzipFile):
            raise PopulationRefused(
                f"damaged or cut off: it cannot be unpacked ({error})", file=self.name
            ) from error
        if isinstance(error, OSError):
            raise PopulationRefused(f"cannot be opened ({error.strerror or error})", file=self.name) from error


def _unpacked(name: str, stream: BinaryIO, nested: int) -> Iterator[Table]:
    buffered = io.BufferedReader(stream) if not hasattr(stream, "peek") else stream
    with _refusing(name):
        start = buffered.peek(4)[:4]
    if not start.startswith((GZIP, ZIP, EMPTY_ZIP)):
        yield Table(name, buffered)
    elif not nested:
        raise PopulationRefused("packed too often, one file in another", file=name)
    elif start.startswith(GZIP):
        with _refusing(name):
            unzipped = io.BufferedReader(gzip.GzipFile(fileobj=buffered, mode="rb"))
        yield from _unpacked(name, unzipped, nested - 1)
    else:
        yield from _members(name, buffered, nested - 1)


def _members(name: str, stream: BinaryIO, nested: int) -> Iterator[Table]:
    with _refusing(name):
        bundle = zipfile.ZipFile(stream)
    with bundle:
        tables = [(info, _member_name(info)) for info in bundle.infolist()]
        tables = [(info, inner) for info, inner in tables if inner.lower().endswith(TABLES + PACKED)]
        if not tables:
            raise PopulationRefused(f"the zip holds no table ({', '.join(TABLES)})", file=name)
        for info, inner in tables:
            said = f"{name}: {inner}"
            with _refusing(said):
                member = bundle.open(info)
            with member:
                yield from _unpacked(said, member, nested)


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return the name without folders, in Korean if it is; "" for what the archiver of a Mac adds."""
    name = info.filename
    if not info.flag_bits & UTF8_NAME:
        try:
            name = decode(name.encode("cp437"))
        except UnicodeError:
            name = info.filename
    return "" if name.startswith("__MACOSX/") else name.rsplit("/", 1)[-1]
