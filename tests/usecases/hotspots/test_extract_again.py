"""An extract that takes days over from the one before is the one made anew, whatever came in between."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from entry_service.core.closings import Closing
from entry_service.core.dwell import Learned
from entry_service.core.flood import Spell
from entry_service.core.times import day_start, kst_day
from entry_service.store.log import closings, learned_dwell, purged, quarantines, scans, voids
from entry_service.store.sites import facilities, posters
from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.hotspots.extract import Extract, write_extract
from entry_service.usecases.retention.purge_day import delete_log
from tests.databases import databases, kind
from tests.usecases.changing_log import END, NOW, START, Story
from tests.usecases.extracting import folder, log, rows
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, PLACES, SmallLog, at, pid, small_log

__all__ = ["databases", "folder", "kind", "log"]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def extract(log: SmallLog, folder: Path, now: datetime, previous: Path | None = None) -> Extract:
    return write_extract(log.services, folder, as_of=now, start=START, end=END, previous=previous)


def days_of(folder: Path) -> dict[str, bytes]:
    return {path.name[:10]: path.read_bytes() for path in (folder / "facility_hours").iterdir()}


def without_ordinals(folder: Path) -> list[dict[str, str]]:
    kept = [
        {name: value for name, value in row.items() if name != "ordinal"}
        for row in rows(folder, "index_visits.csv")
    ]
    return sorted(kept, key=str)


def assert_same(one: Path, other: Path) -> None:
    """Both folders hold the same, and say the same of what they hold; ordinals are drawn anew each time."""
    assert days_of(one) == days_of(other)
    assert (one / "facilities.csv").read_bytes() == (other / "facilities.csv").read_bytes()
    assert without_ordinals(one) == without_ordinals(other)
    said = [json.loads((folder / "datapackage.json").read_text(encoding="utf-8")) for folder in (one, other)]
    for package in said:
        for resource in package["resources"]:
            if resource["table"] == "index_visits":
                del resource["hash"], resource["bytes"]
    assert said[0] == said[1]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_since_the_days_taken_over_are_those_made_anew(databases, kind, seed, tmp_path):
    addresses = dict(zip(("log_url", "vault_url"), databases.pair(kind), strict=True))
    taken_over = []
    with small_log(tmp_path / "var", NOW, **addresses) as log:
        story = Story(log, seed)
        story.begin()
        previous = tmp_path / "0"
        extract(log, previous, story.now)
        for turn in range(1, 11):
            story.happen()
            incremental, full = tmp_path / str(turn), tmp_path / "full"
            taken_over.append(extract(log, incremental, story.now, previous).days_taken_over)
            again = extract(log, full, story.now)
            assert again.days_taken_over == 0
            assert_same(incremental, full)
            previous = incremental
    assert max(taken_over) > 8  # something is left to take over, or the test says nothing


@pytest.fixture
def filled(log, folder) -> SmallLog:
    for day in range(11, 25):
        log.stay(day, LIBRARY, f"{day} 22:00", f"{day} 22:40")
        log.stay(100 + day, KARAOKE, f"{day} 22:10")
        log.contact(100 + day, str(day), "+821000000001")
    log.scan(7, LIBRARY, "25 08:00", "in")
    extract(log, folder, NOW)
    return log


def made_anew(log: SmallLog, folder: Path, now: datetime = NOW + DAY) -> list[int]:
    """Return the days of August that a second extract does not take over, by what its log had to read."""
    new = folder.with_name("again")
    told = extract(log, new, now, previous=folder)
    same = made_of(folder).keys() & {day for day, hashed in made_of(new).items() if made_of(folder)[day] == hashed}
    assert told.days_taken_over == len(same)
    return sorted(int(day[8:]) for day in made_of(new).keys() - same)


def made_of(folder: Path) -> dict[str, str]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {one["path"][15:25]: one["made_of"] for one in package["resources"] if "made_of" in one}


def test_where_nothing_happened_every_day_is_taken_over_and_as_of_is_the_new_one(filled, folder):
    assert made_anew(filled, folder, NOW + MINUTE) == []
    said = json.loads((folder.with_name("again") / "datapackage.json").read_text(encoding="utf-8"))
    assert datetime.fromisoformat(said["as_of"]) == NOW + MINUTE


def test_a_late_upload_makes_the_days_around_it_anew(filled, folder):
    filled.scan(50, LIBRARY, "16 10:00", "in", received_at=NOW + MINUTE)
    assert made_anew(filled, folder) == [15, 16, 17, 18]


def test_what_comes_in_today_may_end_a_visit_of_yesterday(filled, folder):
    filled.scan(124, KARAOKE, "25 08:30", "out", received_at=NOW + MINUTE)
    assert made_anew(filled, folder) == [24]


def test_an_undone_scan_makes_its_days_anew(filled, folder):
    made = {"voided_at": NOW + MINUTE, "voided_by": "d-1", "reason": "mistake"}
    filled.services.store.write(lambda db: voids.add(db, "scan-1", **made))
    assert made_anew(filled, folder) == [11, 12, 13]


def test_everyone_sent_out_and_entries_held_back_make_their_days_anew(filled, folder):
    facts = {"facility_id": KARAOKE, "zone": "", "closed_by": "d-1", "received_at": NOW + MINUTE}
    closing = Closing(closing_id="c-1", closed_at=at("16 22:30"), **facts)
    filled.services.store.write(lambda db: closings.add(db, closing))
    assert made_anew(filled, folder) == [15, 16, 17, 18]
    extract(filled, folder, NOW + 2 * MINUTE)
    spell = Spell(at("20 22:00"), at("20 23:00"), "")
    filled.services.store.write(lambda db: quarantines.begin(db, KARAOKE, spell))
    assert made_anew(filled, folder) == [19, 20, 21, 22]


def test_a_facility_that_leaves_makes_the_days_anew_on_which_it_is_gone(filled, folder):
    filled.services.store.write(lambda db: posters.retire(db, BANK, at("22 12:00")))
    assert made_anew(filled, folder) == [22, 23, 24]


def test_a_case_makes_its_days_anew_and_a_deleted_contact_those_with_a_case(filled, folder):
    facts = {"number": "1", "onset": date(2020, 8, 16), "specimen_date": None, "places": []}
    register_case(filled.services, passes=[pid(18)], now=NOW + MINUTE, **facts)
    assert made_anew(filled, folder) == [18, 19]
    extract(filled, folder, NOW + 2 * MINUTE)
    filled.services.vault.forget(date(2020, 8, 22), pid(122))
    assert made_anew(filled, folder) == []
    filled.services.vault.forget(date(2020, 8, 18), pid(118))
    assert made_anew(filled, folder) == [18, 19]


def test_a_usual_stay_that_was_learned_anew_and_a_new_facility_make_every_day_anew(filled, folder):
    learned = {"karaoke": Learned(77.0, 100)}
    filled.services.store.write(lambda db: learned_dwell.add(db, learned, NOW + MINUTE))
    assert len(made_anew(filled, folder)) == 14
    extract(filled, folder, NOW + 2 * MINUTE)
    assert made_anew(filled, folder) == []
    new = replace(PLACES[0], facility_id="PV-900")
    filled.services.store.write(lambda db: facilities.add(db, new))
    assert len(made_anew(filled, folder)) == 14


def test_what_retention_deleted_is_not_taken_over(filled, folder):
    filled.services.store.write(lambda db: purged.move_mark(db, day_start(date(2020, 8, 13))))
    delete_log(filled.services, date(2020, 8, 12))
    assert made_anew(filled, folder) == [11, 12, 13, 14]
    assert {row["entries"] for row in rows(folder.with_name("again"), "facility_hours/2020-08-12.csv.gz")} <= {
        "0",
        "",
    }


def test_an_extract_that_knows_more_than_the_moment_asked_is_not_used(filled, folder):
    told = extract(filled, folder.with_name("earlier"), NOW - MINUTE, previous=folder)
    assert told.days_taken_over == 0


@pytest.mark.parametrize("damage", ["changed", "gone", "package", "nothing"])
def test_a_damaged_extract_gives_nothing_wrong(filled, folder, damage):
    day = folder / "facility_hours" / "2020-08-15.csv.gz"
    if damage == "changed":
        day.write_bytes(day.read_bytes()[:-1])
    elif damage == "gone":
        day.unlink()
    elif damage == "package":
        (folder / "datapackage.json").write_text("{")
    told = extract(filled, folder.with_name("again"), NOW, previous=None if damage == "nothing" else folder)
    assert told.days_taken_over == (13 if damage in ("changed", "gone") else 0)
    extract(filled, folder.with_name("full"), NOW)
    assert_same(folder.with_name("again"), folder.with_name("full"))


def test_it_is_told_from_the_beginning_how_far_it_is(filled, folder):
    heard = []
    write_extract(filled.services, folder, as_of=NOW, start=START, end=END, told=heard.append)
    assert heard[0] > 0
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_scans_of_long_ago_are_not_read_for_a_day_of_today(filled, folder, monkeypatch):
    read = []
    stream = scans.stream

    def heard(db, start, end, known_by):
        read.append(kst_day(start).day)
        return stream(db, start, end, known_by)

    monkeypatch.setattr(scans, "stream", heard)
    filled.scan(50, LIBRARY, "24 10:00", "in", received_at=NOW + MINUTE)
    assert made_anew(filled, folder) == [23, 24]
    assert read == [21, 22, 23, 24, 25]
