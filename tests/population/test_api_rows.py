"""Rows of an API, saved as JSON, XML or CSV, are those of a file; what the API said instead of rows is told."""

import json

import pandas as pd
import pytest

from analytics.population import PopulationRefused, read_population

from .ugly import DONG_HEADER, dong_rows, text, write

NAMES = ("STDR_DE_ID", "TMZON_PD_SE", "ADSTRD_CODE_SE", "TOT_LVPOP_CO")
ROWS = [dict(zip(NAMES, row, strict=True)) | {"MALE_F0T9_LVPOP_CO": "*"} for row in dong_rows()]
OK = {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다"}


def answer(rows, service="SPOP_LOCAL_RESD_DONG"):
    return {service: {"list_total_count": len(rows), "RESULT": OK, "row": rows}}


def xml(rows):
    cells = ["".join(f"<{name}>{value}</{name}>" for name, value in row.items()) for row in rows]
    body = "".join(f"<row>{row}</row>" for row in cells)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<SPOP_LOCAL_RESD_DONG><RESULT/>{body}</SPOP_LOCAL_RESD_DONG>'


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return read_population(
        [write(tmp_path_factory.mktemp("plain") / "a.csv", text(DONG_HEADER, dong_rows()))]
    ).table


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(answer(ROWS)),
        json.dumps(answer(ROWS), ensure_ascii=False, indent=2),
        "\ufeff" + json.dumps(answer(ROWS)),
        json.dumps(answer(ROWS[:20])) + "\n" + json.dumps(answer(ROWS[20:])),
        json.dumps([answer(ROWS[:20]), answer(ROWS[20:])]),
        json.dumps(ROWS),
        json.dumps({"currentCount": 48, "data": ROWS}),
        json.dumps({"A": [{"head": [{"list_total_count": 48}]}, {"row": ROWS}]}),
        json.dumps(answer([row | {"TOT_LVPOP_CO": float(row["TOT_LVPOP_CO"])} for row in ROWS])),
        xml(ROWS),
        text(NAMES, dong_rows()),
    ],
)
def test_rows_of_the_api_are_read_in_every_notation(plain, tmp_path, content):
    population = read_population([write(tmp_path / "answer.dat", content, "utf-8")])
    pd.testing.assert_frame_equal(population.table, plain)
    assert sum(report.rows_kept for report in population.sources) == 48
    assert population.sources[0].format == "seoul_dong"


def test_rows_of_an_answer_are_counted_from_one(tmp_path):
    rows = [*ROWS[:3], ROWS[3] | {"TMZON_PD_SE": "24"}, ROWS[4] | {"TOT_LVPOP_CO": None}, *ROWS[5:]]
    (report,) = read_population([write(tmp_path / "a.json", json.dumps(answer(rows)))]).sources
    assert (report.rows_read, report.rows_kept) == (48, 46)
    assert report.rejected == (
        (4, "TMZON_PD_SE: '24' is not an hour 00–23"),
        (5, "TOT_LVPOP_CO: '' is not a number of people"),
    )


def test_the_answer_by_district_calls_its_code_by_the_name_of_the_dongs(tmp_path):
    rows = [dict(zip(NAMES, ("20200302", "07", "11110", "5"), strict=True))]
    path = write(tmp_path / "a.json", json.dumps(answer(rows, "SPOP_LOCAL_RESD_JACHI")))
    population = read_population([path])
    assert (population.unit_kind, population.table["unit_code"].tolist()) == ("gu", ["11110"])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"RESULT": {"CODE": "INFO-200", "MESSAGE": "해당하는 데이터가 없습니다."}}', "API: INFO-200 해당하는"),
        (
            "<RESULT><CODE>INFO-100</CODE><MESSAGE>인증키</MESSAGE></RESULT>",
            "no row in the answer of the API: 인증키",
        ),
        ('{"row": [', "a.json, line 1: damaged JSON"),
        ("<a><row>", "a.json, line 1: damaged XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XML with a document type"),
        (json.dumps(answer([{"A": "1"}])), "no known layout; nearest is"),
    ],
)
def test_an_answer_without_rows_is_refused_with_what_it_says(tmp_path, content, says):
    with pytest.raises(PopulationRefused) as refusal:
        read_population([write(tmp_path / "a.json", content, "utf-8")])
    assert says in str(refusal.value)
