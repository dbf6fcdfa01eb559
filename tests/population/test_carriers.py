"""Files of carriers and of Gyeonggi: people by age and sex are added up; masked parts make an interval."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.population import PopulationRefused, align_to_days, read_population

from .ugly import text, write

HUB = ("일자", "시간(1시간단위)", "연령대(10세단위)", "성별", "시", "군구", "유동인구수")
DS4C = ("date", "hour", "birth_year", "sex", "province", "city", "fp_num")
BANDS = [f"{sex}{ages}수" for sex in ("남자", "여자") for ages in ("0009", "1014", "6569", "7099")]
HANAM = ("시군구코드", "시군구명", "시간코드", "외국인구분", *BANDS, "연도_월_일")
KT_CELL = ("id", "x", "y", "timezn_cd", "m00", "f00", "total", "admi_cd", "etl_ymd")
GYEONGGI = ("기준년월", "시간대코드", "행정동코드", "행정동명", "행정동명_영문", "유동인구수", "유동인구수비율")
GYEONGGI_DAY = (
    *("INDEX_KEY", "CRTR_YMD", "CRTR_WEEK", "DWK_NM", "CTPV_CD", "CTPV_NM", "SGG_CD", "SGG_NM"),
    *("TMZN_CD", "SEX_DV", "AGRDE_CLS", "REVISN_AMBLT_PUL_CNT", "REVISN_NMBLT_PUL_CNT"),
)


def read(tmp_path, header, rows, encoding="cp949", **how):
    return read_population([write(tmp_path / "A.CSV", text(header, rows, **how), encoding)])


def bounds(population):
    """Return (unit, hour of the day): (people, low, high) of a population of one day."""
    return {
        (row.unit_code, row.hour.hour): (row.population, row.low, row.high)
        for row in population.table.itertuples()
    }


def test_big_data_hub_adds_up_age_and_sex(tmp_path):
    rows = [
        ("20200101", "7", str(age), sex, "서울", "강남구", f"1,{age}0")
        for age in range(20, 80, 10)
        for sex in ("남성", "여성")
    ]
    rows += [
        ("20200101", "7", "20", "남성", "서울특별시", "종로구", "5"),
        ("20200101", "7", "20", "남", "경기", "하남시", "6"),
    ]
    found = read(tmp_path, HUB, rows)
    assert (found.unit_kind, found.sources[0].format) == ("gu", "skt_hub")
    assert found.sources[0].rows_kept == 14
    assert bounds(found) == {
        ("11680", 7): (17_400, 17_400, 17_400),
        ("11110", 7): (5, 5, 5),
        ("41450", 7): (6, 6, 6),
    }


def test_the_english_rename_of_the_same_table(tmp_path):
    rows = [
        ("2020-01-01", "0", "20", "female", "Seoul", "Dobong-gu", "19140"),
        ("2020-01-01", "0", "20", "male", "Seoul", "Dobong-gu", "19950"),
        ("2020-01-01", "0", "30", "male", "Seoul", "Elsewhere", "7"),
    ]
    found = read(tmp_path, DS4C, rows, "utf-8", quoted=False)
    assert found.sources[0].format == "skt_hub"
    assert bounds(found)["11320", 0] == (39_090, 39_090, 39_090)
    assert bounds(found)["Seoul Elsewhere", 0] == (7, 7, 7)  # no district that is known keeps its name


def test_kt_city_files_add_up_columns_and_nationalities(tmp_path):
    rows = [
        ("41450", "하남시", "0", "내국인", *["10.25"] * 8, "2020_03_02"),
        ("41450", "하남시", "0", "외국인", *["1.5"] * 8, "2020_03_02"),
        ("41450", "하남시", "1", "내국인", *["10.25"] * 7, "*", "2020_03_02"),
        ("41450", "하남시", "1", "외국인", *["*"] * 8, "2020_03_02"),
    ]
    found = read(tmp_path, HANAM, rows)
    assert (found.unit_kind, found.sources[0].format, found.sources[0].masked) == ("gu", "kt_city", 9)
    assert found.table["missing"].tolist() == ["", "masked"]
    np.testing.assert_allclose(found.table["population"], [94, np.nan])
    np.testing.assert_allclose(found.table["low"], [94, 71.75])
    np.testing.assert_allclose(found.table["high"], [94, 71.75 + 27])
    dong = read(tmp_path, ("행정동코드", *HANAM), [("4145052000", *row) for row in rows])
    assert (dong.unit_kind, dong.sources[0].format) == ("dong", "kt_city_dong")
    assert dong.table["unit_code"].unique().tolist() == ["41450520"]


@pytest.mark.parametrize(("at", "name"), [(0, "다사52505325"), (125, "다사52505325"), (3, "다사52505325")])
def test_kt_cells_are_named_by_the_national_grid(tmp_path, at, name):
    x, y = 952_500 + at, 1_953_250 + at
    rows = [
        ("100198947", f"{x}", f"{y}.0", "09", "1", "2", "3.5", "11110515", "20200302"),
        ("100198948", f"{x + 250}", f"{y}", "09", "1", "2", "*", "11110515", "20200302"),
        ("100198949", f"{x}", f"{100 * y}", "09", "1", "2", "4", "11110515", "20200302"),
    ]
    found = read(tmp_path, KT_CELL, rows, separator="|", quoted=False)
    assert (found.unit_kind, found.sources[0].format) == ("cell", "kt_cell")
    assert found.table["unit_code"].tolist() == [name, "다사52755325"]
    assert found.table["missing"].tolist() == ["", "masked"]
    assert found.sources[0].rejected_counts == {"code": 1}


def test_kt_and_skt_dongs_by_age_and_sex(tmp_path):
    rows = [
        ("20200302", "05", "41410510", band, value) for band, value in (("F00", "1.5"), ("M75", "2"), ("F10", "*"))
    ]
    long = read(tmp_path, ("ETL_YMD", "TIMEZN_CD", "ADMDONG_CD", "SEX_AGE_CD", "POP"), rows)
    assert bounds(long)["41410510", 5][1:] == (3.5, 6.5)
    wide = read(
        tmp_path,
        ("BASEDATE", "TIMEZN_CD", "ADMDONG_CD", "M00", "M80", "F00"),
        [("20200302", "05", "41410510", "1", "2", "3")],
        separator="|",
    )
    assert (wide.sources[0].format, bounds(wide)) == ("skt_living", {("41410510", 5): (6, 6, 6)})


def test_a_month_of_gyeonggi_is_its_typical_day_on_each_of_its_days(tmp_path):
    rows = [
        ("202002", str(hour), "4141051000", "군포1동", "Gunpo 1", f"1,{hour:03d}", "0.1") for hour in range(24)
    ]
    found = read(tmp_path, GYEONGGI, rows)
    assert found.monthly
    assert (found.unit_kind, found.sources[0].format, found.sources[0].rows_kept) == ("dong", "gyeonggi_dong", 24)
    assert len(found.table) == 24 * 29
    assert found.table["hour"].is_unique
    assert found.table["hour"].max() == pd.Timestamp("2020-02-29T23:00+09:00")
    assert (found.table["population"] == 1000 + found.table["hour"].dt.hour).all()
    more = write(tmp_path / "b.csv", text(GYEONGGI, [*rows, ("202003", *rows[0][1:])]))
    again = read_population([tmp_path / "A.CSV", more])
    assert again.sources[1].rejected_counts == {"repeated from another file": 24}
    assert len(again.table) == 24 * 29 + 31
    _, report = align_to_days(found, [date(2020, 2, 3), date(2020, 3, 2)])
    assert report.typical == (date(2020, 2, 3),)
    assert len(report.stood_in[date(2020, 3, 2)]) == 4


def test_weekdays_of_a_month_are_not_taken_for_its_typical_day(tmp_path):
    with pytest.raises(
        PopulationRefused, match=r"A\.CSV, line 1, field 요일: tells the weekdays of a month apart"
    ):
        read(tmp_path, (*GYEONGGI, "요일코드"), [("202002", "0", "41410510", "", "", "1", "0", "1")])


def test_gyeonggi_districts_by_day_count_residents_and_visitors(tmp_path):
    def row(sex, age, lives, visits):
        return ("1", "20230102", "1", "월", "41", "경기도", "41410", "군포시", "13", sex, age, lives, visits)

    found = read(tmp_path, GYEONGGI_DAY, [row("MALE", "0", "10", "5"), row("FEMALE", "7", "20", "*")])
    assert found.sources[0].format == "gyeonggi_gu_day"
    assert bounds(found)["41410", 13][1:] == (35, 38)


def test_a_total_beside_its_parts_is_left_out_and_said(tmp_path):
    rows = [("20200101", "7", "20", sex, "서울", "강남구", "5") for sex in ("남성", "여성", "전체")]
    found = read(tmp_path, HUB, rows)
    assert bounds(found)["11680", 7] == (10, 10, 10)
    assert found.sources[0].rejected == ((4, "성별: '전체' is a total beside its parts"),)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            ("기준일ID", "시간대구분", "행정동코드", "총생활인구수", "총생활인구수"),
            "line 1, field 총생활인구수: ambiguous: 2 columns fit",
        ),
        (
            ("기준일ID", "시간대구분", "행정동코드", "총생활인구수", "YMD"),
            "field 기준일ID: ambiguous: 2 columns fit",
        ),
        ((*GYEONGGI, "STD_YMD", "HDONG_CD", *(f"TMST_{n:02d}" for n in range(24))), "ambiguous: the header fits"),
        (("기준일ID", "시간대구분", "행정동코드", "총생활인구수", "중국인체류인구수"), "counts foreigners only"),
    ],
)
def test_a_header_that_can_be_read_in_two_ways_is_refused(tmp_path, header, says):
    with pytest.raises(PopulationRefused) as refusal:
        read(tmp_path, header, [])
    assert says in str(refusal.value)


def test_a_file_with_codes_of_dong_and_district_is_one_by_dong(tmp_path):
    header = ("기준일ID", "시간대구분", "자치구코드", "행정동코드", "총생활인구수")
    found = read(tmp_path, header, [("20200302", "07", "11110", "11110515", "5")])
    assert (found.unit_kind, found.table["unit_code"].tolist()) == ("dong", ["11110515"])
