"""Files come packed in each other, with names in CP949, endings in any case; pieces of any size are one table."""

import gzip
import io
import zipfile

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.population import PopulationRefused, read_population
from analytics.population import text as reading

from .ugly import BOM, DONG_HEADER, dong_rows, text, write

CONTENT = BOM + text(DONG_HEADER, dong_rows()).encode("cp949")


def zipped(*members):
    """Return a zip of (name, content); a name may be bytes, as archivers write it without saying its encoding."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members:
            bundle.writestr(name if isinstance(name, str) else f"x{len(name) - 1:0>{len(name) - 1}}", content)
    raw = held.getvalue()
    for name, _ in members:
        if not isinstance(name, str):
            raw = raw.replace(f"x{len(name) - 1:0>{len(name) - 1}}".encode(), name)
    return raw


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "a.csv"
    path.write_bytes(CONTENT)
    return read_population([path]).table


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.ZIP", zipped(("LOCAL.CSV", CONTENT)), "a.ZIP: LOCAL.CSV"),
        ("a.csv", gzip.compress(CONTENT), "a.csv"),
        ("a.zip", zipped(("day.csv.GZ", gzip.compress(CONTENT))), "a.zip: day.csv.GZ"),
        ("a.zip", zipped(("days.ZIP", zipped(("day.csv", CONTENT)))), "a.zip: days.ZIP: day.csv"),
        ("a.zip.gz", gzip.compress(zipped(("day.csv", CONTENT))), "a.zip.gz: day.csv"),
        ("a.zip", zipped(("서울 생활인구/3월.csv", CONTENT)), "a.zip: 3월.csv"),
        ("a.zip", zipped(("생활인구.csv".encode("cp949"), CONTENT)), "a.zip: 생활인구.csv"),
        ("a.zip", zipped(("생활인구.csv".encode(), CONTENT)), "a.zip: 생활인구.csv"),
        ("a.zip", zipped(("a.csv", CONTENT), ("__MACOSX/._a.csv", b"\0\5\x16\7")), "a.zip: a.csv"),
    ],
)
def test_what_is_packed_is_unpacked_and_named(plain, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    population = read_population([tmp_path / name])
    pd.testing.assert_frame_equal(population.table, plain)
    assert [report.file for report in population.sources] == [said]


def test_each_member_of_a_zip_has_its_own_encoding(tmp_path):
    days = ("20200302", "20200303", "20200304")
    texts = [text(DONG_HEADER, dong_rows((day,))) for day in days]
    made = zipped(
        ("1.csv", texts[0].encode("cp949")),
        ("2.csv", BOM + texts[1].encode("utf-8")),
        ("3.csv", texts[2].encode("utf-16")),
    )
    (tmp_path / "a.zip").write_bytes(made)
    population = read_population([tmp_path / "a.zip"])
    assert [report.encoding for report in population.sources] == ["cp949", "utf-8-sig", "utf-16-le"]
    assert [report.rows_kept for report in population.sources] == [48] * 3


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.zip", zipped(), "the zip holds no table"),
        ("a.zip", zipped(("a.csv", CONTENT))[:-40], "a.zip: damaged or cut off"),
        ("a.zip", zipped(("a.csv.gz", gzip.compress(CONTENT)[:-20])), "a.zip: a.csv.gz: damaged or cut off"),
        ("a.gz", gzip.compress(gzip.compress(gzip.compress(gzip.compress(CONTENT)))), "packed too often"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PopulationRefused) as refusal:
        read_population([tmp_path / name])
    assert says in str(refusal.value)


def test_a_password_is_a_reason_to_refuse(tmp_path):
    raw = bytearray(zipped(("a.csv", CONTENT)))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + flags] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    with pytest.raises(PopulationRefused, match=r"a\.zip: a\.csv: damaged or cut off.*password"):
        read_population([tmp_path / "a.zip"])


@given(st.integers(1, 300), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["cp949", "utf-8", "utf-16"]))
def test_pieces_of_any_size_give_the_same_table(plain, tmp_path, size, end, encoding):
    path = write(tmp_path / "a.csv", text(DONG_HEADER, dong_rows(), end=end).encode(encoding))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "PIECE", size)
        patch.setattr(reading, "HEAD", max(size, 120))
        population = read_population([path])
    pd.testing.assert_frame_equal(population.table, plain)
    assert population.sources[0].rows_read == 48


def test_lines_are_counted_across_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "PIECE", 100)
    monkeypatch.setattr(reading, "HEAD", 200)
    rows = dong_rows()
    rows[30] = ("20200302", "24", "11110515", "1")
    (report,) = read_population([write(tmp_path / "a.csv", text(DONG_HEADER, rows))]).sources
    assert report.rejected == ((32, "시간대구분: '24' is not an hour 00–23"),)


def test_a_line_without_an_end_is_no_table(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST", 1000)
    (tmp_path / "a.csv").write_bytes(text(DONG_HEADER, []).encode("cp949") + b"1" * (1 << 17))
    with pytest.raises(PopulationRefused, match=r"a\.csv: not a table: a line does not end"):
        read_population([tmp_path / "a.csv"])
