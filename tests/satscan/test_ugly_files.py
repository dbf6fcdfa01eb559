"""Files as people send them: tabs, CRLF, byte-order marks, Hangul in CP949, quotes, empty lines."""

import pytest

GEO = [("가산동", 0, 0), ("나리동", 9, 0), ("다온동", 20, 0)]
CAS = [("가산동", 5, "2020/08/01"), ("나리동", 1, "2020/08/02"), ("다온동", 1, "2020/08/03")]
POP = [("가산동", 2020, 100), ("나리동", 2020, 100), ("다온동", 2020, 100)]
PLANE = ("--coordinates-type", "cartesian")


def text(rows, separator=" ", end="\n") -> str:
    return "".join(separator.join(str(field) for field in row) + end for row in rows)


@pytest.fixture
def plain(written) -> dict:
    return written(cas=CAS, geo=GEO, pop=POP).scan(*PLANE)


@pytest.mark.parametrize(
    "ugly",
    [
        lambda rows: text(rows, "\t", "\r\n").encode(),
        lambda rows: text(rows, " \t  ", "\t \r\n").encode(),
        lambda rows: b"\xef\xbb\xbf" + text(rows).encode(),
        lambda rows: text(rows).encode("cp949"),
        lambda rows: b"\xef\xbb\xbf" + text(rows, end="\r\n").encode("cp949"),
        lambda rows: ("\n\n  " + text(rows, end="\n \t\n") + "\n").encode(),
        lambda rows: text(rows, end="\r").encode(),
        lambda rows: text([(f'"{row[0]}"', *row[1:]) for row in rows]).encode(),
        lambda rows: (text(rows).rstrip("\n") + "\x1a").encode(),
    ],
    ids=["tabs", "runs", "bom", "cp949", "cp949 behind bom", "empty lines", "cr", "quotes", "dos end"],
)
def test_the_same_rows_in_any_dress_are_the_same_answer(written, plain, ugly):
    assert written(cas=ugly(CAS), geo=ugly(GEO), pop=ugly(POP)).scan(*PLANE) == plain
    assert plain["clusters"][0]["members"] == ["가산동"]


def test_quotes_keep_blanks_and_an_id_is_no_markup(written):
    runner = written(
        cas='"old [red] town" 5\nb 1\n', geo='"old [red] town" 0 0\nb 9 0\n', pop='"old [red] town" 1 5\nb 1 9\n'
    )
    runner.write(pop='"old [red] town" unspecified 5\nb unspecified 9\n')
    assert runner.scan(*PLANE)["clusters"][0]["members"] == ["old [red] town"]


def test_repeated_rows_add_up_and_rows_may_come_in_any_order(written, plain):
    split = [("가산동", 2, "2020/8/1"), *reversed(CAS[1:]), ("가산동", 3, "2020-08-01"), ("가산동", 0, "1999/1/1")]
    halves = [(place, year, people / 2) for place, year, people in [*POP, *reversed(POP)]]
    answer = written(cas=split, pop=halves, geo=[*GEO, GEO[0]]).scan(
        *PLANE, "--start", "2020/8/1", "--end", "2020/8/3"
    )
    assert answer["clusters"] == plain["clusters"]


def test_places_without_people_or_cases_stay_in(written):
    runner = written(cas=CAS, geo=[*GEO, ("라온동", 1, 0), ("마포동", 2, 0)], pop=[*POP, ("마포동", 2020, 0)])
    answer = runner.scan(*PLANE)
    assert answer["places"] == 5
    assert answer["cases"] == 7
    assert [note for note in answer["notes"] if "2 places of a.geo have no population" in note]


def test_dates_are_not_read_without_a_time_unit(written, plain):
    runner = written(cas=[(place, count, "sometime") for place, count, _ in CAS], geo=GEO, pop=POP)
    answer = runner.scan(*PLANE, "--time-unit", "none")
    assert [one["llr"] for one in answer["clusters"]] == [one["llr"] for one in plain["clusters"]]
    assert {one["start"] for one in answer["clusters"]} == {None}


def test_covariates_of_cases_and_controls_are_left_unused_and_noted(written):
    runner = written(
        cas="a 5 2020/8/1 m\nb 1 2020/8/2 f\n", ctl="a 3 2020/8/1\nb 9 2020/8/2\n", geo="a 0 0\nb 9 0\n"
    )
    answer = runner.scan(*PLANE, "--model", "bernoulli")
    assert answer["clusters"][0]["observed"] == 5
    assert any("Covariates" in note for note in answer["notes"])


def test_without_draws_there_is_no_p(written):
    answer = written(cas=CAS, geo=GEO, pop=POP).scan(*PLANE, draws=0)
    assert answer["replicates"] == 0
    assert {one["p_value"] for one in answer["clusters"]} == {None}


def test_a_file_that_the_model_does_without_is_not_read_and_noted(written):
    runner = written(cas=CAS, geo=GEO, pop="not a population\n", ctl="nor controls\n")
    answer = runner.scan(*PLANE, "--model", "permutation", "--analysis", "space-time")
    assert [note for note in answer["notes"] if "was not read" in note] == [
        "a.pop was not read: the permutation model does without it.",
        "a.ctl was not read: the permutation model does without it.",
    ]


def test_the_first_interval_may_be_long_and_that_is_noted(written):
    runner = written(cas=CAS, geo=GEO, pop=POP)
    answer = runner.scan(
        *PLANE, "--analysis", "space-time", "--time-unit", "month", "--start", "2020/3/10", "--end", "2020/8/31"
    )
    assert answer["period"] == {"start": "2020-03-10", "end": "2020-08-31", "intervals": 5}
    assert any("first interval" in note for note in answer["notes"])


def test_the_json_tells_what_was_asked_and_names_no_folder(written, tmp_path):
    answer = written(cas=CAS, geo=GEO, pop=POP).scan(*PLANE, "--seed", 7, "--max-population", "0.4")
    assert answer["parameters"]["cases"] == "a.cas"
    assert (answer["seed"], answer["parameters"]["seed"], answer["parameters"]["max_population"]) == (7, 7, 0.4)
    assert answer["replicates"] == 19
    assert str(tmp_path) not in (tmp_path / "out.json").read_text(encoding="utf-8")
