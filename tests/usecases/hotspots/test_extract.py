"""Facility hours hold exactly what the log knew, and say why they know nothing."""

from collections import defaultdict
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from entry_service.core.times import KST
from entry_service.core.visits import hours_of, pair_scans
from entry_service.services import dwell_by_facility
from entry_service.store.log import scans
from entry_service.store.sites import posters
from entry_service.usecases.hotspots.extract_hours import outages
from tests.usecases.extracting import PERIOD, extract, folder, hours, log
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, PLACES, at, place, small_log

__all__ = ["folder", "log"]


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
    from entry_service.store.sites import facilities

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
    minutes = defaultdict(float)
    entries = defaultdict(int)
    for visit in visits:
        for hour, stay in hours_of(visit.entered_at, visit.left_at):
            if PERIOD["start"] <= hour < PERIOD["end"]:
                where = visit.facility_id, f"{hour.astimezone(KST):%d %H:%M}"
                minutes[where] += visit.party_size * stay / timedelta(minutes=1)
        if PERIOD["start"] <= visit.entered_at < PERIOD["end"]:
            entries[visit.facility_id, f"{visit.entered_at.astimezone(KST):%d %H:00}"] += 1
    found = hours(var / "out")
    counted = {key: row for key, row in found.items() if row["missing"] == ""}
    assert {
        key: float(row["person_minutes"]) for key, row in counted.items() if row["person_minutes"] != "0.0"
    } == {key: round(value, 3) for key, value in minutes.items()}
    assert {key: int(row["entries"]) for key, row in counted.items() if row["entries"] != "0"} == entries
