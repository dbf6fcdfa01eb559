"""A published route list becomes an extract; every row that is left out has its rule and is counted."""

import csv
import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.contract import read_extract
from analytics.import_routes import import_routes
from analytics.refusals import RoutesRefused

KST = timezone(timedelta(hours=9))
CREATED = datetime(2020, 3, 15, 9, tzinfo=KST)
PATIENT_HEADER = ("patient_id", "global_num", "sex", "confirmed_date", "state")
ROUTE_HEADER = ("patient_id", "global_num", "date", "province", "city", "type", "latitude", "longitude")
PATIENTS = [
    ("1000000001", "2", "male", "2020-03-10", "released"),
    ("1000000002", "5", "female", "2020-03-14", "released"),
    ("1000000003", "", "", "2020-03-20", "isolated"),
    ("1000000004", "", "", "", "isolated"),
]
CAFE = ("Seoul", "Jung-gu", "cafe", "37.5600001", "127.0000049")


def visit(patient, day, *place):
    return (patient, "", f"2020-03-{day:02d}", *(place or CAFE))


ROUTES = [
    visit("1000000001", 2),
    visit("1000000001", 2),  # exact duplicate
    visit("1000000001", 3, "Seoul", "Jung-gu", "cafe", "37.56000", "127.00000"),  # the same place, rounded
    visit("1000000001", 3, "Seoul", "Jung-gu", "bar", "37.56000", "127.00000"),  # another type, another place
    visit("1000000001", 10),  # the day of confirmation
    visit("1000000001", 11, "Seoul", "Jung-gu", "hospital", "37.5700", "127.0100"),  # in treatment
    visit("1000000002", 13, "Seoul", "Jung-gu", "hospital", "37.5700", "127.0100"),
    visit("1000000002", 4, "Busan", "Jung-gu", "cafe", "35.1", "129.0"),
    visit("1000000003", 5),  # known later
    visit("1000000004", 5),  # never confirmed, says the list
    visit("1000000009", 5),  # not listed
    ("1000000002", "", "March", *CAFE),
    visit("1000000002", 6, "Seoul", "Jung-gu", "", "37.56", "127.0"),
    visit("1000000002", 6, "Seoul", "Jung-gu", "cafe", "", "127.0"),
    visit("1000000002", 6, "Seoul", "Jung-gu", "cafe", "127.0", "37.56"),
]


def write_list(folder: Path, routes=ROUTES, patients=PATIENTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, header, rows in (
        ("PatientInfo.csv", PATIENT_HEADER, patients),
        ("PatientRoute.csv", ROUTE_HEADER, routes),
    ):
        with open(folder / name, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    return folder


def imported(folder: Path, out: Path, **asked) -> dict:
    return import_routes(folder, out, created=CREATED, code_version="test", **{"seed": 1, **asked})


def counts(summary: dict) -> dict[str, int]:
    return {rule["rule"]: rule["rows"] for rule in summary["rules"]}


@pytest.fixture
def seoul(tmp_path):
    """Return the summary and the extract of Seoul's visits known by 2020-03-14."""
    summary = imported(
        write_list(tmp_path / "list"), tmp_path / "out", known_by=date(2020, 3, 14), province="seoul "
    )
    return summary, read_extract(tmp_path / "out")


def test_every_rule_counts_its_rows_and_all_rows_are_accounted_for(seoul):
    summary, _ = seoul
    assert counts(summary) == {
        "exact duplicates": 1,
        "of a patient not listed, or without a confirmation date": 2,
        "on or after the day of confirmation": 2,
        "of patients confirmed after 2020-03-14": 1,
        "outside seoul": 1,
        "without a date": 1,
        "without a type of place": 1,
        "without coordinates in Korea": 2,
    }
    assert summary["rows_read"] == 15 == sum(counts(summary).values()) + summary["visits"]
    assert (summary["visits"], summary["persons"], summary["facilities"]) == (4, 2, 3)
    assert summary["hospital"] == {"visits": 1, "persons": 1, "facilities": 1}
    assert (summary["first_day"], summary["last_day"]) == ("2020-03-02", "2020-03-13")


def test_a_visit_is_the_whole_day_and_becomes_known_on_the_day_of_confirmation(seoul):
    _, extract = seoul
    visits = extract.index_visits
    assert (visits["end"] - visits["start"] == pd.Timedelta(days=1)).all()
    assert (visits["start"].dt.hour == 0).all()
    first = visits.iloc[0]
    assert first["start"] == pd.Timestamp("2020-03-02T00:00+09:00")
    assert first["known_at"] == pd.Timestamp("2020-03-10T00:00+09:00")
    assert visits["known_at"].max() == pd.Timestamp("2020-03-14T00:00+09:00")
    assert extract.as_of == datetime(2020, 3, 14, 23, 59, 59, tzinfo=KST)
    assert (extract.start, extract.end) == (datetime(2020, 3, 2, tzinfo=KST), datetime(2020, 3, 14, tzinfo=KST))


def test_a_place_is_its_type_and_rounded_coordinates_and_hospital_can_be_told(seoul):
    _, extract = seoul
    assert extract.profile == "routes"
    assert extract.facility_hours is None
    places = extract.facilities.set_index("facility_id")
    assert sorted(places["category"]) == ["bar", "cafe", "hospital"]
    cafe = places[places["category"] == "cafe"].iloc[0]
    assert (cafe["lat"], cafe["lon"]) == (37.56, 127.0)
    assert not places["sensitive"].any()
    assert extract.index_visits["facility_id"].map(places["category"]).value_counts().to_dict() == {
        "cafe": 2,
        "bar": 1,
        "hospital": 1,
    }


def test_no_identifier_of_a_patient_is_written(seoul, tmp_path):
    for path in (tmp_path / "out").rglob("*.*"):
        assert b"100000000" not in path.read_bytes()
    assert seoul[1].package["import"] == json.loads(json.dumps(seoul[0]))


def test_ordinals_tell_persons_apart_and_are_drawn_anew(tmp_path):
    patients = [(f"10000001{n:02d}", "", "", "2020-03-10", "") for n in range(40)]
    routes = [
        visit(patient[0], 1 + n, "Seoul", "x", "cafe", f"37.{at:03d}1", "127.0")
        for at, patient in enumerate(patients)
        for n in range(3)
    ]
    folder = write_list(tmp_path / "list", routes, patients)
    drawn = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2), ("d", None), ("e", None)):
        imported(folder, tmp_path / name, seed=seed)
        visits = read_extract(tmp_path / name).index_visits
        assert sorted(visits["ordinal"].unique()) == list(range(1, 41))
        assert (visits.groupby("ordinal").size() == 3).all()
        drawn[name] = (tmp_path / name / "index_visits.csv").read_bytes()
    assert drawn["a"] == drawn["b"] != drawn["c"]
    assert drawn["d"] != drawn["e"]


def test_facility_ids_stay_the_same_across_extracts(tmp_path):
    folder = write_list(tmp_path / "list")
    imported(folder, tmp_path / "a", known_by=date(2020, 3, 14))
    imported(folder, tmp_path / "b", seed=9)
    one, two = (read_extract(tmp_path / name).facilities.set_index("facility_id") for name in "ab")
    assert set(one.index) <= set(two.index)
    assert one["category"].equals(two.loc[one.index, "category"])


def test_without_a_cut_the_last_confirmation_is_the_time_of_knowledge(tmp_path):
    summary = imported(write_list(tmp_path / "list"), tmp_path / "out")
    assert summary["known_by"] is None
    assert not any("confirmed after" in rule or "outside" in rule for rule in counts(summary))
    assert read_extract(tmp_path / "out").as_of == datetime(2020, 3, 20, 23, 59, 59, tzinfo=KST)


def test_dates_that_went_through_an_office_program_are_read_alike(tmp_path):
    office = [(one, two, day.replace("-0", "/").replace("-", "/"), *rest) for one, two, day, *rest in ROUTES]
    assert office[0][2] == "2020/3/2"
    told = [
        imported(write_list(tmp_path / name, rows), tmp_path / f"{name}-out")
        for name, rows in (("plain", ROUTES), ("office", office))
    ]
    assert told[0]["visits"] == told[1]["visits"]
    assert counts(told[0]) == counts(told[1])


def test_a_list_with_a_header_alone_is_refused_as_such(tmp_path):
    with pytest.raises(RoutesRefused, match="PatientRoute.csv: has a header and no row"):
        imported(write_list(tmp_path / "list", routes=[]), tmp_path / "out")


@settings(max_examples=30)
@given(order=st.permutations(range(len(ROUTES))), cut=st.integers(1, 31))
def test_the_order_of_the_list_does_not_matter_and_no_row_is_lost(tmp_path_factory, order, cut):
    base = tmp_path_factory.mktemp("order")
    lists = [write_list(base / "one"), write_list(base / "two", [ROUTES[at] for at in order])]
    results = []
    for number, folder in enumerate(lists):
        try:
            summary = imported(folder, base / f"out{number}", known_by=date(2020, 3, cut))
        except RoutesRefused as refused:
            assert cut < 10  # nobody was confirmed yet
            results.append(str(refused))
            continue
        assert summary["rows_read"] == sum(counts(summary).values()) + summary["visits"]
        results.append((counts(summary), (base / f"out{number}" / "index_visits.csv").read_bytes()))
    assert results[0] == results[1]


def test_a_province_that_the_list_does_not_have_is_refused_with_those_it_has(tmp_path):
    with pytest.raises(RoutesRefused, match="field province: 'Soul' is none of Busan, Seoul"):
        imported(write_list(tmp_path / "list"), tmp_path / "out", province="Soul")
    assert not (tmp_path / "out").exists()


def test_a_list_of_which_nothing_is_left_is_refused_with_the_counts(tmp_path):
    with pytest.raises(RoutesRefused, match="no visit is left of 15 rows .1 exact duplicates; 2 of a patient"):
        imported(write_list(tmp_path / "list"), tmp_path / "out", known_by=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (
            "PatientInfo.csv",
            "confirmed_date",
            "date",
            "PatientInfo.csv, line 1, field confirmed_date: the column is",
        ),
        ("PatientRoute.csv", "latitude", "lat", "PatientRoute.csv, line 1, field latitude: the column is missing"),
        (
            "PatientRoute.csv",
            "global_num",
            "type",
            "PatientRoute.csv, line 1, field type: the column is there twice",
        ),
        (
            "PatientInfo.csv",
            "1000000002",
            "1000000001",
            "PatientInfo.csv, line 3, field patient_id: the patient is",
        ),
        ("PatientRoute.csv", "Jung-gu,cafe", "Jung-gu cafe", "PatientRoute.csv, line 2: 7 cells where the header"),
        ("PatientRoute.csv", ",cafe", ',"ca"fe', "PatientRoute.csv, line 2: not CSV"),
    ],
)
def test_a_broken_list_is_refused_by_file_line_and_field(tmp_path, name, old, new, says):
    folder = write_list(tmp_path / "list")
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RoutesRefused) as refused:
        imported(folder, tmp_path / "out")
    assert str(refused.value).startswith(says)


def test_a_missing_file_and_another_encoding_are_refused(tmp_path):
    folder = write_list(tmp_path / "list")
    (folder / "PatientInfo.csv").write_bytes("patient_id,확진일".encode("cp949"))
    with pytest.raises(RoutesRefused, match="PatientInfo.csv: not UTF-8"):
        imported(folder, tmp_path / "out")
    (folder / "PatientInfo.csv").unlink()
    with pytest.raises(RoutesRefused, match="PatientInfo.csv: cannot be opened"):
        imported(folder, tmp_path / "out")


def test_the_real_list_known_by_mid_march_in_seoul(reference_data, tmp_path):
    summary = imported(reference_data / "outbreak", tmp_path / "out", known_by=date(2020, 3, 14), province="Seoul")
    assert summary["rows_read"] == 6833
    assert list(counts(summary).values()) == [490, 0, 785, 1619, 2751, 0, 0, 0]
    assert (summary["visits"], summary["persons"], summary["facilities"]) == (1188, 269, 663)
    assert summary["hospital"] == {"visits": 303, "persons": 181, "facilities": 116}
    extract = read_extract(tmp_path / "out")
    routes = pd.read_csv(reference_data / "outbreak" / "PatientRoute.csv", dtype=str).drop_duplicates()
    info = pd.read_csv(reference_data / "outbreak" / "PatientInfo.csv", dtype=str)
    both = routes.merge(info[["patient_id", "confirmed_date"]], on="patient_id")
    both = both[(both["date"] < both["confirmed_date"]) & (both["confirmed_date"] <= "2020-03-14")]
    both = both[both["province"] == "Seoul"]
    assert len(both) == len(extract.index_visits)
    by_day = extract.index_visits["start"].dt.strftime("%Y-%m-%d").value_counts().sort_index()
    np.testing.assert_array_equal(by_day, both["date"].value_counts().sort_index())
    per_person = extract.index_visits.groupby("ordinal").size().sort_values().tolist()
    assert per_person == both.groupby("patient_id").size().sort_values().tolist()
    assert (extract.index_visits["known_at"] > extract.index_visits["start"]).all()
