"""Files to print: a PNG of 300 dots per inch, and a PDF of exactly A4 whose QR symbol is drawn, not pasted.

The PDF holds the page as a lossless picture and the symbol as one filled path, so that its edges stay sharp on any
printer. Pillow alone would keep the page as JPEG, which frays the edges of letters.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

from PIL import Image

from .sheet import HEIGHT, WIDTH, PosterFacts, Sheet, draw_sheet
from .symbol import draw_symbol
from .words import Language

PRINT = 300.0  # dots per inch
PREVIEW = 200.0  # drawn so, shown at half of it: small letters stay smooth
POINTS = 72 / 25.4  # PDF units in a millimetre


def poster_png(facts: PosterFacts, language: Language) -> bytes:
    """Return the poster as PNG of A4 at 300 dots per inch."""
    picture = with_symbol(draw_sheet(facts, language, PRINT))
    return png_of(picture, PRINT)


def preview_png(facts: PosterFacts, language: Language) -> bytes:
    """Return a small PNG to look at, 827 × 1169 pixels."""
    picture = with_symbol(draw_sheet(facts, language, PREVIEW)).reduce(2)
    return png_of(picture, PREVIEW / 2)


def poster_pdf(posters: Sequence[PosterFacts], language: Language, title: str) -> bytes:
    """Return a PDF with one A4 page for each poster; ``title`` is what a viewer shows in its window."""
    return sheets_pdf((draw_sheet(facts, language, PRINT) for facts in posters), language, title)


def sheets_pdf(sheets: Iterable[Sheet], language: Language, title: str) -> bytes:
    """Return a PDF 1.7 with one A4 page for each sheet, its symbol drawn as a path."""
    objects: dict[int, bytes] = {}
    pages = []
    for place, sheet in enumerate(sheets):
        page, content, picture = (3 * place + number for number in (4, 5, 6))
        objects[page] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH * POINTS:.4f} {HEIGHT * POINTS:.4f}] "
            f"/Resources << /XObject << /Page {picture} 0 R >> >> /Contents {content} 0 R >>"
        ).encode()
        objects[content] = _stream("", "\n".join(_drawing(sheet)).encode())
        objects[picture] = _picture(sheet.picture)
        pages.append(f"{page} 0 R")
    objects[1] = f"<< /Type /Catalog /Pages 2 0 R /Lang ({language}) >>".encode()
    objects[2] = f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(pages)}] >>".encode()
    objects[3] = f"<< /Title <FEFF{title.encode('utf-16-be').hex().upper()}> >>".encode()
    return _document(objects)


def with_symbol(sheet: Sheet) -> Image.Image:
    """Return the sheet with its symbol pasted in whole pixels, centred where it belongs."""
    dots = sheet.picture.width / WIDTH
    module = int(sheet.module * dots)
    symbol = draw_symbol(sheet.modules, module)
    side = sheet.module * len(sheet.modules)
    middle = (sheet.left + side / 2) * dots, (sheet.top + side / 2) * dots
    sheet.picture.paste(symbol, tuple(round(at - symbol.width / 2) for at in middle))
    return sheet.picture


def png_of(picture: Image.Image, dots_per_inch: float) -> bytes:
    """Return a picture as PNG that knows how large it is printed."""
    file = BytesIO()
    picture.save(file, "PNG", dpi=(dots_per_inch, dots_per_inch))
    return file.getvalue()


def _drawing(sheet: Sheet) -> Iterator[str]:
    """Yield the page's operators: the picture over the whole page, then the symbol's dark runs as one path."""
    yield f"q {WIDTH * POINTS:.4f} 0 0 {HEIGHT * POINTS:.4f} 0 0 cm /Page Do Q"
    yield f"q {POINTS:.6f} 0 0 -{POINTS:.6f} 0 {HEIGHT * POINTS:.4f} cm"  # millimetres from the upper left
    yield f"{sheet.module:.6f} 0 0 {sheet.module:.6f} {sheet.left:.6f} {sheet.top:.6f} cm 0 g"  # one unit a module
    for row, line in enumerate(sheet.modules):
        edges = [0, *line.astype(int), 0]
        starts = [at for at in range(len(line)) if edges[at + 1] > edges[at]]
        ends = [at for at in range(1, len(line) + 1) if edges[at + 1] < edges[at]]
        for start, end in zip(starts, ends, strict=True):
            yield f"{start} {row} {end - start} 1 re"
    yield "f Q"


def _picture(picture: Image.Image) -> bytes:
    """Return the page as a lossless image."""
    facts = (
        f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} "
        "/ColorSpace /DeviceRGB /BitsPerComponent 8"
    )
    return _stream(facts, picture.tobytes())


def _stream(facts: str, content: bytes) -> bytes:
    packed = zlib.compress(content, 6)
    head = f"<< {facts} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
    return head.encode() + packed + b"\nendstream"


def _document(objects: dict[int, bytes]) -> bytes:
    """Return the file: header, numbered objects, the table of where they lie, and the trailer."""
    parts, places, at = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"], [], 15
    for number in sorted(objects):
        part = f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
        places.append(f"{at:010} 00000 n \n")
        parts.append(part)
        at += len(part)
    table = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{''.join(places)}"
    trailer = f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{at}\n%%EOF\n"
    return b"".join(parts) + table.encode() + trailer.encode()
