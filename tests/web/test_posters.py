"""The printed poster: what its files hold, and that a camera reads it from the PNG and from the PDF."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from qrcode import QRCode, util
from qrcode.constants import ERROR_CORRECT_M

from entry_service.core.posters import poster_id, poster_url, read_poster_id
from entry_service.posters import fonts
from entry_service.posters.files import poster_pdf, poster_png, preview_png
from entry_service.posters.fonts import FontsMissing, GlyphMissing
from entry_service.posters.sheet import Pen, PosterFacts, draw_sheet, typed_address
from entry_service.posters.symbol import QUIET_ZONE, _mask_changes, _penalties, draw_symbol, modules_of
from entry_service.posters.words import LANGUAGES

from .pdf_reader import objects_of, pages_of, picture_of, rasterised

HOST_OF_25 = "https://entry.gunpo-city.go.korea"
FACTS = PosterFacts(
    authority="군포시",
    facility_name="산본도서관",
    address="경기도 군포시 산본로 323번길 16",
    url=poster_url(HOST_OF_25, poster_id(bytes(range(10)), 3)),
    epoch=3,
    issued=date(2020, 8, 25),
    contact="031-390-0114",
)
LONG_NAME = "군포시 대야미동 행정복지센터 부설 노루목 작은도서관 및 주민 문화 사랑방과 어린이 열람실"


def decoded(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_camera_reads_the_png_of_a_poster(language):
    picture = Image.open(BytesIO(poster_png(FACTS, language)))
    assert decoded(picture) == [FACTS.url]
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert (picture.width / 300 * 25.4, picture.height / 300 * 25.4) == pytest.approx((210, 297), abs=0.1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_camera_reads_the_pdf_of_a_poster(language):
    pdf = poster_pdf([FACTS], language, "포스터")
    assert decoded(rasterised(pdf, 0)) == [FACTS.url]
    assert decoded(rasterised(pdf, 0, dots=75)) == [FACTS.url]


def test_the_pdf_is_exactly_a4_and_holds_at_least_300_dots_per_inch():
    parts = objects_of(poster_pdf([FACTS], "ko", "산본도서관 포스터"))
    [page] = pages_of(parts)
    box = [float(side) for side in re.search(rb"MediaBox \[([^\]]+)\]", page)[1].split()]
    assert box == pytest.approx([0, 0, 210 / 25.4 * 72, 297 / 25.4 * 72], abs=0.001)
    wide, tall = picture_of(parts[int(re.search(rb"/P(\d+) ", page)[1])]).size
    assert wide >= box[2] / 72 * 300
    assert tall >= box[3] / 72 * 300
    assert "산본도서관 포스터".encode("utf-16-be").hex().upper().encode() in parts[3]
    assert b"/Lang (ko)" in parts[1]


def test_one_pdf_holds_the_posters_of_many_facilities_each_on_its_page():
    many = [
        replace(FACTS, facility_name=f"시설 {n}", url=poster_url(HOST_OF_25, poster_id(bytes([n] * 10), n)))
        for n in range(3)
    ]
    pdf = poster_pdf(many, "ko", "포스터")
    assert b"/Count 3" in objects_of(pdf)[2]
    assert [decoded(rasterised(pdf, page)) for page in range(3)] == [[facts.url] for facts in many]


def test_the_symbol_of_a_host_of_25_characters_is_of_version_3_with_its_quiet_zone():
    assert len(HOST_OF_25.removeprefix("https://")) == 25
    sheet = draw_sheet(FACTS, "ko", 100)
    assert sheet.modules.shape == (29, 29)
    assert sheet.module >= 2.5  # millimetres; read from more than a metre
    dots, quiet = 100 / 25.4, QUIET_ZONE * sheet.module
    side = 29 * sheet.module + 2 * quiet
    around = sheet.picture.crop(
        [
            int((sheet.left - quiet) * dots) + 2,
            int((sheet.top - quiet) * dots) + 2,
            int((sheet.left - quiet + side) * dots) - 2,
            int((sheet.top - quiet + side) * dots) - 2,
        ]
    )
    corner = round(3 * dots)
    assert around.crop((corner, 0, around.width - corner, around.height)).getcolors() == [
        ((around.width - 2 * corner) * around.height, (255, 255, 255))
    ]


def test_the_preview_is_small_and_still_read():
    picture = Image.open(BytesIO(preview_png(FACTS, "ko")))
    assert picture.size == (827, 1170)
    assert decoded(picture) == [FACTS.url]


def test_the_typed_address_leads_to_the_same_poster():
    typed = typed_address(FACTS.url)
    assert typed.startswith("entry.gunpo-city.go.korea/E/")
    assert read_poster_id(typed.rpartition("/E/")[2]) == (FACTS.url.rpartition("/E/")[2], 3)


@pytest.mark.parametrize(
    "text", [FACTS.url, "HTTP://127.0.0.1:8000/E/" + "0" * 18, "https://예시.한국/E/가나다", "A" * 900]
)
def test_a_symbol_holds_any_text(text):
    assert decoded(draw_symbol(modules_of(text), 4)) == [text]


def test_masks_and_penalties_are_those_of_the_library():
    for number in range(12):
        text = poster_url(HOST_OF_25, poster_id(bytes([number * 17 % 251] * 10), number))
        drawn = []
        for mask in range(8):
            symbol = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=mask)
            symbol.add_data(text, optimize=0)
            symbol.make()
            drawn.append(np.array(symbol.modules, dtype=bool))
        candidates = drawn[0] ^ _mask_changes(3)
        assert (candidates == np.array(drawn)).all()
        theirs = [util.lost_point(modules.tolist()) for modules in drawn]
        assert _penalties(candidates).tolist() == theirs
        assert (modules_of(text) == drawn[int(np.argmin(theirs))]).all()


@pytest.mark.parametrize("name", ["쀍 도서관", "도서관 𠮷", "학원 \U0001f600"])
def test_a_letter_the_font_lacks_is_refused_and_never_printed_as_a_box(name):
    with pytest.raises(GlyphMissing) as refused:
        poster_png(replace(FACTS, facility_name=name), "ko")
    assert refused.value.facts["letters"] in name


def test_hangul_in_parts_is_printed_whole():
    import unicodedata

    parts = unicodedata.normalize("NFD", FACTS.facility_name)
    assert len(parts) > len(FACTS.facility_name)
    whole = draw_sheet(FACTS, "ko", 60).picture
    assert draw_sheet(replace(FACTS, facility_name=parts), "ko", 60).picture.tobytes() == whole.tobytes()


def test_a_long_name_keeps_every_letter_inside_the_sheet():
    sheet = draw_sheet(replace(FACTS, facility_name=LONG_NAME, address=LONG_NAME * 2), "ko", 100)
    edge = sheet.picture.crop((sheet.picture.width - 50, 0, sheet.picture.width, sheet.picture.height))
    assert edge.getcolors() == [(edge.width * edge.height, (255, 255, 255))]
    name = sheet.picture.crop((0, round(61.5 / 25.4 * 100), sheet.picture.width, round(96 / 25.4 * 100)))
    plain = draw_sheet(FACTS, "ko", 100).picture.crop((0, 242, sheet.picture.width, 378))
    assert np.count_nonzero(np.array(name.convert("L")) < 128) > 2 * np.count_nonzero(
        np.array(plain.convert("L")) < 128
    )


def test_without_the_fonts_the_poster_is_refused_by_name(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    fonts._face.cache_clear()
    fonts.font.cache_clear()
    fonts._is_there.cache_clear()
    with pytest.raises(FontsMissing):
        draw_sheet(FACTS, "ko", 60)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "facts", [FACTS, replace(FACTS, call_number="080-039-0001", demo=True, retention_days=28)]
)
def test_no_line_is_written_over_another(monkeypatch, language, facts):
    boxes = []

    def remember(pen, at, text, weight, points, colour, anchor="l"):
        pixels = pen._pixels(points)
        left, top, right, bottom = fonts.font(weight, pixels).getbbox(text, anchor=f"{anchor}s")
        x, y = at[0] * pen.scale, at[1] * pen.scale
        boxes.append((text, x + left, y + top, x + right, y + bottom))

    monkeypatch.setattr(Pen, "text", remember)
    draw_sheet(facts, language, 150)
    assert len(boxes) > 10
    for number, (text, left, top, right, bottom) in enumerate(boxes):
        for other, *box in boxes[:number]:
            apart = right <= box[0] or box[2] <= left or bottom <= box[1] or box[3] <= top
            assert apart, f"{text} / {other}"
