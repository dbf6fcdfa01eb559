"""Tables that come in: CSV in either encoding and XLSX, row numbers as the office program counts, bounded."""

import io
import tracemalloc
import zipfile
from time import process_time

import pytest

from entry_service import sheet_reader
from entry_service.sheet_reader import TableUnreadable, read_table
from entry_service.spreadsheets import Sheet, workbook_bytes

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TEXT = "시설 번호,이름\nGP-001,산본 도서관\n\n,\nGP-002,군포시청\n"


def book(sheet: str, *, shared: str = "", name: str = "worksheets/sheet1.xml", state: str = "") -> bytes:
    """Return an XLSX as an office program writes it, with the rows of its sheet as XML."""
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    hidden = '<sheet name="숨김" sheetId="2" state="hidden" r:id="rId2"/>' if state else ""
    parts = {
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{links}"><sheets>{hidden}'
        '<sheet name="시설" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Target="{name}"/>'
        '<Relationship Id="rId2" Target="worksheets/sheet9.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{sheet}</sheetData></worksheet>",
    }
    if shared:
        parts["xl/sharedStrings.xml"] = f"<sst {MAIN}>{shared}</sst>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path, content in parts.items():
            file.writestr(path, content)
    return packed.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_is_read_in_either_encoding_and_rows_keep_their_numbers(encoding, separator):
    rows = read_table(TEXT.replace(",", separator).replace("\n", "\r\n").encode(encoding))
    assert [(row.number, row.cells) for row in rows] == [
        (1, ("시설 번호", "이름")),
        (2, ("GP-001", "산본 도서관")),
        (5, ("GP-002", "군포시청")),
    ]


def test_what_our_own_writer_makes_is_read_back():
    content = workbook_bytes(
        [Sheet(title="시설", columns=["이름", "면적"], rows=[["산본", 80.3], ["", 46], ["=1+1", None]])]
    )
    assert [row.cells for row in read_table(content)] == [
        ("이름", "면적"),
        ("산본", "80.3"),
        ("", "46"),
        ("=1+1", ""),
    ]


def test_cells_are_texts_as_people_typed_them():
    sheet = (
        '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="C3"><v>37.361879999999999</v></c>'
        '<c r="D3" t="b"><v>1</v></c><c r="E3" t="inlineStr"><is><t>GP-</t></is></c>'
        '<c r="F3" t="str"><f>A1</f><v>셈</v></c><c r="G3"><v>1E3</v></c></row>'
    )
    shared = "<si><r><t>산</t></r><r><t>본</t></r><rPh sb='0' eb='1'><t>사잇소리</t></rPh></si>"
    [row] = read_table(book(sheet, shared=shared, state="hidden"))
    assert (row.number, row.cells) == (3, ("산본", "", "37.36188", "true", "GP-", "셈", "1000"))


def test_two_cells_far_apart_do_not_fill_the_memory():
    with pytest.raises(TableUnreadable):
        read_table(book('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'))
    with pytest.raises(TableUnreadable):
        read_table(book('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'))


def test_a_bomb_and_entities_are_refused(monkeypatch):
    monkeypatch.setattr(sheet_reader, "MOST_BYTES", 10_000)
    with pytest.raises(TableUnreadable):
        read_table(book('<row r="1"><c r="A1" t="str"><v>' + "a" * 20_000 + "</v></c></row>"))
    with pytest.raises(TableUnreadable):
        read_table(book("", shared="").replace(b"PK", b"PK", 1)[:200])
    entity = '<!DOCTYPE a [<!ENTITY b "c">]>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("xl/workbook.xml", f"{entity}<workbook {MAIN}/>")
    with pytest.raises(TableUnreadable):
        read_table(packed.getvalue())


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row>' * 2,
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
    ],
)
def test_rows_or_cells_that_would_overwrite_each_other_are_refused(rows):
    with pytest.raises(TableUnreadable) as refused:
        read_table(book(rows))
    assert "차례" in refused.value.sentence


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        ("<row/>" * 20_001, ""),
        ("", "<si/>" * 1_600_000),
        ("<row>" + "<c/>" * 20_000 + "</row>", ""),
        ('<row><c t="s"><v>0</v></c></row>', f"<si><t>{'가' * 1_001}</t></si>"),
    ],
)
def test_a_few_kilobytes_that_unpack_to_a_flood_are_refused_soon(rows, shared):
    content, begun = book(rows, shared=shared), process_time()
    with pytest.raises(TableUnreadable):
        read_table(content)
    assert process_time() - begun < 5  # seconds of processor time; 0.5 on an idle machine


def test_what_stands_beside_the_rows_is_not_kept():
    content = book('<row><c t="str"><v>산본</v></c></row>' + "<a/>" * 200_000)
    tracemalloc.start()
    [row] = read_table(content)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert row.cells == ("산본",)
    assert most < 3_000_000  # bytes; 200,000 elements take 20 million


def test_spaces_that_many_cells_share_are_looked_at_once():
    cell = "<c t='s'><v>0</v></c>"
    rows = f"<row>{cell * 20}</row>" * 5_000
    content, begun = book(rows, shared=f"<si><t>{' ' * 4_000_000}</t></si>"), process_time()
    assert read_table(content) == []
    assert process_time() - begun < 10  # seconds of processor time; 0.6 on an idle machine


def test_a_doctype_is_refused_wherever_it_stands():
    packed = io.BytesIO(book("<row/>"))
    with zipfile.ZipFile(packed) as file:
        parts = {name: file.read(name).decode() for name in file.namelist()}
    late = f"<!--{'x' * 2_000}--><!DOCTYPE worksheet [<!ENTITY b 'c'>]>"
    parts["xl/worksheets/sheet1.xml"] = late + parts["xl/worksheets/sheet1.xml"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    with pytest.raises(TableUnreadable):
        read_table(packed.getvalue())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), "XLSX"),
        (b"\xff\xfe\x00\x81", "UTF-8"),
        ('이름\n"열린 따옴표'.encode(), "따옴표"),
        (b"PK\x03\x04 nothing", "CSV나 XLSX"),
        ("\n".join(["가"] * 20_002).encode(), "너무 큽니다"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content, told):
    with pytest.raises(TableUnreadable) as refused:
        read_table(content)
    assert told in refused.value.sentence
