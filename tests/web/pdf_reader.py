"""Reads the PDFs of posters as a viewer does: objects by the table at the end, pages by their list."""

import re
import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

NUMBER = r"(-?[\d.]+)"


def objects_of(pdf: bytes) -> dict[int, bytes]:
    """Return the objects of a PDF by the table at its end."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
    places = re.findall(rb"(\d{10}) 00000 n ", pdf[start:])
    found = {}
    for number, place in enumerate(places, 1):
        begin = int(place)
        assert pdf[begin:].startswith(b"%d 0 obj\n" % number)
        found[number] = pdf[begin : pdf.index(b"\nendobj\n", begin)]
    return found


def pages_of(parts: dict[int, bytes]) -> list[bytes]:
    """Return the page objects in their order."""
    kids = re.search(rb"/Kids \[([^\]]*)\]", parts[2])[1]
    return [parts[int(number)] for number in re.findall(rb"(\d+) 0 R", kids)]


def packed_of(part: bytes) -> bytes:
    """Return the content of a stream as it is stored."""
    length = int(re.search(rb"/Length (\d+)", part)[1])
    begin = part.index(b"stream\n") + 7
    return part[begin : begin + length]


def picture_of(part: bytes) -> Image.Image:
    """Return a picture whose rows have the predictors of PNG: its stream in a PNG of our own."""
    wide, tall = (int(re.search(rb"/%s (\d+)" % side, part)[1]) for side in (b"Width", b"Height"))
    assert b"/Predictor 15 /Colors 3" in part
    file = BytesIO(b"\x89PNG\r\n\x1a\n")
    file.seek(0, 2)
    head = struct.pack(">IIBBBBB", wide, tall, 8, 2, 0, 0, 0)
    for kind, body in ((b"IHDR", head), (b"IDAT", packed_of(part)), (b"IEND", b"")):
        file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
    return Image.open(file).convert("RGB")


def paper_of(pdf: bytes, page: int, dots: int = 300) -> Image.Image:
    """Return a page with its pictures where they lie, without the symbol."""
    parts = objects_of(pdf)
    head = pages_of(parts)[page]
    width, height = (float(side) for side in re.search(rb"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", head).groups())
    scale = dots / 72
    placed = rf"^q {NUMBER} 0 0 {NUMBER} {NUMBER} {NUMBER} cm /P(\d+) Do Q$"
    first, *others = re.findall(placed, _content(parts, head), re.MULTILINE)
    paper = picture_of(parts[int(first[4])]).resize((-int(-width * scale // 1), -int(-height * scale // 1)))
    across, down = paper.width / width, paper.height / height
    for *place, number in others:
        wide, tall, left, bottom = map(float, place)
        part = picture_of(parts[int(number)]).resize((round(wide * across), round(tall * down)))
        paper.paste(part, (round(left * across), round((height - bottom - tall) * down)))
    return paper


def rasterised(pdf: bytes, page: int, dots: int = 300) -> Image.Image:
    """Return a page as a viewer would show it: the pictures, and the filled path on top."""
    parts = objects_of(pdf)
    grey = np.array(paper_of(pdf, page, dots).convert("L"))
    content, scale = _content(parts, pages_of(parts)[page]), dots / 72
    path = content[content.rindex(" Do Q\n") :]
    outer, inner = re.findall(rf"{NUMBER} 0 0 {NUMBER} {NUMBER} {NUMBER} cm(?: 0 g)?$", path, re.MULTILINE)
    millimetre, module = float(outer[0]), float(inner[0])
    assert float(outer[1]) == -millimetre
    left, top, dot = float(inner[2]), float(inner[3]), millimetre * scale
    for x, y, wide, tall in re.findall(r"^(\d+) (\d+) (\d+) (\d+) re$", path, re.MULTILINE):
        x0, x1 = ((left + module * at) * dot for at in (int(x), int(x) + int(wide)))
        y0, y1 = ((top + module * at) * dot for at in (int(y), int(y) + int(tall)))
        grey[round(y0) : round(y1), round(x0) : round(x1)] = 0
    return Image.fromarray(grey)


def _content(parts: dict[int, bytes], head: bytes) -> str:
    return zlib.decompress(packed_of(parts[int(re.search(rb"/Contents (\d+) 0 R", head)[1])])).decode()
