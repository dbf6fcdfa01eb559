"""Whatever cannot be read is refused in one sentence that names the file, the row and the field."""

import pytest
from click.testing import CliRunner

from analytics.commands import main

GEO = "a 0 0\nb 9 0\nc 20 0\n"
CAS = "a 5 2020/8/1\nb 1 2020/8/2\n"
POP = "a 2020 100\nb 2020 100\nc 2020 100\n"
PLANE = ("--coordinates-type", "cartesian")
TIME = (*PLANE, "--analysis", "space-time")


@pytest.mark.parametrize(
    ("changed", "options", "said"),
    [
        ({"cas": "a\n"}, PLANE, "a.cas, line 1, field count: missing"),
        ({"cas": "a 5 2020/8/1\n\nb x\n"}, PLANE, "a.cas, line 3, field count: 'x' is not a number"),
        ({"cas": "a -1\n"}, PLANE, "a.cas, line 1, field count: -1 is not a whole number"),
        ({"cas": "a 1.5\n"}, PLANE, "a.cas, line 1, field count: 1.5 is not a whole number"),
        ({"cas": f"a {10**20}\n"}, PLANE, "a.cas, line 1, field count: 100000000000000000000 persons are more"),
        ({"cas": "a 1_0\n"}, PLANE, "a.cas, line 1, field count: '1_0' is not a number"),
        ({"cas": "a 1 2020/8/32\n"}, PLANE, "a.cas, line 1, field date: '2020/8/32' has no day 32"),
        ({"cas": "a 1 2020/8/1 m\n"}, PLANE, "a.cas, line 1, field covariates: 4 fields"),
        ({"cas": "x 1 2020/8/1\n"}, PLANE, "a.cas, line 1, field id: place x is not in a.geo"),
        ({"cas": "a 1 20/8/1\n"}, PLANE, "a.cas, line 1, field date: '20/8/1' has a year of two digits"),
        ({"cas": '"a 1\n'}, PLANE, "a.cas, line 1: a quote is not closed"),
        ({"cas": "\n \n"}, PLANE, "a.cas: empty"),
        ({"cas": b"a 1\0\n"}, PLANE, "a.cas: not a text file"),
        ({"cas": b"a\xff\xff 1\n"}, PLANE, "a.cas: neither UTF-8 nor CP949"),
        ({"cas": "a 0 2020\n"}, PLANE, "a.cas has no case"),
        ({"cas": "a,1,2020/8/1\n"}, PLANE, "a.cas, line 1, field count: missing"),
        (
            {},
            (*PLANE, "--start", "2020/8/2"),
            "a.cas, line 1, field date: 2020-08-01 is not within the study period",
        ),
        (
            {},
            (*PLANE, "--end", "2020/8/1"),
            "a.cas, line 2, field date: 2020-08-02 is not within the study period",
        ),
        (
            {"cas": "a 1 2020/8/1\nb 1\nc 1 2020/8/2\n"},
            TIME,
            "a.cas, line 2, field date: missing: a space-time analysis",
        ),
        (
            {"cas": "a 1 2020/8/1\nb 1 2020/8\n"},
            TIME,
            "a.cas, line 2, field date: 2020-08-01 to 2020-08-31 is not",
        ),
        ({"cas": "a 1 2020/8/1\n"}, TIME, "from 2020-08-01 to 2020-08-01 there is one interval of one day"),
        ({"geo": "a 0\n"}, PLANE, "a.geo, line 1, field y: 2 fields where id, x and y are expected"),
        ({"geo": "a 0 0 0\n"}, PLANE, "a.geo, line 1, field after the coordinates: 4 fields"),
        ({"geo": GEO + "a 1 1\n"}, PLANE, "a.geo, line 4, field id: a has other coordinates than before"),
        ({"geo": "a 0 nan\n"}, PLANE, "a.geo, line 1, field y: 'nan' is not a number"),
        ({"geo": "a 4727 4509\n"}, (), "a.geo, line 1, field latitude: 4727 is not a latitude in degrees"),
        ({"geo": "a 37 181\n"}, (), "a.geo, line 1, field longitude: 181 is not a longitude in degrees"),
        ({"pop": "a 2020\n"}, PLANE, "a.pop, line 1: 2 field(s) where an id, a date and"),
        ({"pop": "a\n"}, PLANE, "a.pop, line 1: 1 field(s) where an id, a date and"),
        ({"pop": "a 2020 -3\n"}, PLANE, "a.pop, line 1, field population: is below zero"),
        ({"pop": POP + "a 2020 1 m\n"}, PLANE, "a.pop, line 4, field covariates: 1 covariates where the first"),
        ({"pop": POP + "z 2020 1\n"}, PLANE, "a.pop, line 4, field id: place z is not in a.geo"),
        ({"pop": POP + "a unspecified 1\n"}, PLANE, "a.pop, line 4, field date: 'unspecified'"),
        (
            {"pop": POP + "a 2021 0\n"},
            PLANE,
            "a.pop, line 4, field population: nobody lives anywhere on 2021-07-01",
        ),
        ({"pop": "a 2020/2/30 1\n"}, PLANE, "a.pop, line 1, field date: '2020/2/30' has no day 30"),
        (
            {"pop": "b 2020 1\n"},
            PLANE,
            "a.cas, line 1, field id: case(s) at place a, whose population in a.pop is zero",
        ),
        (
            {"pop": "a 2020 1 m\nb 2020 1 m\n", "cas": "a 1 2020/8/1 m\nb 1 2020/8/1 f\n"},
            PLANE,
            "a.cas, line 2, field covariates: case(s) in category 'f', whose population in a.pop is zero",
        ),
        ({"cas": "a 1\n", "pop": POP + "a 2021 1\n"}, PLANE, "no case has a date: the study period needs both"),
        (
            {"pop": POP + "a 2021 1\n"},
            (*PLANE, "--time-unit", "none"),
            "--time-unit none leaves dates unread: the study period needs both --start and --end",
        ),
        ({"cas": "a 1\n"}, (*PLANE, "--start", "2020"), "no case has a date: the study period needs both"),
        ({}, (*PLANE, "--start", "2021", "--end", "2020"), "the study period ends (2020-12-31) before"),
        ({}, (*PLANE, "--model", "permutation"), "the permutation model compares times"),
        ({"pop": None}, PLANE, "the Poisson model needs --population"),
        ({"pop": None}, (*PLANE, "--model", "bernoulli"), "the Bernoulli model needs --controls"),
        ({}, (*TIME, "--time-unit", "none"), "a space-time analysis needs dates"),
        (
            {
                "cas": "a 2 2020/1/1\nb 3 2020/1/4\nb 1 2020/1/2\n",
                "pop": "a 2020/1/1 5\na 2020/1/5 9\nb 2020/1/1 0\nb 2020/1/3 0\nb 2020/1/5 9\na 2020/1/3 9\n",
            },
            TIME,
            "a.cas, line 3, field date: case(s) at place b, where nobody at risk lives on 2020-01-02, by a.pop",
        ),
        (
            {"cas": "b 1 2020/8/1 m\na 1 2020/8/1 m\n", "pop": "a 2020 1 f\nb 2020 1 m\n"},
            PLANE,
            "a.cas, line 2, field date: case(s) at place a, where nobody at risk lives in the study period",
        ),
        ({}, (*PLANE, "--replicates", "9"), "--replicates 9 cannot tell p = 0.05: take 19 or more, or 0"),
        ({}, (*PLANE, "--replicates", "0", "--iterative", "2"), "an iterative scan stops by p"),
        ({}, (*PLANE, "--max-duration", "3"), "a spatial analysis has no duration"),
        ({}, (*TIME, "--max-duration", "3"), "--max-duration 3 is longer than the study period, 2 intervals"),
        ({}, (*TIME, "--first-look", "2020/8/1"), "only a prospective analysis has earlier looks"),
    ],
)
def test_refusals(written, changed, options, said):
    contents = {"cas": CAS, "geo": GEO, "pop": POP} | changed
    runner = written(**{name: content for name, content in contents.items() if content is not None})
    assert said in runner.refusal(*options)


def test_a_missing_file_and_an_unwritable_answer(written, tmp_path):
    runner = written(geo=GEO, pop=POP)
    assert "b.cas: cannot be opened" in runner.refusal(*PLANE, "--cases", tmp_path / "b.cas")
    runner.write(cas=CAS)
    assert "a.geo is not a folder" in runner.refusal(*PLANE, "--json", tmp_path / "a.geo" / "out.json")


@pytest.mark.parametrize("option", [("--start", "soon"), ("--max-population", "50"), ("--max-radius", "0")])
def test_an_option_that_makes_no_sense_is_a_usage_error(written, option, now):
    result = CliRunner().invoke(main, written(cas=CAS, geo=GEO, pop=POP).arguments(*option), obj=now)
    assert result.exit_code == 2
    assert f"Invalid value for '{option[0]}'" in result.stderr


def test_an_output_never_takes_the_place_of_an_input_and_nan_is_no_radius(written):
    town = written(cas=CAS, geo=GEO, pop=POP)
    path = town.folder / "a.cas"
    assert "is read, and would be written over" in town.refusal(*PLANE, "--json", path)
    assert path.read_text(encoding="utf-8") == CAS
    for option, value in (("--max-radius", "nan"), ("--max-population", "nan"), ("--seed", "-1")):
        asked = [*town.arguments(*PLANE), option, value]
        result = CliRunner().invoke(main, asked, obj=town.now)
        assert result.exit_code == 2, result.output
        assert f"'{option}'" in result.stderr


def test_the_folder_of_the_json_file_is_made(written):
    town = written(cas=CAS, geo=GEO, pop=POP)
    out = town.folder / "new" / "folder" / "a.json"
    asked = [*town.arguments(*PLANE), "--replicates", "19", "--json", str(out)]
    assert CliRunner().invoke(main, asked, obj=town.now).exit_code == 0
    assert out.is_file()
