"""Index visits in the extract: counted by hour, exposing others, known only from their registration on."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta

from entry_service.store.log import scans
from entry_service.usecases.cases.register_case import PlaceTold
from tests.usecases.extracting import case, extract, folder, hours, log, rows
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, at, pid

__all__ = ["folder", "log"]


def test_index_hours_are_the_aggregate_of_index_visits(log, folder):
    log.stay(1, LIBRARY, "13 10:20", "13 12:05")
    log.stay(2, LIBRARY, "13 11:00", "13 11:30")
    log.stay(2, LIBRARY, "13 11:40", "13 11:50")
    case(log, "1", 1)
    case(log, "2", 2, places=[PlaceTold.on(BANK, date(2020, 8, 14))])
    told = extract(log, folder)
    expected = defaultdict(list)
    for row in rows(folder, "index_visits.csv"):
        hour = datetime.fromisoformat(row["start"]).replace(minute=0, second=0)
        while hour < datetime.fromisoformat(row["end"]):
            expected[row["facility_id"], f"{hour:%d %H:%M}"].append(row["ordinal"])
            hour += timedelta(hours=1)
    found = hours(folder)
    assert {key: (str(len(who)), str(len(set(who)))) for key, who in expected.items()} == {
        key: (row["index_visits"], row["index_persons"])
        for key, row in found.items()
        if row["index_visits"] != "0"
    }
    assert found[LIBRARY, "13 11:00"]["index_visits"] == "3"
    assert found[LIBRARY, "13 11:00"]["index_persons"] == "2"
    assert sum(key[0] == BANK for key in expected) == 24
    assert (told.index_visits, told.index_persons) == (4, 2)


def test_exposed_are_the_other_people_each_once_however_many_doors_registered_them(log, folder):
    log.stay(1, KARAOKE, "13 19:10", "13 21:20")  # the case
    log.scan(11, KARAOKE, "13 19:10", "in", source="poster")  # the case again, by the poster
    for who in (1, 11):
        log.contact(who, "13", "+821000000001")
    log.stay(2, KARAOKE, "13 19:30", "13 20:10")
    log.stay(22, KARAOKE, "13 19:31", "13 20:10", source="poster")  # the same person by another door
    for who in (2, 22):
        log.contact(who, "13", "+821000000002")
    log.stay(3, KARAOKE, "13 20:05", "13 20:30")
    log.stay(4, KARAOKE, "13 18:00", "13 19:10")  # gone when the case came: half-open
    log.stay(5, LIBRARY, "13 19:10", "13 21:20")
    case(log, "1", 1)
    told = extract(log, folder)
    found = hours(folder)
    exposed = {key: row["exposed"] for key, row in found.items() if row["exposed"] not in ("", "0")}
    assert exposed == {(KARAOKE, "13 19:00"): "1", (KARAOKE, "13 20:00"): "2"}
    assert found[KARAOKE, "13 21:00"]["index_visits"] == "1"
    assert told.index_visits == 1


def test_two_cases_at_one_table_expose_the_others_not_each_other(log, folder):
    for who in (1, 2, 3):
        log.stay(who, KARAOKE, f"13 19:1{who}", "13 19:50")
    case(log, "1", 1)
    case(log, "2", 2)
    extract(log, folder)
    assert hours(folder)[KARAOKE, "13 19:00"]["exposed"] == "1"


def test_a_replay_knows_only_what_was_known_then(log, folder):
    log.stay(1, LIBRARY, "13 10:00", "13 10:30")
    log.scan(2, LIBRARY, "13 10:10", "in", received_at=at("16 09:00"))  # from a device without a network
    case(log, "1", 1, now="18 09:00")
    early = extract(log, folder, as_of=at("15 12:00"))
    assert hours(folder)[LIBRARY, "13 10:00"]["entries"] == "1"
    assert rows(folder, "index_visits.csv") == []
    assert (early.entries, early.index_visits) == (1, 0)
    late = extract(log, folder, as_of=at("18 09:00"))
    assert (late.entries, late.index_visits) == (2, 1)


def test_index_visits_outside_the_period_stay_outside(log, folder):
    log.stay(1, LIBRARY, "12 10:00", "12 11:00")
    log.stay(1, LIBRARY, "14 10:00", "14 11:00")
    case(log, "1", 1)
    extract(log, folder)
    assert [row["start"] for row in rows(folder, "index_visits.csv")] == ["2020-08-14T10:00:00+09:00"]


def test_ordinals_hold_within_an_extract_and_are_drawn_anew_for_the_next(log, folder):
    for who in range(1, 9):
        log.stay(who, LIBRARY, f"13 10:0{who}", "13 11:00")
        log.stay(100 + who, LIBRARY, f"14 10:0{who}", "14 11:00")  # another day, another pass
        case(log, str(who), who, 100 + who)
    drawn = set()
    for _ in range(6):
        extract(log, folder)
        by_person = defaultdict(set)
        for row in rows(folder, "index_visits.csv"):
            by_person[row["start"][14:16]].add(row["ordinal"])
        assert all(len(ordinals) == 1 for ordinals in by_person.values())
        assert {int(one) for found in by_person.values() for one in found} == set(range(1, 9))
        drawn.add(tuple(sorted((minute, *ordinal) for minute, ordinal in by_person.items())))
    assert len(drawn) > 1


def test_seconds_are_whole_and_the_hours_still_agree(log, folder):
    """A visit that ends half a second after the hour is written to end in that hour, and counted there."""
    log.stay(1, LIBRARY, "13 10:20")
    out = at("13 11:00") + timedelta(seconds=0.3)
    with log.services.store.read() as db:
        (entered,) = scans.scans_of_pass(db, pid(1), at("13 00:00"), at("14 00:00"))
    log.append([replace(entered, scan_id="out", direction="out", scanned_at=out, received_at=out)])
    case(log, "1", 1)
    extract(log, folder)
    (visit,) = rows(folder, "index_visits.csv")
    assert visit["end"] == "2020-08-13T11:00:01+09:00"
    assert hours(folder)[LIBRARY, "13 11:00"]["index_visits"] == "1"
    assert hours(folder)[LIBRARY, "13 11:00"]["exposed"] == "0"  # the case does not expose itself
