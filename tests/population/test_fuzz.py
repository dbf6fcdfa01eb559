"""Whatever is done to a real layout, rows read are rows kept and rows rejected, and nothing is invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.population import PopulationRefused, read_population

from .test_carriers import DS4C, GYEONGGI, HANAM, HUB, KT_CELL
from .ugly import BANDS, BOM, DONG_HEADER, GRID_HEADER, text, write

VALUE = st.sampled_from(["*", "0", "3.5", "12", "1,234.5", "-1", "x", ""])
DAYS = st.sampled_from(["20200301", "2020-03-02", "202003", "20201301"])
HOUR = st.sampled_from(["0", "07", "23", "24"])
FIELDS = {
    **dict.fromkeys(("기준일ID", "일자", "date", "연도_월_일", "etl_ymd", "기준년월"), DAYS),
    **dict.fromkeys(
        ("시간대구분", "시간", "hour", "시간코드", "timezn_cd", "시간대코드", "시간(1시간단위)"), HOUR
    ),
    **dict.fromkeys(("행정동코드", "admi_cd"), st.sampled_from(["11110515   ", "1111053000", "4141051"])),
    **dict.fromkeys(("집계구코드",), st.sampled_from(["1101053010001", "1101053010002"])),
    **dict.fromkeys(("250M격자",), st.sampled_from(["다사52505325", "다사52755325", "다사5250"])),
    **dict.fromkeys(("시군구코드",), st.sampled_from(["41450", "41410"])),
    **dict.fromkeys(("x",), st.sampled_from(["952500", "952750.0", "5"])),
    **dict.fromkeys(("y",), st.sampled_from(["1953250", "1953500", ""])),
    **dict.fromkeys(("성별", "sex", "외국인구분"), st.sampled_from(["남", "여", "합계"])),
    **dict.fromkeys(("시", "province", "군구", "city"), st.sampled_from(["서울", "강남구", "Seoul"])),
}
HEADERS = (
    (*DONG_HEADER, *BANDS[:3]),
    ("기준일ID", "시간대구분", "행정동코드", "집계구코드", "총생활인구수"),
    GRID_HEADER,
    HUB,
    DS4C,
    HANAM,
    KT_CELL,
    GYEONGGI,
)


@st.composite
def ugly_files(draw):
    """Return the bytes of a file: columns shuffled, others between, rows repeated, the end cut off."""
    header = draw(st.permutations(draw(st.sampled_from(HEADERS))))
    rows = draw(st.lists(st.tuples(*(FIELDS.get(name, VALUE) for name in header)), min_size=1, max_size=12))
    rows += draw(st.lists(st.sampled_from(rows), max_size=3))
    extra = draw(st.integers(0, len(header)))
    header = (*header[:extra], "비고", *header[extra:])
    rows = [(*row[:extra], "메모, 끝", *row[extra:]) for row in rows]
    content = text(header, rows, end=draw(st.sampled_from(["\n", "\r\n"])), tail=draw(st.sampled_from(["", ","])))
    raw = BOM * draw(st.booleans()) + content.encode(draw(st.sampled_from(["cp949", "utf-8"])))
    return raw[: len(raw) - draw(st.sampled_from([0, 0, 1, 7, 30]))]


@given(ugly_files())
def test_every_row_is_kept_or_rejected(tmp_path, raw):
    population, refused = None, None
    try:
        population = read_population([write(tmp_path / "a.csv", raw)])
    except PopulationRefused as refusal:
        refused = refusal
    if population is None:
        assert refused.file == "a.csv"
        return
    (report,) = population.sources
    assert report.rows_read == report.rows_kept + sum(report.rejected_counts.values())
    assert report.rows_read == len([line for line in raw.split(b"\n")[1:] if line.strip()])
    table = population.table
    assert not table.duplicated(["unit_code", "hour"]).any()
    assert len(table) <= report.rows_kept * (31 if population.monthly else 1)
    hidden = table["missing"] == "masked"
    assert (table["population"].isna() == hidden).all()
    assert (table.loc[~hidden, "low"] == table.loc[~hidden, "population"]).all()
    assert (table.loc[~hidden, "high"] == table.loc[~hidden, "population"]).all()
    widths = (table.loc[hidden, "high"] - table.loc[hidden, "low"]).round(6)
    assert ((widths >= 3) & (widths % 3 == 0)).all()


@pytest.mark.parametrize(
    "raw", [b"\xff", b"\xff\xfe", b"{", b"<", b"[]", b"{}", b"PK\x03\x04", b"\x1f\x8b", b",,,\n"]
)
def test_a_file_of_nothing_is_refused_by_name(tmp_path, raw):
    (tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(PopulationRefused) as refusal:
        read_population([tmp_path / "a.csv"])
    assert refusal.value.file == "a.csv"
