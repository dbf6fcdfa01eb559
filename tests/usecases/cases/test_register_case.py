"""A registered case takes the visits of its exposure window, each once, and refuses what cannot be."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput
from entry_service.store.cases import cases
from entry_service.store.schema.tables import index_visits
from entry_service.usecases.cases.register_case import CaseKnown, PlaceTold, RegisteredCase, register_case
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, SmallLog, at, pid, small_log


@pytest.fixture
def log(tmp_path):
    with small_log(tmp_path / "var", at("20 12:00")) as opened:
        yield opened


def register(log: SmallLog, **facts: object) -> RegisteredCase:
    given = {"number": "군포-12", "onset": date(2020, 8, 15), "specimen_date": None, "places": [], "passes": []}
    return register_case(log.services, **{**given, "now": at("20 12:00"), **facts})


def told(facility_id: str, start: str, end: str) -> PlaceTold:
    return PlaceTold(facility_id=facility_id, start=at(start), end=at(end))


def stays(case: RegisteredCase) -> list[tuple[str, datetime, datetime]]:
    return [(visit.facility_id, visit.start, visit.end) for visit in case.visits]


def test_visits_of_a_pass_become_index_visits_known_from_now(log):
    log.stay(1, LIBRARY, "13 10:00", "13 11:00")
    log.stay(1, KARAOKE, "13 19:00")  # no check-out: the assumed dwell of a karaoke is 90 minutes
    log.stay(2, LIBRARY, "13 10:00", "13 11:00")
    case = register(log, passes=[pid(1)])
    assert stays(case) == [
        (LIBRARY, at("13 10:00"), at("13 11:00")),
        (KARAOKE, at("13 19:00"), at("13 20:30")),
    ]
    assert {visit.known_at for visit in case.visits} == {at("20 12:00")}
    with log.services.store.read() as db:
        kept = cases.visits_known_by(db, at("20 12:00"))
        assert cases.visits_known_by(db, at("20 11:59")) == []
    assert [(v.facility_id, v.start, v.end) for v in kept] == stays(case)
    assert (case.from_passes, case.from_places, case.outside_window) == (2, 0, 0)


def test_the_window_opens_two_days_before_onset_and_what_lies_outside_is_only_counted(log):
    log.stay(1, LIBRARY, "12 22:00", "12 23:20")
    log.stay(2, LIBRARY, "12 23:30", "13 00:10")  # still inside at 00:00 of the first day
    log.stay(3, LIBRARY, "13 08:00", "13 09:00")
    places = [told(BANK, "12 10:00", "12 11:00"), told(BANK, "13 10:00", "13 11:00")]
    case = register(log, passes=[pid(1), pid(2), pid(3)], places=places)
    assert [start for _, start, _ in stays(case)] == [at("12 23:30"), at("13 08:00"), at("13 10:00")]
    assert case.outside_window == 2


def test_without_symptoms_the_specimen_date_counts_and_with_both_the_onset(log):
    log.stay(1, LIBRARY, "14 10:00", "14 11:00")
    later = register(log, number="1", onset=None, specimen_date=date(2020, 8, 17), passes=[pid(1)])
    both = register(log, number="2", specimen_date=date(2020, 8, 17), passes=[pid(1)])
    assert (later.from_passes, later.outside_window) == (0, 1)
    assert (both.from_passes, both.outside_window) == (1, 0)


def test_the_text_of_a_pass_finds_its_visits_whenever_its_slot_was(log):
    log.stay(7, LIBRARY, "14 10:00", "14 11:00")
    case = register(log, passes=[f" {log.code(7, '14 22:15')}\n"])
    assert stays(case) == [(LIBRARY, at("14 10:00"), at("14 11:00"))]


@pytest.mark.parametrize("spoil", [lambda text: text[:-1], lambda text: text[:-3] + "AAA", lambda _: "안녕"])
def test_a_forged_or_unreadable_pass_is_refused_with_its_field_and_never_repeated(log, spoil):
    text = spoil(log.code(7, "14 22:15"))
    with pytest.raises(BadInput) as refused:
        register(log, passes=[pid(1), text])
    assert refused.value.facts == {"field": "passes.1"}
    assert text not in str(refused.value) + refused.value.sentence
    assert log.services.store.write(cases.all_cases) == []


def test_a_visit_told_and_found_is_one(log):
    log.stay(1, LIBRARY, "14 10:00", "14 11:00")
    places = [told(LIBRARY, "14 09:50", "14 11:30"), PlaceTold.on(BANK, date(2020, 8, 14))]
    case = register(log, passes=[pid(1)], places=places)
    assert stays(case) == [
        (BANK, at("14 00:00"), at("15 00:00")),
        (LIBRARY, at("14 10:00"), at("14 11:00")),  # measured by the log
    ]
    assert (case.from_passes, case.from_places, case.told_and_found) == (1, 1, 1)


def test_a_place_told_by_date_adds_nothing_where_the_log_knows_the_hour(log):
    log.stay(1, LIBRARY, "14 10:00", "14 11:00")
    case = register(log, passes=[pid(1)], places=[PlaceTold.on(LIBRARY, date(2020, 8, 14))])
    assert stays(case) == [(LIBRARY, at("14 10:00"), at("14 11:00"))]


def test_where_no_check_out_was_scanned_the_case_says_when_it_left(log):
    log.stay(1, LIBRARY, "14 10:00")  # assumed: 90 minutes
    case = register(log, passes=[pid(1)], places=[told(LIBRARY, "14 10:00", "14 14:00")])
    assert stays(case) == [(LIBRARY, at("14 10:00"), at("14 14:00"))]


def test_but_not_later_than_the_log_saw_the_case_elsewhere(log):
    log.stay(1, LIBRARY, "14 10:00")
    log.stay(1, BANK, "14 12:00", "14 12:30")
    case = register(log, passes=[pid(1)], places=[told(LIBRARY, "14 10:00", "14 14:00")])
    assert stays(case)[0] == (LIBRARY, at("14 10:00"), at("14 12:00"))


def test_two_passes_of_the_case_at_one_place_and_time_are_one_visit(log):
    log.stay(1, LIBRARY, "14 10:00", "14 11:00", source="poster")
    log.scan(2, LIBRARY, "14 10:01", "in")  # the staff scanned the pass as well
    case = register(log, passes=[pid(1), pid(2), pid(1)])
    assert stays(case) == [(LIBRARY, at("14 10:00"), at("14 11:00"))]


def test_only_accepted_scans_up_to_now_count_and_no_visit_reaches_into_the_future(log):
    log.scan(1, LIBRARY, "20 09:00", "in", outcome="pass_expired")
    log.stay(1, LIBRARY, "20 11:40")
    log.stay(1, BANK, "20 12:30")
    case = register(log, onset=date(2020, 8, 20), passes=[pid(1), pid(99)])
    assert stays(case) == [(LIBRARY, at("20 11:40"), at("20 12:00"))]
    assert case.passes_without_visit == 1


def test_a_case_without_any_visit_is_registered(log):
    case = register(log, number=" 군포  -  13 ", actor=Actor(account_id="A-officer", role="officer"))
    with log.services.store.read() as db:
        assert [summary.case for summary in cases.all_cases(db)] == [case.case]
    assert case.case.number == "군포 - 13"
    assert case.visits == ()


@pytest.mark.parametrize("number", ["37", "군포-37", "200825-3", "2020-0825-0037", "1601-0034", "경기 12345"])
def test_what_authorities_count_by_is_a_number(log, number):
    assert register(log, number=number).case.number == number


TODAY = PlaceTold.on(BANK, date(2020, 8, 20))
WRONG = {
    "number": [
        *({"number": one} for one in ("", "  ", "1" * 41, "방문자", "1\x00")),
        *({"number": one} for one in ("010-0000-1234", "+821000001234", "12가34나", "200825-1000000")),
    ],
    "onset": [{"onset": None}, {"onset": date(2020, 8, 21)}],
    "specimen_date": [{"specimen_date": date(2020, 8, 21)}],
    "places.0.facility_id": [{"places": [replace(TODAY, facility_id="GP-404")]}],
    "places.1.end": [
        {"places": [TODAY, told(LIBRARY, "14 11:00", "14 10:00")]},
        {"places": [TODAY, told(LIBRARY, "14 11:00", "14 11:00")]},
        {"places": [TODAY, told(LIBRARY, "20 11:00", "20 12:01")]},
    ],
    "places.1.start": [
        {"places": [TODAY, told(LIBRARY, "20 12:30", "20 13:00")]},
        {"places": [TODAY, PlaceTold.on(LIBRARY, date(2020, 8, 21))]},
        {"places": [told(LIBRARY, "14 10:00", "14 12:00"), told(LIBRARY, "14 11:59", "14 13:00")]},
    ],
    "passes.0": [{"passes": [b"seven b"]}, {"passes": ["EPC1"]}, {"passes": [""]}],
}


@pytest.mark.parametrize(
    ("field", "wrong"), [(field, wrong) for field, many in WRONG.items() for wrong in many], ids=str
)
def test_what_cannot_be_is_refused_by_field_and_leaves_nothing(log, field, wrong):
    with pytest.raises(BadInput) as refused:
        register(log, **wrong)
    assert refused.value.facts["field"] == field
    with log.services.store.read() as db:
        assert cases.all_cases(db) == []


def test_a_number_is_registered_once_and_a_refused_repeat_leaves_no_visit(log):
    first = register(log)
    with pytest.raises(CaseKnown) as refused:
        register(log, places=[TODAY])
    assert refused.value.facts == {"field": "number"}
    with log.services.store.read() as db:
        assert [summary.case for summary in cases.all_cases(db)] == [first.case]
        assert db.execute(select(func.count()).select_from(index_visits)).scalar() == 0


def test_of_two_officers_at_the_same_moment_one_is_told(log, monkeypatch):
    monkeypatch.setattr(cases, "number_is_known", lambda db, number: False)  # neither had seen the other's row
    register(log)
    with pytest.raises(CaseKnown):
        register(log)


def test_a_visit_across_midnight_in_utc_and_kst_is_the_same_moment(log):
    log.stay(1, KARAOKE, "14 23:30", "15 00:40")
    (visit,) = register(log, passes=[pid(1)]).visits
    assert visit.start == datetime(2020, 8, 14, 14, 30, tzinfo=UTC)
    assert visit.end - visit.start == timedelta(minutes=70)
