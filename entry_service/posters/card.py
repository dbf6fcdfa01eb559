"""Draw a printed card on an A4 sheet in its true size (85.6 × 54 mm), to be cut out: QR symbol and words.

No name stands on a card, nor the place that gave it out: whoever finds one learns the number to call, no more.
"""

from dataclasses import dataclass
from datetime import date

from . import fonts
from .files import PRINT, png_of, sheets_pdf, with_symbol
from .sheet import EDGE, HEIGHT, INK, LINE, NAVY, POINT, SOFT, WIDTH, Pen, Sheet
from .symbol import QUIET_ZONE, modules_of

CARD_WIDTH, CARD_HEIGHT = 85.6, 54.0  # millimetres, ISO/IEC 7810 ID-1
LEFT, TOP = (WIDTH - CARD_WIDTH) / 2, 92.0  # where the card lies on the sheet
BAND = 11.0  # height of the coloured head
SYMBOL = 33.0  # side of the white square that holds the symbol
MARK = 5.0  # length of a line that shows where to cut
LONGEST_LINE = 42.0  # beside the symbol
STEPS = (
    "배율 100%로 인쇄하여 모서리의 선을 따라 자릅니다. 카드는 가로 85.6 mm, 세로 54 mm입니다.",
    "카드를 쓸 분에게 직접 건네고, 잃어버리면 바로 알려 주실 것을 안내합니다.",
    "내려받은 파일은 지웁니다. 이 카드는 다시 인쇄할 수 없습니다.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a card says; ``text`` is what its QR symbol holds, ``number`` opens nothing."""

    authority: str
    text: str
    number: str
    valid_until: date
    contact: str
    demo: bool = False


def card_pdf(facts: CardFacts) -> bytes:
    """Return the sheet as PDF of A4; raise ``GlyphMissing`` or ``FontsMissing``."""
    return sheets_pdf([draw_card_sheet(facts, PRINT)], "ko", f"출입 카드 {facts.number}")


def card_png(facts: CardFacts, dots_per_inch: float = PRINT) -> bytes:
    """Return the card alone as PNG."""
    picture = with_symbol(draw_card_sheet(facts, dots_per_inch))
    dots = dots_per_inch / 25.4
    box = (LEFT, TOP, LEFT + CARD_WIDTH, TOP + CARD_HEIGHT)
    return png_of(picture.crop(tuple(round(edge * dots) for edge in box)), dots_per_inch)


def draw_card_sheet(facts: CardFacts, dots_per_inch: float) -> Sheet:
    """Return the sheet with the card on it; the symbol is measured here and drawn by ``files``."""
    fonts.assert_drawable([facts.authority, facts.contact])
    pen = Pen(dots_per_inch)
    _draw_steps(pen, facts)
    _draw_marks(pen)
    _draw_card(pen, facts)
    modules = modules_of(facts.text)
    module = SYMBOL / (len(modules) + 2 * QUIET_ZONE)
    quiet = QUIET_ZONE * module
    left, top = LEFT + 2.5, TOP + BAND + (CARD_HEIGHT - BAND - SYMBOL) / 2 - 2.5
    return Sheet(picture=pen.picture, modules=modules, left=left + quiet, top=top + quiet, module=module)


def _draw_steps(pen: Pen, facts: CardFacts) -> None:
    pen.text((EDGE + 1, 30), "출입 카드", "Bold", 28, INK)
    pen.text((WIDTH - EDGE - 1, 30), facts.number, "Bold", 15, SOFT, "r")
    y = 43.0
    for number, step in enumerate(STEPS, start=1):
        pen.text((EDGE + 1, y), f"{number}.", "Bold", 12, INK)
        for line in pen.lines(step, "Regular", 12, WIDTH - 2 * EDGE - 8):
            pen.text((EDGE + 7, y), line, "Regular", 12, INK)
            y += 6
        y += 1.5


def _draw_marks(pen: Pen) -> None:
    right, bottom = LEFT + CARD_WIDTH, TOP + CARD_HEIGHT
    for x, away in ((LEFT, -1), (right, 1)):
        for y, up in ((TOP, -1), (bottom, 1)):
            pen.line([(x + away * 1.5, y), (x + away * (1.5 + MARK), y)], SOFT, 0.2)
            pen.line([(x, y + up * 1.5), (x, y + up * (1.5 + MARK))], SOFT, 0.2)


def _draw_card(pen: Pen, facts: CardFacts) -> None:
    pen.box(LEFT, TOP, CARD_WIDTH, CARD_HEIGHT, LINE)
    pen.box(LEFT + 0.2, TOP + 0.2, CARD_WIDTH - 0.4, CARD_HEIGHT - 0.4, "#ffffff")
    pen.box(LEFT, TOP, CARD_WIDTH, BAND, NAVY)
    pen.text((LEFT + 4.5, TOP + 7.3), f"{facts.authority} 출입 카드", "Bold", 12.5, "#ffffff")
    if facts.demo:
        pen.text((LEFT + CARD_WIDTH - 4.5, TOP + 7.2), "모의", "Medium", 8, "#ffd98a", "r")
    x, y = LEFT + SYMBOL + 5, TOP + BAND
    pen.text((x, y + 6), "카드 번호", "Regular", 7, SOFT)
    pen.text((x, y + 12.2), facts.number, "Bold", 15, INK)
    day = facts.valid_until
    until = f"{day.year}. {day.month}. {day.day}.까지"
    pen.text((x, y + 18), "유효기간", "Regular", 7, SOFT)
    pen.text((x + 11.5, y + 18), until, "Medium", 8, INK)
    y += 24.2
    for line in pen.balanced(
        "잃어버리면 바로 전화해 주십시오. 그때부터 이 카드를 쓸 수 없습니다.", "Medium", 7.5, LONGEST_LINE
    ):
        pen.text((x, y), line, "Medium", 7.5, INK)
        y += 7.5 * POINT * 1.35
    pen.text((x, y + 1.4), facts.contact, "Bold", 10.5, NAVY)
    foot = TOP + CARD_HEIGHT - 3.2
    pen.text(
        (LEFT + 4.5, foot),
        "입구에서 직원에게 보여 주십시오 · Show at the door. If found, please call.",
        "Regular",
        6,
        SOFT,
    )


assert TOP + CARD_HEIGHT < HEIGHT
