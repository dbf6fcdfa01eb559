"""Every layout is recognised by its header, whatever the packing, encoding, quoting and line ends."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.population import PopulationRefused, formats, mapping, read_population

from .ugly import BANDS, BOM, DONG_HEADER, GRID_HEADER, dong_rows, text, write

ROWS = dong_rows()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Return the table of two dongs and a day in the plainest of files."""
    path = write(
        tmp_path_factory.mktemp("plain") / "a.csv", text(DONG_HEADER, ROWS, quoted=False, end="\n"), "utf-8"
    )
    return read_population([path]).table


def test_the_tidy_table_has_one_sorted_row_a_unit_and_hour(plain):
    assert list(plain.columns) == ["unit_code", "hour", "population", "missing", "low", "high"]
    assert plain.dtypes.astype(str).tolist() == [
        "category",
        "datetime64[us, Asia/Seoul]",
        "float64",
        "category",
        "float64",
        "float64",
    ]
    assert len(plain) == 48
    assert plain.loc[0].tolist() == [
        "11110515",
        pd.Timestamp("2020-03-02T00:00+09:00"),
        1002.25,
        "",
        1002.25,
        1002.25,
    ]
    assert plain.loc[47].tolist() == [
        "11110530",
        pd.Timestamp("2020-03-02T23:00+09:00"),
        2232.25,
        "",
        2232.25,
        2232.25,
    ]
    assert plain.equals(plain.sort_values(["unit_code", "hour"], ignore_index=True))


@pytest.mark.parametrize("ending", [".csv", ".CSV", ".txt", ".gz", ".GZ", ".zip", ".ZIP"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_packing_and_line_ends_do_not_matter(plain, tmp_path, ending, end):
    path = write(tmp_path / f"population{ending}", text(DONG_HEADER, ROWS, end=end))
    pd.testing.assert_frame_equal(read_population([path]).table, plain)


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (text(DONG_HEADER, ROWS).encode("cp949"), "cp949"),
        (text(DONG_HEADER, ROWS).encode("utf-8"), "utf-8"),
        (BOM + text(DONG_HEADER, ROWS).encode("utf-8"), "utf-8-sig"),
        (BOM + text(DONG_HEADER, ROWS).encode("cp949"), "cp949 behind a UTF-8 byte-order mark"),
        (b"?" + text(DONG_HEADER, ROWS).encode("cp949"), "cp949"),  # a mark that another program could not write
        (text(DONG_HEADER, ROWS).encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + text(DONG_HEADER, ROWS).encode("utf-16-be"), "utf-16-be"),
        (b"\r\n\r\n" + text(DONG_HEADER, ROWS).encode("cp949"), "cp949"),
    ],
)
def test_encodings_are_found_by_looking(plain, tmp_path, raw, encoding):
    population = read_population([write(tmp_path / "a.csv", raw)])
    pd.testing.assert_frame_equal(population.table, plain)
    assert population.sources[0].encoding == encoding


@pytest.mark.parametrize("separator", [",", "|", ";", "\t"])
def test_separators_are_found_by_looking(plain, tmp_path, separator):
    path = write(tmp_path / "a.csv", text(DONG_HEADER, ROWS, separator=separator))
    pd.testing.assert_frame_equal(read_population([path]).table, plain)


def test_a_trailing_comma_in_the_rows_only_or_everywhere_shifts_nothing(plain, tmp_path):
    header = text(DONG_HEADER, [])
    rows_only = header + text(DONG_HEADER, ROWS, tail=",").split("\r\n", 1)[1]
    for name, content in {"rows.csv": rows_only, "all.csv": text(DONG_HEADER, ROWS, tail=",")}.items():
        population = read_population([write(tmp_path / name, content)])
        pd.testing.assert_frame_equal(population.table, plain)
        assert population.sources[0].rejected_counts == {}


def test_spaces_and_ten_digit_codes_become_the_eight_digit_code(plain, tmp_path):
    rows = [(day, f" {int(hour)}", f" {code}00  ", f"{value} ") for day, hour, code, value in ROWS]
    path = write(tmp_path / "a.csv", text(DONG_HEADER, rows))
    pd.testing.assert_frame_equal(read_population([path]).table, plain)


@pytest.mark.parametrize(
    "header",
    [
        ("YMD", "TT", "H_DNG_CD", "SPOP"),
        ("ymd", "tt", "h_dng_cd", "spop"),
        ("STDR_DE_ID", "TMZON_PD_SE", "ADSTRD_CODE_SE", "TOT_LVPOP_CO"),
    ],
)
def test_english_headers_name_the_same_columns(plain, tmp_path, header):
    path = write(tmp_path / "a.csv", text(header, ROWS))
    pd.testing.assert_frame_equal(read_population([path]).table, plain)


def test_columns_may_come_in_another_order_and_with_others_between(plain, tmp_path):
    rows = [(value, *["1.5"] * 28, code, hour, day) for day, hour, code, value in ROWS]
    path = write(tmp_path / "a.csv", text((DONG_HEADER[3], *BANDS, *DONG_HEADER[2::-1]), rows))
    population = read_population([path])
    pd.testing.assert_frame_equal(population.table, plain)
    assert population.sources[0].format == "seoul_dong"


def test_the_block_file_counts_by_its_thirteen_digit_code(tmp_path):
    header = ("기준일ID", "시간대구분", "행정동코드", "집계구코드", "총생활인구수", *BANDS)
    rows = [("20200302", "07", "11110515", f"110105301000{n}", f"{n}.5", *["*"] * 28) for n in range(3)]
    population = read_population([write(tmp_path / "LOCAL.csv", BOM + text(header, rows).encode("cp949"))])
    assert (population.unit_kind, population.sources[0].format) == ("block", "seoul_block")
    assert population.table["unit_code"].tolist() == ["1101053010000", "1101053010001", "1101053010002"]
    assert population.table["population"].tolist() == [0.5, 1.5, 2.5]


def test_the_district_file_counts_by_district(tmp_path):
    header = ("기준일ID", "시간대구분", "자치구코드", "총생활인구수", *BANDS)
    population = read_population(
        [write(tmp_path / "GU.csv", text(header, [("20200302", "07", "11110", "250000.1", *["1"] * 28)]))]
    )
    assert population.unit_kind == "gu"
    assert population.table["unit_code"].tolist() == ["11110"]


def test_a_cell_in_two_dongs_is_added_up_and_masked_if_a_part_is(tmp_path):
    rows = [
        ("20200802", "09", "41410510   ", "다사50002900", "10.5"),
        ("20200802", "09", "41410520   ", "다사50002900", "4.25"),
        ("20200802", "10", "41410510   ", "다사50002900", "10.5"),
        ("20200802", "10", "41410520   ", "다사50002900", "*"),
        ("20200802", "11", "41410510   ", "다사50002900", "*"),
        ("20200802", "09", "41410510   ", "다사49752900", "*"),
    ]
    population = read_population([write(tmp_path / "grid.zip", text(GRID_HEADER, rows))])
    table = population.table
    assert (population.unit_kind, population.sources[0].format) == ("cell", "seoul_grid")
    assert table["unit_code"].tolist() == ["다사49752900"] + ["다사50002900"] * 3
    assert table["missing"].tolist() == ["masked", "", "masked", "masked"]
    np.testing.assert_array_equal(table["population"], [np.nan, 14.75, np.nan, np.nan])
    np.testing.assert_array_equal(table["low"], [0, 14.75, 10.5, 0])
    np.testing.assert_array_equal(table["high"], [3, 14.75, 13.5, 3])
    assert population.sources[0].masked == 3


def test_the_wide_file_becomes_long(tmp_path):
    header = ("STD_YM", "STD_YMD", "HDONG_CD", "HDONG_NM", *(f"TMST_{hour:02d}" for hour in range(24)))
    rows = [
        ("202003", "20200301", "1114052000", "소공동", *(f"{hour}.5" for hour in range(24))),
        ("202003", "20200301", "1114054000", "회현동", *("*" if hour == 3 else f"{hour}" for hour in range(24))),
    ]
    content = text(header, rows, separator="|", quoted=False).encode("utf-8")
    population = read_population([write(tmp_path / "FLOW.CSV", BOM + content)])
    assert population.unit_kind == "dong"
    assert len(population.table) == 48
    assert population.table.loc[5].tolist() == [
        "11140520",
        pd.Timestamp("2020-03-01T05:00+09:00"),
        5.5,
        "",
        5.5,
        5.5,
    ]
    assert population.table.loc[24 + 3, "missing"] == "masked"
    assert np.isnan(population.table.loc[24 + 3, "population"])
    report = population.sources[0]
    assert (report.format, report.rows_read, report.rows_kept, report.masked) == ("skt_flow_time", 2, 2, 1)


def test_every_table_in_a_zip_is_read_and_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "month.zip", "w") as bundle:
        for day in ("20200302", "20200303"):
            bundle.writestr(f"folder/{day}.csv", text(DONG_HEADER, dong_rows((day,))).encode("cp949"))
        bundle.writestr("read me.pdf", b"%PDF")
    population = read_population([tmp_path / "month.zip"])
    assert [report.file for report in population.sources] == ["month.zip: 20200302.csv", "month.zip: 20200303.csv"]
    assert len(population.table) == 96


def test_progress_counts_files(tmp_path):
    paths = [write(tmp_path / f"{n}.csv", text(DONG_HEADER, dong_rows((f"2020030{n}",)))) for n in (1, 2, 3)]
    seen = []
    read_population(paths, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "a.csv: empty"),
        ("a.csv", BOM + b"\r\n", "a.csv: empty"),
        ("a.csv", b"\x1f\x8bnot gzip at all", "a.csv: "),
        ("a.zip", b"PK\x03\x04 cut off", "a.zip: damaged or cut off"),
        ("a.csv", text(DONG_HEADER, ROWS).encode("utf-16-le"), "NUL bytes"),
        ("a.csv", b"\x81\xff\xfe,\xff\n", "line 1: the header is neither UTF-8 nor CP949"),
        ("a.csv", text(DONG_HEADER[:3], []), "line 1, field 총생활인구수: no known layout; nearest is seoul_dong"),
        ("a.csv", text(DONG_HEADER, []), "a.csv, line 1: no row follows"),
        (
            "a.csv",
            text(DONG_HEADER, [("20200302", "24", "11110515", "5")]),
            "a.csv, line 2, field 시간대구분: '24' is not an hour 00–23; no row can be used",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode("cp949"))
    with pytest.raises(PopulationRefused) as refusal:
        read_population([tmp_path / name])
    assert says in str(refusal.value)
    assert refusal.value.file == name


def test_no_file_a_missing_file_and_a_zip_without_a_table_are_refused(tmp_path):
    with pytest.raises(PopulationRefused, match="no population file"):
        read_population([])
    with pytest.raises(PopulationRefused, match=r"absent\.csv: cannot be opened"):
        read_population([tmp_path / "absent.csv"])
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as bundle:
        bundle.writestr("xl/workbook.bin", "")
    with pytest.raises(PopulationRefused, match="holds no table"):
        read_population([tmp_path / "a.xlsx"])


def test_a_cut_off_gzip_is_refused_and_not_half_read(tmp_path):
    whole = write(tmp_path / "a.gz", text(DONG_HEADER, ROWS)).read_bytes()
    (tmp_path / "b.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PopulationRefused, match=r"b\.gz: damaged or cut off"):
        read_population([tmp_path / "b.gz"])


def test_two_carriers_are_not_added_together(tmp_path):
    grid = write(tmp_path / "grid.csv", text(GRID_HEADER, [("20200302", "09", "41410510", "다사50002900", "10")]))
    dong = write(tmp_path / "dong.csv", text(DONG_HEADER, ROWS))
    with pytest.raises(PopulationRefused, match="seoul_dong cannot be joined with others"):
        read_population([grid, dong])


def test_every_layout_column_and_key_of_a_mapping_is_documented():
    page = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    columns = [names for layout in formats.LAYOUTS for names in (*layout.columns(), *layout.groups)]
    wide = {f"TMST_{hour:02d}" for hour in range(1, 23)}
    assert [name for names in columns for name in names if f"`{name}`" not in page and name not in wide] == []
    assert [layout.name for layout in formats.LAYOUTS if f"`{layout.name}`" not in page] == []
    assert [key for key in mapping.KEYS if f"{key} = " not in page] == []
