"""Files to print: a PNG of 300 dots per inch, and a PDF of exactly A4 whose QR symbol is drawn, not pasted.

The PDF holds the page as a lossless picture and the symbol as one filled path, so that its edges stay sharp on any
printer. Pillow alone would keep the page as JPEG, which frays the edges of letters.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO

from PIL import Image

from .pdf import Pdf, Piece, picture_object, symbol_path
from .sheet import HEIGHT, WIDTH, PosterFacts, Sheet, draw_sheet
from .symbol import draw_symbol
from .words import Language

PRINT = 300.0  # dots per inch
PREVIEW = 200.0  # drawn so, shown at half of it: small letters stay smooth


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
    file = BytesIO()
    document = Pdf(file, language, title)
    for sheet in sheets:
        pieces = [Piece(document.add(picture_object(sheet.picture)), 0.0, 0.0, WIDTH, HEIGHT)]
        document.add_page(pieces, symbol_path(sheet))
    document.close()
    return file.getvalue()


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
