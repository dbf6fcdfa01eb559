"""The extract holds exactly what the log knew, says why it knows nothing, and names nobody."""

import csv
import gzip
import json
import stat
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entry_service.core.errors import BadInput
from entry_service.core.times import KST
from entry_service.core.visits import pair_scans, person_minutes_by_hour
from entry_service.services import dwell_by_facility
from entry_service.store import posters, scans
from entry_service.usecases.extract import Extract, write_extract
from entry_service.usecases.extract_files import FolderRefused
from entry_service.usecases.extract_hours import outages
from entry_service.usecases.register_case import PlaceTold, register_case
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, PLACES, SmallLog, at, pid, place, small_log

PERIOD = {"as_of": at("20 12:00"), "start": at("13 00:00"), "end": at("15 00:00")}


@pytest.fixture
def log(tmp_path):
    with small_log(tmp_path / "var", at("20 12:00")) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "out" / "extract"


def extract(log: SmallLog, folder: Path, **facts: datetime) -> Extract:
    return write_extract(log.services, folder, **{**PERIOD, **facts})


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    stored = (folder / name).read_bytes()
    text = (gzip.decompress(stored) if name.endswith(".gz") else stored).decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def hours(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return every row of facility_hours by (facility, "13 19:00")."""
    found = {}
    for path in sorted((folder / "facility_hours").iterdir()):
        for row in rows(folder, f"facility_hours/{path.name}"):
            hour = datetime.fromisoformat(row["hour"])
            assert path.name == f"{hour:%Y-%m-%d}.csv.gz"
            assert (row["facility_id"], f"{hour:%d %H:%M}") not in found
            found[row["facility_id"], f"{hour:%d %H:%M}"] = row
    return found


def case(log: SmallLog, number: str, *passes: int, now: str = "18 09:00", **facts: object) -> None:
    given = {"onset": date(2020, 8, 14), "specimen_date": None, "places": [], **facts}
    register_case(log.services, number=number, passes=[pid(who) for who in passes], now=at(now), **given)


def test_entries_and_person_minutes_are_those_of_the_visits_companions_included(log, folder):
    log.stay(1, LIBRARY, "13 10:20", "13 12:05")
    log.stay(2, LIBRARY, "13 10:50", "13 11:00", party_size=3)
    log.stay(3, LIBRARY, "13 11:30")  # assumed: 90 minutes
    log.scan(4, LIBRARY, "13 11:00", "in", outcome="pass_expired")
    told = extract(log, folder)
    found = hours(folder)
    assert [
        (
            found[LIBRARY, f"13 {hour:02}:00"]["entries"],
            float(found[LIBRARY, f"13 {hour:02}:00"]["person_minutes"]),
        )
        for hour in (9, 10, 11, 12, 13)
    ] == [("0", 0), ("2", 40 + 30), ("1", 60 + 30), ("0", 5 + 60), ("0", 0)]
    assert told.entries == 3
    assert told.facility_hours == len(found) == 3 * 48


def test_a_stay_across_midnight_or_the_edge_of_the_period_counts_in_each_hour_once(log, folder):
    log.stay(1, KARAOKE, "12 23:30", "13 00:20")
    log.stay(2, KARAOKE, "13 23:50", "14 01:10")
    log.stay(3, KARAOKE, "14 23:40", "15 02:00")
    extract(log, folder)
    minutes = {time: float(row["person_minutes"] or "nan") for (_, time), row in hours(folder).items()}
    found = hours(folder)
    expected = {"13 00:00": 20, "13 23:00": 10, "14 00:00": 60, "14 01:00": 10, "14 23:00": 20}
    assert {time: float(found[KARAOKE, time]["person_minutes"]) for time in expected} == expected
    assert len(minutes) == 48
    assert found[KARAOKE, "13 00:00"]["entries"] == "0"  # entered before the period
    assert sum(int(row["entries"] or 0) for row in found.values()) == 2


def test_missing_says_why_and_is_never_zero(log, folder):
    log.stay(1, LIBRARY, "13 02:10", "13 02:40")  # at night: it really happened
    new = place("PV-009", "restaurant", opens=6, closes=26)
    log.services.store.write(lambda db: _register(db, new, at("14 12:30")))
    extract(log, folder)
    found = hours(folder)
    why = {key: row["missing"] for key, row in found.items()}
    assert why[LIBRARY, "13 02:00"] == ""
    assert found[LIBRARY, "13 02:00"]["entries"] == "1"
    assert why[LIBRARY, "13 03:00"] == why[LIBRARY, "13 06:00"] == why[LIBRARY, "14 23:00"] == "closed"
    assert why[LIBRARY, "13 07:00"] == why[LIBRARY, "13 22:00"] == ""
    assert why[KARAOKE, "13 04:00"] == ""  # until 05:00
    assert why[KARAOKE, "13 05:00"] == "closed"
    assert {why["PV-009", f"{day} {hour:02}:00"] for day, hour in [(13, 12), (14, 3), (14, 12)]} == {"inactive"}
    assert why["PV-009", "14 13:00"] == ""
    for row in found.values():
        for column in ("entries", "person_minutes", "exposed"):
            assert (row[column] == "") == bool(row["missing"])
        assert row["index_visits"] == row["index_persons"] == "0"


def _register(db, facility, joined) -> None:
    from entry_service.store import facilities

    facilities.add(db, facility)
    poster = posters.Poster(
        poster_id="NEW", facility_id=facility.facility_id, epoch=1, valid_from=joined, retired_at=None
    )
    posters.add(db, poster)


def test_a_facility_that_left_is_inactive_again(log, folder):
    log.services.store.write(lambda db: posters.retire(db, BANK, at("14 12:00")))
    extract(log, folder)
    found = hours(folder)
    assert found[BANK, "14 11:00"]["missing"] == ""
    assert found[BANK, "14 12:00"]["missing"] == "inactive"


def test_an_hour_in_which_the_whole_log_was_silent_is_an_outage(log, folder):
    for day in (13, 14, 16):
        for number in range(25):
            log.scan(100 * day + number, LIBRARY, f"{day} 10:{number:02}", "in")
    log.stay(1, LIBRARY, "15 08:30")  # 90 minutes assumed, into the silent hour
    extract(log, folder, end=at("17 00:00"))
    found = hours(folder)
    assert found[LIBRARY, "15 10:00"]["missing"] == found[BANK, "15 10:00"]["missing"] == "outage"
    assert found[LIBRARY, "15 09:00"]["missing"] == found[LIBRARY, "15 11:00"]["missing"] == ""
    assert {row["missing"] for (_, time), row in found.items() if time.endswith("10:00")} == {
        "",
        "outage",
        "closed",
    }


def test_a_quiet_hour_is_not_an_outage():
    start, end = at("13 00:00"), at("18 00:00")
    ten = {at(f"{day} 10:00"): 19 for day in (13, 14, 15, 16)}
    assert outages(ten, start, end) == frozenset()
    assert outages(dict.fromkeys(ten, 20), start, end) == {at("17 10:00")}
    assert outages({}, start, start + timedelta(hours=1)) == frozenset()


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


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("start", {"start": at("13 00:30")}),
        ("end", {"end": at("14 00:00") + timedelta(seconds=1)}),
        ("end", {"end": at("13 00:00")}),
        ("end", {"as_of": at("14 23:59")}),
    ],
)
def test_a_period_that_does_not_fit_is_refused_by_field(log, folder, field, wrong):
    with pytest.raises(BadInput) as refused:
        extract(log, folder, **wrong)
    assert refused.value.facts == {"field": field}
    assert not folder.exists()


def test_a_folder_with_something_else_in_it_is_left_alone(log, folder):
    folder.mkdir(parents=True)
    extract(log, folder)  # an empty folder is as good as none
    (folder / "datapackage.json").write_text('{"name": "results"}')
    for content in ('{"name": "results"}', "not json", "[]"):
        (folder / "datapackage.json").write_text(content)
        with pytest.raises(FolderRefused):
            extract(log, folder)
    (folder / "datapackage.json").unlink()
    with pytest.raises(FolderRefused):
        extract(log, folder)
    assert (folder / "facilities.csv").exists()
    with pytest.raises(FolderRefused):
        extract(log, folder / "facilities.csv")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["extract"]


def test_a_failed_extract_leaves_the_one_before_and_no_half(log, folder, monkeypatch):
    extract(log, folder)
    before = (folder / "datapackage.json").read_bytes()
    monkeypatch.setattr(log.services.vault, "group", lambda passes: 1 / 0)
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    case(log, "1", 1)
    with pytest.raises(ZeroDivisionError):
        extract(log, folder)
    assert (folder / "datapackage.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["extract"]


def test_a_draft_that_a_killed_run_left_is_cleared_away(log, folder):
    draft = folder.parent / ".extract.new" / "facility_hours"
    draft.mkdir(parents=True)
    (draft / "2020-08-01.csv.gz").write_bytes(b"half")
    extract(log, folder)
    assert [path.name for path in folder.parent.iterdir()] == ["extract"]
    assert not (folder / "facility_hours" / "2020-08-01.csv.gz").exists()


def test_nothing_in_the_folder_names_a_visitor_a_pass_or_a_case(log, folder):
    log.contact(1, "13", "+821000012345")
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    case(log, "군포-98765", 1)
    extract(log, folder)
    whole = b""
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        if path.is_file():
            whole += gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with log.services.store.read() as db:
        known = scans.scans_of_pass(db, pid(1), at("13 00:00"), at("14 00:00"))
    secret = [pid(1), pid(1).hex().encode(), b"98765", "군포-".encode(), b"12345", "방문자".encode()]
    secret += [scan.scan_id.encode() for scan in known]
    assert [text for text in secret if text in whole] == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_log_makes_the_same_hours_byte_for_byte(log, folder, tmp_path):
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    extract(log, folder)
    extract(log, tmp_path / "again")
    assert _hashes(folder, "facility_hours") == _hashes(tmp_path / "again", "facility_hours") != []


def _hashes(folder: Path, table: str) -> list[str]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return [one["hash"] for one in package["resources"] if one["name"].startswith(table)]


MINUTES = 4 * 24 * 60
readings = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([LIBRARY, KARAOKE, BANK]),
        st.integers(0, MINUTES - 1),
        st.booleans(),
        st.integers(1, 3),
    ),
    max_size=40,
)


@settings(max_examples=25)
@given(readings=readings)
def test_whatever_was_logged_the_hours_agree_with_the_readings_of_the_whole_log(tmp_path_factory, readings):
    """The stream, day by day, finds the same visits as pairing the whole log at once."""
    var = tmp_path_factory.mktemp("log")
    with small_log(var / "var", at("20 12:00")) as log:
        for who, facility_id, minute, coming, party in readings:
            when = at("12 00:00") + timedelta(minutes=minute)
            log.scan(who, facility_id, f"{when:%d %H:%M}", "in" if coming else "out", party_size=party)
        with log.services.store.read() as db:
            logged = scans.scans_between(db, None, at("11 00:00"), at("20 00:00"))
        extract(log, var / "out")
        visits = pair_scans(logged, dwell=dwell_by_facility({one.facility_id: one for one in PLACES}))
    minutes = {
        (facility_id, f"{hour.astimezone(KST):%d %H:%M}"): round(value, 3)
        for (facility_id, hour), value in person_minutes_by_hour(visits).items()
        if PERIOD["start"] <= hour < PERIOD["end"]
    }
    entries = defaultdict(int)
    for visit in visits:
        if PERIOD["start"] <= visit.entered_at < PERIOD["end"]:
            entries[visit.facility_id, f"{visit.entered_at.astimezone(KST):%d %H:00}"] += 1
    found = hours(var / "out")
    counted = {key: row for key, row in found.items() if row["missing"] == ""}
    assert {
        key: float(row["person_minutes"]) for key, row in counted.items() if row["person_minutes"] != "0.0"
    } == (minutes)
    assert {key: int(row["entries"]) for key, row in counted.items() if row["entries"] != "0"} == entries


def test_the_package_lists_every_file_with_rows_bytes_and_hash(log, folder):
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    extract(log, folder, created=at("21 08:00"))
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    listed = {one["path"] for one in package["resources"]}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert listed == present - {"datapackage.json"}
    for one in package["resources"]:
        stored = (folder / one["path"]).read_bytes()
        assert (one["bytes"], one["hash"]) == (len(stored), f"sha256:{sha256(stored).hexdigest()}")
        assert one["rows"] == len(rows(folder, one["path"]))
    assert {key: package[key] for key in ("profile", "as_of", "start", "end", "created")} == {
        "profile": "log",
        "as_of": "2020-08-20T12:00:00+09:00",
        "start": "2020-08-13T00:00:00+09:00",
        "end": "2020-08-15T00:00:00+09:00",
        "created": "2020-08-21T08:00:00+09:00",
    }
    assert package["code_version"].count("+") == 1


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
