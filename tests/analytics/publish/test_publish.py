"""The public folder: what is in it, what is not, and that whoever keeps every publication learns no more."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analytics.commands import main
from analytics.extract_reading import contract, read_extract
from analytics.geography import locate, read_units
from analytics.parameters import Parameters
from analytics.publish import folder as folder_module
from analytics.publish.audit import Attacker
from analytics.publish.counts import MEASURES, Rules, tables_of_days, without_sensitive
from analytics.publish.earlier import read_publication, read_rows
from analytics.publish.register import NAME
from analytics.publish.rows import PUBLISHED, WITHHELD
from analytics.publish.run import publish
from analytics.publish.tables import ALL, alone
from analytics.refusals import InputRefused, NothingToJudge, NotPublished, OutputRefused, UnitsRefused
from tests.analytics.town import NOW, make_town

QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=1_200.0)
RULES = Rules(entries_after=2, index_visits_after=5)
AT_ONCE = {"entries_after": 0, "index_visits_after": 0}


def logged_town(folder, seed: int = 5, days: int = 10):
    town = make_town(seed, days=days, volume=0.3)
    return town, town.write(folder, town.cases(120))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return one publication: inputs, folder, public.json."""
    place = tmp_path_factory.mktemp("public")
    _, inputs = logged_town(place)
    out = place / "out"
    told = publish(**inputs, out=out, created=NOW, parameters=QUICK, rules=RULES)
    return inputs, out, told


def true_tables(inputs):
    """Return the tables of the town, counted from the extract alone."""
    extract = without_sensitive(read_extract(inputs["extract"]))
    hours = extract.facility_hours
    at = extract.facilities.assign(dong=lambda f: _dong_of(inputs, f)).set_index("facility_id")
    hours = hours[hours["missing"] == ""].join(at[["dong", "category"]], on="facility_id")
    hours = hours.assign(day=hours["hour"].dt.date)
    visits = extract.index_visits.join(at[["dong", "category"]], on="facility_id")
    visits = visits.assign(day=visits["start"].dt.date)
    return {
        "entries": hours.groupby(["day", "dong", "category"])["entries"].sum().astype(int),
        "index_visits": visits.groupby(["day", "dong", "category"]).size(),
    }


def _dong_of(inputs, facilities):
    return locate(facilities, read_units(inputs["units"]))


def test_every_row_conforms_to_the_contract_and_says_what_was_counted(made):
    inputs, out, _ = made
    text = (out / "public.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    fields = contract("public")["tables"]["counts"]["schema"]["fields"]
    raw = pd.read_csv(out / "public.csv", dtype="str", keep_default_na=False, encoding="utf-8-sig")
    assert list(raw.columns) == [field["name"] for field in fields]
    assert not raw.duplicated(["day", "dong_code", "category"]).any()
    for field in fields:
        if "enum" in field.get("constraints", {}):
            assert set(raw[field["name"]]) <= set(field["constraints"]["enum"])
    rows, true = read_rows(out / "public.csv"), true_tables(inputs)
    for measure in MEASURES:
        told = rows[rows[f"{measure}_status"] == PUBLISHED]
        assert len(told)
        for row in told.itertuples():
            of_day = true[measure].get(row.day, pd.Series(dtype=int))
            sums = of_day.reset_index() if len(of_day) else pd.DataFrame(columns=["dong", "category", 0])
            here = sums[
                (sums["dong"].eq(row.dong_code) | (row.dong_code == ALL))
                & (sums["category"].eq(row.category) | (row.category == ALL))
            ]
            assert int(here.iloc[:, -1].sum()) == getattr(row, measure)
        small = told[measure] < RULES.k
        assert (told.loc[small, measure] == 0).all()  # only zeros of entries
    assert (rows.loc[rows["index_visits_status"] == PUBLISHED, "index_visits"] >= RULES.k).all()


def test_days_come_out_when_they_are_due(made):
    _, out, told = made
    rows = read_rows(out / "public.csv")
    assert told["as_of"] == "2020-08-16T00:00:00+09:00"
    assert sorted(set(rows["day"].astype(str)))[0] == "2020-08-03"
    out_days = told["days"]
    assert out_days["entries"][-1] == "2020-08-12"  # ended on the 13th at midnight, three days before
    assert out_days["index_visits"][-1] == "2020-08-10"
    later = rows[rows["day"].astype(str) > "2020-08-10"]
    assert set(later["index_visits_status"]) == {"not yet"}
    assert later["index_visits"].isna().all()


def test_a_kill_while_a_publication_takes_its_place_forgets_nothing_that_is_out(made, tmp_path):
    inputs, before, _ = made
    out = tmp_path / "out"
    shutil.copytree(before, tmp_path / ".out-abcdefgh-before")  # moved aside, and nothing new in its place
    shutil.copytree(before.parent / NAME, tmp_path / NAME)
    with pytest.raises(OutputRefused, match="has k = 10"):
        publish(**inputs, out=out, created=NOW + timedelta(days=1), parameters=QUICK, rules=replace(RULES, k=12))
    assert (out / "public.csv").read_bytes() == (before / "public.csv").read_bytes()


def test_a_solver_cannot_work_out_a_protected_count_of_the_publication(made):
    inputs, out, _ = made
    rows, study = read_rows(out / "public.csv"), _study(inputs)
    tables = tables_of_days(study, study.units.rename_axis("dong_code"))
    asked = 0
    for (measure, day), table in tables.items():
        at = (
            rows[rows["day"] == day]
            .set_index(["dong_code", "category"])
            .reindex(pd.MultiIndex.from_tuples(table.keys))
        )
        withheld = (at[f"{measure}_status"] == WITHHELD).to_numpy()
        if not withheld.any() or not RULES.due(measure, day, study.as_of.date()):
            continue
        rule = RULES.rule(measure)
        attacker, least = Attacker(alone(table, rule), withheld), table.least(rule)
        for cell in np.flatnonzero(rule.protects(table.behind)):
            low, high = attacker.bounds(int(cell))
            asked += 1
            assert low <= least[cell] + 1e-6
            assert high >= rule.k - 1e-6
    assert asked > 300


def _study(inputs):
    from analytics.population import read_population
    from analytics.study import make_study

    extract = without_sensitive(read_extract(inputs["extract"]))
    return make_study(extract, read_population(inputs["population"]), read_units(inputs["units"]), QUICK)


def test_sensitive_facilities_are_in_no_figure(made, tmp_path):
    _, out, told = made
    assert told["dongs"][-1]["word"] == "no data"  # a dong without a facility
    town = make_town(5, days=10, volume=0.3)
    visits = town.cases(120)
    town.entries[::5] += 7  # every fifth facility is sensitive
    inputs = town.write(tmp_path / "busier", visits)
    publish(**inputs, out=tmp_path / "x", created=NOW, parameters=QUICK, rules=RULES)
    assert (tmp_path / "x" / "public.csv").read_bytes() == (out / "public.csv").read_bytes()


def test_the_same_inputs_give_the_same_bytes(made, tmp_path):
    inputs, out, _ = made
    publish(**inputs, out=tmp_path / "again", created=NOW, parameters=QUICK, rules=RULES)
    for path in out.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_what_is_out_is_never_told_otherwise(made, tmp_path):
    inputs, out, _ = made
    place = tmp_path / "public"
    shutil.copytree(out, place)
    shutil.copytree(out.parent / NAME, tmp_path / NAME)
    town, more = logged_town(tmp_path / "more", days=13)
    town.entries = town.entries + 1  # late uploads, and three days more
    more = town.write(tmp_path / "later", town.cases(150))
    told = publish(**more, out=place, created=NOW + timedelta(days=1), parameters=QUICK, rules=RULES)
    before, after = read_rows(out / "public.csv"), read_rows(place / "public.csv")
    for measure in MEASURES:
        was_out = before[before[f"{measure}_status"].isin([PUBLISHED, WITHHELD])]
        key = ["day", "dong_code", "category"]
        columns = [*key, measure, f"{measure}_status"]
        same = after.merge(was_out[key], on=key)[columns]
        assert (
            same.sort_values(key)
            .reset_index(drop=True)
            .equals(was_out[columns].sort_values(key).reset_index(drop=True))
        )
    assert told["days"]["entries"][-1] == "2020-08-15"
    assert len(after) > len(before)


def test_another_k_or_other_dongs_for_days_that_are_out_are_refused(made, tmp_path):
    inputs, out, _ = made
    with pytest.raises(OutputRefused, match="k = 10 and tells of the same days"):
        publish(**inputs, out=tmp_path / "x", created=NOW, parameters=QUICK, rules=Rules(k=5), earlier=[out])
    whole = _one_dong(inputs, tmp_path)
    with pytest.raises(OutputRefused, match="has other dongs"):
        publish(
            **inputs, out=tmp_path / "x", created=NOW, parameters=QUICK, rules=RULES, earlier=[out], dongs=whole
        )
    assert not (tmp_path / "x").exists()


def _one_dong(inputs, folder):
    units = read_units(inputs["units"])
    one = units.dissolve().assign(unit_code="41410999", name="모의동")[["unit_code", "name", "geometry"]]
    path = folder / "dong.geojson"
    one.to_file(path, driver="GeoJSON")
    return path


def test_units_are_told_by_the_dong_in_which_their_centre_lies(made, tmp_path):
    inputs, _, _ = made
    told = publish(
        **inputs, out=tmp_path / "x", created=NOW, parameters=QUICK, rules=RULES, dongs=_one_dong(inputs, tmp_path)
    )
    assert [dong["dong_code"] for dong in told["dongs"]] == ["41410999"]
    rows = read_rows(tmp_path / "x" / "public.csv")
    assert set(rows["dong_code"]) == {"41410999", ALL}


def test_routes_have_no_entries(tmp_path):
    town = make_town(7)
    inputs = town.write(tmp_path, town.cases(200), profile="routes")
    told = publish(**inputs, out=tmp_path / "x", created=NOW, parameters=QUICK, rules=Rules(**AT_ONCE))
    rows = read_rows(tmp_path / "x" / "public.csv")
    assert set(rows["entries_status"]) == {"no data"}
    assert list(told["cells"]) == ["index_visits"]
    assert (rows.loc[rows["index_visits_status"] == PUBLISHED, "index_visits"] >= 10).all()


def test_a_writer_that_withholds_too_little_is_stopped_by_its_own_audit(made, tmp_path, monkeypatch):
    inputs, _, _ = made
    monkeypatch.setattr("analytics.publish.rows.withheld_cells", lambda problem: problem.hidden)
    with pytest.raises(NotPublished, match="could be worked out"):
        publish(**inputs, out=tmp_path / "x", created=NOW, parameters=QUICK, rules=RULES)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_is_not_what_was_counted_is_not_published(made, tmp_path, monkeypatch):
    inputs, _, _ = made
    true = folder_module.read_rows
    monkeypatch.setattr(
        folder_module, "read_rows", lambda path: true(path).assign(entries=lambda r: r["entries"] + 1)
    )
    with pytest.raises(NotPublished, match="not what was counted"):
        publish(**inputs, out=tmp_path / "x", created=NOW, parameters=QUICK, rules=RULES)


def test_a_changed_publication_is_refused(made, tmp_path):
    _, out, _ = made
    shutil.copytree(out, tmp_path / "x")
    (tmp_path / "x" / "public.csv").write_text("day\n", encoding="utf-8")
    with pytest.raises(OutputRefused, match="SHA-256 differs"):
        read_publication(tmp_path / "x")
    with pytest.raises(OutputRefused, match="is no public result"):
        read_publication(tmp_path)


def test_what_cannot_be_published_is_refused(made, tmp_path):
    inputs, _, _ = made
    with pytest.raises(InputRefused, match="at least 2"):
        publish(**inputs, out=tmp_path / "x", created=NOW, rules=Rules(k=1))
    with pytest.raises(InputRefused, match="index_visits_after: must be at least the 2 days"):
        publish(**inputs, out=tmp_path / "x", created=NOW, rules=Rules(index_visits_after=1))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputRefused, match="something else"):
        publish(**inputs, out=tmp_path / "mine", created=NOW)
    extract = read_extract(inputs["extract"])
    everything = replace(extract, facilities=extract.facilities.assign(sensitive=True))
    with pytest.raises(NothingToJudge, match="without sensitive"):
        without_sensitive(everything)


def test_the_command_publishes_and_refuses_options_that_do_not_fit(made, tmp_path):
    inputs, _, _ = made
    call = ["hotspots", "--extract", str(inputs["extract"]), "--population", str(inputs["population"][0])]
    call += ["--units", str(inputs["units"]), "--replicates", "99", "--gi-replicates", "99"]
    run = CliRunner()
    done = run.invoke(main, [*call, "--publish", "--out", str(tmp_path / "x")], obj=NOW)
    assert done.exit_code == 0, done.output
    assert "audited" in done.output
    assert json.loads((tmp_path / "x" / "public.json").read_text(encoding="utf-8"))["k"] == 10
    wrong = run.invoke(main, [*call, "--k", "5", "--out", str(tmp_path / "y")], obj=NOW)
    assert wrong.exit_code == 2
    assert "--k needs --publish" in wrong.output
    wrong = run.invoke(main, [*call, "--publish", "--door-counts", "x.csv", "--out", str(tmp_path / "y")], obj=NOW)
    assert "--door-counts means nothing with --publish" in wrong.output


def test_cells_need_the_boundaries_of_dongs(made, tmp_path):
    inputs, _, _ = made
    study = _study(inputs)
    from analytics.publish.run import _dongs

    cells = replace(study, population=replace(study.population, unit_kind="cell"))
    with pytest.raises(UnitsRefused, match="name their boundaries with --dongs"):
        _dongs(cells, None)
