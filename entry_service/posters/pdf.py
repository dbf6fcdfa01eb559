"""Write a PDF 1.7 of A4 pages as it grows: pictures without loss, symbols as paths, nothing held but places.

A picture's stream is that of a PNG, whose predictors PDF knows.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image

from .sheet import HEIGHT, WIDTH, Sheet
from .words import Language

POINTS = 72 / 25.4  # PDF units in a millimetre
HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG, PAGES, INFO = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A picture on a page: the number of its object; left, top, width and height in millimetres."""

    number: int
    left: float
    top: float
    width: float
    height: float


class Pdf:
    """A document in the making: ``add`` objects and pages, then ``close``."""

    def __init__(self, out: BinaryIO, language: Language, title: str) -> None:
        """Begin; ``title`` is what a viewer shows in its window."""
        self._out, self._language, self._title = out, language, title
        self._places: dict[int, int] = {}
        self._pages: list[int] = []
        self._next, self._at = INFO + 1, 0
        self._write(HEADER)

    def add(self, body: bytes) -> int:
        """Write an object and return its number."""
        number, self._next = self._next, self._next + 1
        self._object(number, body)
        return number

    def add_page(self, pieces: Sequence[Piece], path: bytes) -> None:
        """Write a page of A4: the pictures in their order, then a path (``symbol_path``)."""
        placed = [
            f"q {piece.width * POINTS:.4f} 0 0 {piece.height * POINTS:.4f} {piece.left * POINTS:.4f} "
            f"{(HEIGHT - piece.top - piece.height) * POINTS:.4f} cm /P{piece.number} Do Q"
            for piece in pieces
        ]
        content = self.add(stream_object("", zlib.compress("\n".join(placed).encode() + b"\n" + path)))
        named = " ".join(f"/P{piece.number} {piece.number} 0 R" for piece in pieces)
        page = (
            f"<< /Type /Page /Parent {PAGES} 0 R "
            f"/MediaBox [0 0 {WIDTH * POINTS:.4f} {HEIGHT * POINTS:.4f}] "
            f"/Resources << /XObject << {named} >> >> /Contents {content} 0 R >>"
        )
        self._pages.append(self.add(page.encode()))

    def close(self) -> None:
        """Write catalogue, pages, title, the table of where the objects lie, and the trailer."""
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        catalog = f"<< /Type /Catalog /Pages {PAGES} 0 R /Lang ({self._language}) >>"
        title = self._title.encode("utf-16-be").hex().upper()
        self._object(CATALOG, catalog.encode())
        self._object(PAGES, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>".encode())
        self._object(INFO, f"<< /Title <FEFF{title}> >>".encode())
        start, size = self._at, self._next
        lines = "".join(f"{self._places[number]:010} 00000 n \n" for number in range(1, size))
        trailer = f"trailer\n<< /Size {size} /Root {CATALOG} 0 R /Info {INFO} 0 R >>\nstartxref\n{start}\n%%EOF\n"
        self._write(f"xref\n0 {size}\n0000000000 65535 f \n{lines}{trailer}".encode())

    def _object(self, number: int, body: bytes) -> None:
        self._places[number] = self._at
        self._write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")

    def _write(self, content: bytes) -> None:
        self._out.write(content)
        self._at += len(content)


def stream_object(facts: str, packed: bytes) -> bytes:
    """Return a stream of deflated content."""
    head = f"<< {facts} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
    return head.encode() + packed + b"\nendstream"


def picture_object(picture: Image.Image) -> bytes:
    """Return an RGB picture as a lossless image."""
    file = BytesIO()
    picture.save(file, "PNG")
    facts = (
        f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} "
        "/ColorSpace /DeviceRGB /BitsPerComponent 8 "
        f"/DecodeParms << /Predictor 15 /Colors 3 /BitsPerComponent 8 /Columns {picture.width} >>"
    )
    return stream_object(facts, _png_stream(file.getvalue()))


def symbol_path(sheet: Sheet) -> bytes:
    """Return the operators that draw the symbol's dark runs as one path, in its place on the page."""
    lines = [f"q {POINTS:.6f} 0 0 -{POINTS:.6f} 0 {HEIGHT * POINTS:.4f} cm"]  # millimetres from the upper left
    lines.append(f"{sheet.module:.6f} 0 0 {sheet.module:.6f} {sheet.left:.6f} {sheet.top:.6f} cm 0 g")
    for row, line in enumerate(sheet.modules):
        edges = [0, *line.astype(int), 0]
        starts = [at for at in range(len(line)) if edges[at + 1] > edges[at]]
        ends = [at for at in range(1, len(line) + 1) if edges[at + 1] < edges[at]]
        for start, end in zip(starts, ends, strict=True):
            lines.append(f"{start} {row} {end - start} 1 re")
    return "\n".join([*lines, "f Q"]).encode()


def _png_stream(png: bytes) -> bytes:
    """Return the deflated rows of a PNG: the content of its IDAT chunks."""
    parts, at = [], 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            parts.append(png[at + 8 : at + 8 + length])
        at += 12 + length
    return b"".join(parts)
