"""The register of everything that was ever published: it only grows, is verified, and binds for good."""

import fcntl
import hashlib
import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.parameters import Parameters
from analytics.publish.audit import Attacker
from analytics.publish.counts import MEASURES, Rules, tables_of_days, without_sensitive
from analytics.publish.earlier import read_publication
from analytics.publish.register import LINES, NAME, read_register
from analytics.publish.rows import PUBLISHED
from analytics.publish.run import publish
from analytics.publish.tables import alone
from analytics.refusals import OutputRefused
from tests.analytics.town import NOW

from .registers import contradictions, days_of, told_ever, town_of

QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=1_200.0)
RULES = Rules(entries_after=2, index_visits_after=5)


def published(inputs, out, day: int = 1, **options):
    """Publish on this day of September."""
    created = NOW + timedelta(days=day - 1)
    return publish(**inputs, out=out, created=created, parameters=QUICK, rules=RULES, **options)


@pytest.fixture(scope="module")
def row(tmp_path_factory):
    """Return three publications in a row at one place: ten days; six, corrected; twelve, corrected again."""
    place = tmp_path_factory.mktemp("row")
    towns = [town_of(place / f"town-{days}", days, more) for days, more in ((10, 0), (6, 1), (12, 2))]
    kept = []
    for number, inputs in enumerate(towns, start=1):
        published(inputs, place / "public", number)
        kept.append(shutil.copytree(place / "public", place / f"kept-{number}"))
    return towns, place, kept


def test_a_shorter_extract_tells_no_day_anew_though_the_newest_folder_has_forgotten_it(row):
    towns, place, kept = row
    assert contradictions(told_ever(kept)) == 0
    shorter, longer = ({str(day) for day in read_publication(one).rows["day"]} for one in kept[1:])
    assert {"2020-08-10", "2020-08-11", "2020-08-12"} <= longer - shorter  # which the folder before did not hold
    numbers = [read_publication(folder).told["number"] for folder in kept]
    assert numbers == [1, 2, 3]


def test_the_same_publications_without_a_register_contradict_each_other(row, tmp_path):
    towns, _, _ = row
    folders = []
    for number, inputs in enumerate(towns):
        published(inputs, tmp_path / str(number) / "public")
        folders.append(tmp_path / str(number) / "public")
    assert contradictions(told_ever(folders)) > 100


def test_a_solver_with_every_publication_in_hand_works_out_no_protected_count(row):
    towns, _, kept = row
    told, asked, day_of = told_ever(kept), 0, {}
    for inputs in towns:
        study = _study(inputs)
        for (measure, day), table in tables_of_days(study, study.units.rename_axis("dong_code")).items():
            out = RULES.due(measure, day, study.as_of.date())
            if out and (measure, day) not in day_of:
                day_of[measure, day] = table  # what was true when the day came out
    for (measure, day), table in day_of.items():
        rows = told[measure][told[measure]["day"] == day].set_index(["dong_code", "category"])
        at = rows.reindex(pd.MultiIndex.from_tuples(table.keys))
        known = (at[f"{measure}_status"] == PUBLISHED).to_numpy()
        assert (at.loc[known, measure].to_numpy(dtype=int) == table.counts[known]).all(), (measure, day)
        rule = RULES.rule(measure)
        attacker, least = Attacker(alone(table, rule), ~known), table.least(rule)
        for cell in np.flatnonzero(rule.protects(table.behind))[::3]:
            low, high = attacker.bounds(int(cell))
            assert low <= least[cell] + 1e-6
            assert high >= rule.k - 1e-6
            asked += 1
    assert asked > 200


def _study(inputs):
    from analytics.extract_reading import read_extract
    from analytics.geography import read_units
    from analytics.population import read_population
    from analytics.study import make_study

    extract = without_sensitive(read_extract(inputs["extract"]))
    return make_study(extract, read_population(inputs["population"]), read_units(inputs["units"]), QUICK)


def test_each_line_says_what_when_and_with_which_files(row):
    _, place, kept = row
    lines = read_register(place / NAME).lines
    assert [line["number"] for line in lines] == [1, 2, 3]
    assert not any("new_register" in line for line in lines)
    for line, folder in zip(lines, kept, strict=True):
        told = json.loads((folder / "public.json").read_text(encoding="utf-8"))
        same = ("as_of", "created", "code_version", "period", "parameters", "k", "cells", "days")
        assert {name: line[name] for name in same} == {name: told[name] for name in same}
        for name, one in line["files"].items():
            assert one["hash"] == f"sha256:{hashlib.sha256((folder / name).read_bytes()).hexdigest()}"
        assert set(line["files"]) == {"public.json", "public.csv", "public_hours.csv", "public.geojson"}
        assert line["words"] == {dong["dong_code"]: dong["word"] for dong in told["dongs"]}
    assert [len(days_of(line, "entries")) for line in lines] == [10, 0, 2]
    raw = (place / NAME / LINES).read_bytes().splitlines(keepends=True)
    assert [line["before"] for line in lines] == ["", *(hashlib.sha256(one).hexdigest() for one in raw[:-1])]


@pytest.fixture
def copy(row, tmp_path):
    towns, place, _ = row
    shutil.copytree(place / "public", tmp_path / "public")
    shutil.copytree(place / NAME, tmp_path / NAME)
    return towns[-1], tmp_path


def test_a_register_that_was_changed_or_cut_is_refused_and_nothing_is_published(copy):
    inputs, place = copy
    before = (place / "public" / "public.json").read_bytes()
    file = place / NAME / LINES
    whole = file.read_bytes()
    for changed, why in (
        (whole.replace(b'"k":10', b'"k":11', 1), "line 2 is not what was written"),
        (b"".join(whole.splitlines(keepends=True)[1:]), "line 1 is not what was written"),
        (b"".join(whole.splitlines(keepends=True)[:-1]), "is publication 3 of a register, and .* has 2"),
        (whole[:-1], "is publication 3 of a register, and .* has 2"),
    ):
        file.write_bytes(changed)
        with pytest.raises(OutputRefused, match=why):
            published(inputs, place / "public", 4)
    file.write_bytes(whole)
    day = place / NAME / "days" / "entries-2020-08-05.json"
    day.write_bytes(day.read_bytes().replace(b"published", b"withheld", 1))
    with pytest.raises(
        OutputRefused, match=r"entries-2020-08-05.json: is not what was registered with publication 1"
    ):
        published(inputs, place / "public", 4)
    assert (place / "public" / "public.json").read_bytes() == before


def test_a_publication_says_which_line_was_before_and_another_register_is_refused(row, copy):
    _, place, kept = row
    lines = read_register(place / NAME).lines
    for line, folder in zip(lines, kept, strict=True):
        assert json.loads((folder / "public.json").read_text(encoding="utf-8"))["before"] == line["before"]
    inputs, here = copy
    file = here / NAME / LINES
    whole = file.read_bytes()
    other, last = [], ""  # whose lines hang together, and whose first was another
    for raw in whole.splitlines(keepends=True):
        other.append(json.dumps({**json.loads(raw), "seed": 7, "before": last}).encode() + b"\n")
        last = hashlib.sha256(other[-1]).hexdigest()
    *begin, end = whole.splitlines(keepends=True)
    unlike = json.dumps(json.loads(end) | {"files": {}}).encode() + b"\n"
    for second in (other, [*begin, unlike]):
        file.write_bytes(b"".join(second))
        with pytest.raises(OutputRefused, match="is publication 3 of another register"):
            published(inputs, here / "public", 4)
        assert file.read_bytes() == b"".join(second)


def test_a_publication_from_before_there_was_a_register_is_taken_over(copy):
    inputs, place = copy
    shutil.rmtree(place / NAME)
    with pytest.raises(OutputRefused, match="put the register back"):
        published(inputs, place / "public", 4)
    told = published(inputs, place / "public", 4, new_register=True)
    lines = read_register(place / NAME).lines
    assert ([line.get("taken_over", False) for line in lines], told["number"]) == ([True, False], 2)
    assert [line.get("new_register", False) for line in lines] == [True, True]
    assert days_of(lines[0], "entries")
    assert days_of(lines[1], "entries") == []


def test_a_line_whose_publication_never_took_its_place_binds_all_the_same(row, tmp_path, monkeypatch):
    towns, _, _ = row
    with monkeypatch.context() as patched:
        patched.setattr("analytics.publish.folder.put_in_place", lambda work, out: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            published(towns[0], tmp_path / "public")
    assert not (tmp_path / "public").exists()
    first = read_register(tmp_path / NAME)
    assert published(towns[2], tmp_path / "public")["number"] == 2
    kept = {(one.measure, one.day): one.cells for one in first.told_days(days_of(first.lines[0], "entries"))}
    now = read_publication(tmp_path / "public")
    seen = 0
    for one in now.told_days():
        if (one.measure, one.day) in kept and one.measure in MEASURES:
            assert one.cells.equals(kept[one.measure, one.day])
            seen += 1
    assert seen > 10


def test_a_line_torn_by_a_kill_is_written_over_and_everything_is_durable_first(row, tmp_path, monkeypatch):
    towns, place, _ = row
    synced, sync = [], os.fsync

    def noted(number: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{number}")).relative_to(tmp_path).as_posix())
        sync(number)

    whole = (place / NAME / LINES).read_bytes().splitlines(keepends=True)[0]
    (tmp_path / NAME).mkdir()
    for torn in (whole[:-1], whole[:500], b"\0" * 300):
        (tmp_path / NAME / LINES).write_bytes(torn)
        assert read_register(tmp_path / NAME).lines == []
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", noted)
        published(towns[1], tmp_path / "public")
    assert [line["number"] for line in read_register(tmp_path / NAME).lines] == [1]
    names = [name for name in dict.fromkeys(reversed(synced)) if not name.endswith(".json.new")]
    assert names == [NAME, f"{NAME}/{LINES}", f"{NAME}/days", "."]
    made = read_register(tmp_path / NAME)
    with (tmp_path / NAME / LINES).open("ab") as opened:
        opened.write(b'{"number":2,"cre')
    assert read_register(tmp_path / NAME) == made


def test_two_publications_at_once_are_one_after_the_other(row, tmp_path):
    towns, _, _ = row
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with pytest.raises(OutputRefused, match="another publication is being made"):
            published(towns[0], tmp_path / "public")
    finally:
        os.close(held)
    assert list(tmp_path.iterdir()) == []
