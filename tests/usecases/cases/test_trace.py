"""A case leads to the visits it may have exposed: who met it, who came just after, who is left out, and counts."""

from datetime import date, timedelta

import pytest

from entry_service.core.actors import Actor
from entry_service.core.closings import Closing
from entry_service.core.doubt_rules import Doubt
from entry_service.core.errors import NotFound
from entry_service.core.exposure import CaseClosed
from entry_service.store.cases import cases
from entry_service.store.log import closings, doubts, learned_dwell, scans
from entry_service.store.schema.tables import cases as cases_table
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.cases.trace import passes_of, trace
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind
from tests.usecases.small_log import KARAOKE, LIBRARY, SmallLog, at, pid, small_log

__all__ = ["databases", "kind"]

OFFICER = Actor(account_id="A-officer", role="officer")
NOW = "20 12:00"
DAY = date(2020, 8, 14)


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", at(NOW), log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def registered(log: SmallLog, *passes: int, places: list[PlaceTold] | None = None, **facts: object) -> str:
    """Register a case with its passes and return its id."""
    given = {"number": "군포-12", "onset": date(2020, 8, 15), "specimen_date": None, "now": at(NOW)}
    done = register_case(log.services, places=places or [], passes=[pid(who) for who in passes], **given | facts)
    return done.case.case_id


def told(facility_id: str, start: str, end: str) -> PlaceTold:
    return PlaceTold(facility_id=facility_id, start=at(start), end=at(end))


def traced(log: SmallLog, case_id: str):
    return trace(log.services, case_id, now=at(NOW), actor=OFFICER)


def whom(place) -> list[int]:
    return [int.from_bytes(one.pid, "big") for one in place.exposed]


def learned(log: SmallLog, **lengths: dict[int, int]) -> None:
    log.services.store.write(lambda db: learned_dwell.keep_lengths(db, lengths, enough=lengths))


def test_a_pass_of_yesterday_that_was_read_after_midnight_leads_to_its_own_contact(log):
    log.stay(1, KARAOKE, "14 23:30", "15 01:00")
    log.stay(2, KARAOKE, "14 23:59", "15 00:40")
    log.stay(3, KARAOKE, "15 00:01", "15 00:40")  # by the last code of the day before
    log.stay(4, KARAOKE, "15 00:02", "15 00:40")
    log.stay(5, KARAOKE, "14 23:58", "15 00:40")  # a phone whose clock runs ahead shows tomorrow's
    for who, day in ((2, "14"), (3, "14"), (4, "15"), (5, "15")):
        log.contact(who, day, f"+82100000000{who}")
    found = traced(log, registered(log, 1))
    asked = {int.from_bytes(pid, "big"): day for day, pid, _evidence in passes_of(found)}
    assert asked == {2: DAY, 3: DAY, 4: DAY + timedelta(days=1), 5: DAY + timedelta(days=1)}
    assert found.people == 4


def test_whoever_overlapped_or_came_just_after_is_exposed_and_nobody_else(log):
    log.stay(1, LIBRARY, "14 10:00", "14 11:00")  # the case
    log.stay(2, LIBRARY, "14 09:00", "14 10:00")  # gone as it came
    log.stay(3, LIBRARY, "14 09:00", "14 10:20")
    log.stay(4, LIBRARY, "14 10:30", "14 10:40")
    log.stay(5, LIBRARY, "14 11:00", "14 12:00")  # came as it left
    log.stay(6, LIBRARY, "14 11:09", "14 12:00")
    log.stay(7, LIBRARY, "14 11:10", "14 12:00")  # the air of a library is doubted for ten minutes
    log.stay(8, KARAOKE, "14 10:00", "14 11:00")
    log.stay(9, LIBRARY, "15 10:00", "15 11:00")
    found = traced(log, registered(log, 1))
    [place] = found.places
    assert whom(place) == [3, 4, 5, 6]
    assert [one.overlap_minutes for one in place.exposed] == [20, 10, 0, 0]
    assert [one.together for one in place.exposed] == [1, 0, 0, 0]  # 15 minutes
    assert [one.after_minutes for one in place.exposed] == [0, 0, 0, 9]
    assert (place.people, place.expected, place.held, found.people) == (4, 1, 0, 4)
    assert [(count.hour, count.people) for count in place.by_hour] == [(at("14 10:00"), 2), (at("14 11:00"), 2)]
    assert place.corroborated
    assert found.together_minutes == 15


def test_a_room_that_must_air_longer_is_doubted_longer(log):
    log.stay(1, KARAOKE, "14 19:00", "14 20:00")
    log.stay(2, KARAOKE, "14 20:29", "14 21:00")
    log.stay(3, KARAOKE, "14 20:30", "14 21:00")
    [place] = traced(log, registered(log, 1)).places
    assert whom(place) == [2]
    assert place.lingering == timedelta(minutes=30)


def test_where_a_leaving_is_unknown_its_probability_comes_from_what_check_outs_taught(log):
    learned(log, library={29: 30, 59: 30, 119: 40})
    log.stay(1, LIBRARY, "14 10:00", "14 11:00")
    log.stay(2, LIBRARY, "14 09:15")  # there at 10:15 if it stayed an hour: 40 of 100
    log.stay(3, LIBRARY, "14 09:15")
    log.stay(3, KARAOKE, "14 10:10")  # seen elsewhere ten minutes after the case came
    log.stay(4, LIBRARY, "14 10:40")  # 20 minutes to the end: everybody stays that long
    log.stay(5, LIBRARY, "14 08:00")  # 120 minutes ago: nobody stays that long
    [place] = traced(log, registered(log, 1)).places
    assert dict(zip(whom(place), [one.together for one in place.exposed], strict=True)) == {2: 0.4, 4: 1.0}
    two = place.exposed[0]
    assert (two.overlap_minutes, two.overlap_least, two.overlap_most) == (None, 0, 60)
    assert two.dwell_assumed
    assert place.expected == pytest.approx(1.4)
    assert place.lengths_from == "own"


def test_a_case_that_nobody_saw_leaving_is_as_uncertain_as_others(log):
    learned(log, library={29: 50, 119: 50})
    log.stay(1, LIBRARY, "14 10:00")
    log.stay(2, LIBRARY, "14 10:20")
    [place] = traced(log, registered(log, 1)).places
    assert [one.together for one in place.exposed] == [0.5]  # the case half, the other surely until 10:35
    log.stay(1, LIBRARY, "15 10:00")
    log.stay(1, KARAOKE, "15 10:30", "15 11:00")
    log.stay(2, LIBRARY, "15 10:20")
    first, second, _karaoke = traced(log, registered(log, 1, number="군포-13")).places
    assert [one.together for one in first.exposed] == [0.5]
    assert [(one.together, one.overlap_most) for one in second.exposed] == [(0, 10)]


def test_whoever_was_sent_out_stayed_until_then_at_the_longest(log):
    learned(log, library={29: 25, 119: 75})
    closing = Closing(
        closing_id="C-1", facility_id=LIBRARY, zone="", closed_at=at("14 11:00"), received_at=at("14 11:00"),
        closed_by="D-1",
    )  # fmt: skip
    log.services.store.write(lambda db: closings.add(db, closing))
    log.stay(1, LIBRARY, "14 10:40", "14 11:00")
    log.stay(2, LIBRARY, "14 10:00")
    [place] = traced(log, registered(log, 1)).places
    assert [(one.together, one.overlap_most) for one in place.exposed] == [(0.75, 20)]


def test_the_case_itself_is_no_contact_of_its_own_whatever_door_it_used(log):
    log.stay(1, LIBRARY, "14 10:00", "14 11:00")
    log.stay(2, LIBRARY, "14 10:00", "14 11:00", source="poster")  # the same phone, at the poster
    log.stay(3, LIBRARY, "14 10:00", "14 11:00")  # somebody else, to the second
    for who in (1, 2):
        log.contact(who, "14", "010-0000-0001")
    [place] = traced(log, registered(log, 1)).places
    assert whom(place) == [3]


def test_people_are_counted_once_across_doors_with_their_companions(log):
    log.stay(1, LIBRARY, "14 10:00", "14 12:00")
    log.stay(2, LIBRARY, "14 10:10", "14 11:00", party_size=3, children=1)
    log.stay(3, LIBRARY, "14 10:11", "14 11:00", source="poster", confidence="low", party_size=2)
    log.stay(4, LIBRARY, "14 10:30", "14 10:50", source="call", confidence="medium")
    for who, phone in ((2, "010-0000-0002"), (3, "010-0000-0002"), (4, "010-0000-0004")):
        log.contact(who, "14", phone)
    log.stay(5, LIBRARY, "15 10:00", "15 12:00")
    log.stay(6, LIBRARY, "15 10:10", "15 11:00")
    found = traced(log, registered(log, 1, 5))
    first, second = found.places
    assert len(first.exposed) == 3
    assert len({one.ordinal for one in first.exposed}) == 2
    assert (first.people, second.people, found.people) == (4, 1, 5)
    assert first.by_source == (("staff_scan", 3), ("call", 1))
    assert first.by_confidence == (("high", 3), ("medium", 1))
    assert first.expected == 4
    assert first.exposed[0].children == 1


def doubt(log, who, facility_id, time):
    """Doubt a reading as the door does when it appends it."""

    def write(db):
        [row] = scans.scans_of_pass(db, pid(who), at(time), at(time) + timedelta(seconds=1))
        doubts.note(db, row.scan_id, facility_id, at(time), [Doubt("two_places")], at(time))

    log.services.store.write(write)


def test_a_pass_at_two_places_at_once_waits_for_a_decision_and_is_not_counted(log):
    log.stay(1, LIBRARY, "14 10:00", "14 12:00")
    log.stay(2, LIBRARY, "14 10:10", "14 11:00", flags=("late", "two_places"))
    doubt(log, 2, LIBRARY, "14 10:10")
    log.stay(3, LIBRARY, "14 10:10", "14 11:00", flags=("late",))
    found = traced(log, registered(log, 1))
    [place] = found.places
    assert (place.people, place.held, place.expected) == (1, 1, 1)
    assert [one.held for one in place.exposed] == [True, False]
    assert [who for _day, who, _why in passes_of(found)] == [pid(3)]
    assert [who for _day, who, _why in passes_of(found, held=True)] == [pid(2), pid(3)]


def test_of_a_visit_known_by_date_everybody_of_that_day_is_told_without_an_overlap(log):
    log.stay(2, LIBRARY, "14 10:10", "14 11:00")
    log.stay(3, LIBRARY, "13 23:50", "14 00:10")
    log.stay(4, LIBRARY, "15 00:10", "15 00:20")
    [place] = traced(log, registered(log, places=[PlaceTold.on(LIBRARY, DAY)])).places
    assert whom(place) == [3, 2]
    assert {(one.overlap_minutes, one.together) for one in place.exposed} == {(None, None)}
    assert (place.people, place.expected) == (2, None)
    assert not place.corroborated


def test_scans_that_do_not_count_expose_nobody(log):
    log.stay(1, LIBRARY, "14 10:00", "14 12:00")
    log.stay(2, LIBRARY, "14 10:10", "14 11:00", outcome="pass_expired")
    [place] = traced(log, registered(log, 1)).places
    assert place.exposed == ()


def test_evidence_is_one_row_a_pass_with_every_exposure_of_it(log):
    for who in (1, 2):
        log.stay(who, LIBRARY, "14 10:00", "14 11:00")
        log.stay(who, KARAOKE, "14 19:00", "14 20:00")
    found = traced(log, registered(log, 1))
    [(day, who, evidence)] = passes_of(found)
    assert (day, who) == (DAY, pid(2))
    assert [(row["facility_id"], row["overlap_minutes"]) for row in evidence] == [(LIBRARY, 60), (KARAOKE, 60)]
    [(_day, _who, evidence)] = passes_of(found, found.places[1:])
    assert [row["facility_id"] for row in evidence] == [KARAOKE]


def test_every_trace_is_in_the_audit_before_anything_is_read(log, monkeypatch):
    case_id = registered(log, 1)
    audit = log.services.vault.audit
    before = audit.count("case_traced", OFFICER.account_id, at("20 00:00"))
    traced(log, case_id)
    assert audit.count("case_traced", OFFICER.account_id, at("20 00:00")) == before + 1

    def broken(*_args, **_facts):
        raise AuditUnavailable

    monkeypatch.setattr(audit, "append", broken)
    monkeypatch.setattr(cases, "visits_of", lambda *_: pytest.fail("read without an audit row"))
    with pytest.raises(AuditUnavailable):
        traced(log, case_id)


def test_a_closed_or_unknown_case_is_not_traced(log):
    case_id = registered(log, 1)
    log.services.store.write(lambda db: db.execute(cases_table.update().values(closed_at=at(NOW))))
    with pytest.raises(CaseClosed):
        traced(log, case_id)
    assert log.services.vault.audit.count("refused", OFFICER.account_id, at("20 00:00")) == 1
    assert log.services.vault.audit.count("case_traced", OFFICER.account_id, at("20 00:00")) == 0
    with pytest.raises(NotFound):
        traced(log, "0" * 16)


def test_a_visit_that_went_on_through_zones_is_found_however_long_ago_it_began(log):
    for number, hour in enumerate(range(8, 15)):
        log.scan(2, LIBRARY, f"14 {hour:02}:00", "in", zone=f"Z-{number % 2}")
    log.scan(2, LIBRARY, "14 16:00", "out", zone="Z-0")
    log.stay(1, LIBRARY, "14 15:00", "14 17:00")
    [place] = traced(log, registered(log, 1)).places
    assert [(one.entered_at, one.overlap_minutes) for one in place.exposed] == [(at("14 08:00"), 60)]


def test_and_one_that_was_last_read_in_another_zone_may_last_as_long_again(log):
    learned(log, library={89: 60})
    log.scan(2, LIBRARY, "14 08:00", "in", zone="Z-0")
    log.scan(2, LIBRARY, "14 09:00", "in", zone="Z-1")
    log.scan(2, LIBRARY, "14 10:00", "in", zone="Z-0")  # longer than any stay that was read: gone by 11:29
    log.stay(1, LIBRARY, "14 10:30", "14 12:00")
    [place] = traced(log, registered(log, 1)).places
    [one] = place.exposed
    assert (one.overlap_least, one.overlap_most) == (0, 59.5)
    assert one.together == pytest.approx((89.5 - 45) / 89.5)
