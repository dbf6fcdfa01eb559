"""What the public is told: merged so that nobody's path shows, gone to the minute, never a sensitive place."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.model import Facility
from entry_service.core.publication import (
    Place,
    PublicPlace,
    Stay,
    covers,
    is_shown,
    joined,
    meets,
    public_list,
    region_of,
    to_the_minute,
)

AT = datetime(2020, 8, 25, 5, 0, tzinfo=UTC)  # 14:00 in Korea
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMES = {"GP-001": "산본도서관", "GP-002": "당정문화센터", "GP-003": "궁내배드민턴장"}


def facility(facility_id: str = "GP-001", **facts: object) -> Facility:
    usual = {
        "name": NAMES[facility_id],
        "category": "library",
        "address": "경기도 군포시 산본로 1",
        "lon": 126.9,
        "lat": 37.3,
        "coord_quality": "simulated",
    }
    return Facility(facility_id=facility_id, **{**usual, **facts})


def place(start: datetime = AT, end: datetime = AT + 2 * HOUR, **facts: object) -> Place:
    usual = {"state": "published", "created_at": AT, "changed_at": AT, "changed_by": "A-1", "place_id": 1}
    return Place(**{"facility": facility(), "start": start, "end": end, **usual, **facts})


minutes = st.integers(0, 3 * 1440).map(lambda number: AT + number * MINUTE)


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    start = draw(minutes)
    if draw(st.booleans()):
        day = start.replace(hour=15, minute=0) - DAY
        return Stay(facility_id=draw(st.sampled_from(list(NAMES))), start=day, end=day + DAY, by_date=True)
    length = draw(st.integers(1, 300)) * MINUTE
    return Stay(facility_id=draw(st.sampled_from(list(NAMES))), start=start, end=start + length)


def seconds(some: list[Stay]) -> set[tuple[str, bool, datetime]]:
    """Return every minute that is told, by place."""
    return {
        (one.facility_id, one.by_date, one.start + number * MINUTE)
        for one in some
        for number in range((one.end - one.start) // MINUTE)
    }


@given(st.lists(stays(), max_size=12))
def test_joining_tells_every_minute_and_no_other_and_nothing_that_meets_stays_apart(some):
    whole = joined(some)
    assert seconds(whole) == seconds(some)
    assert not [(a, b) for i, a in enumerate(whole) for b in whole[i + 1 :] if meets(a, b)]
    assert whole == joined(whole) == joined(some[::-1])
    assert all(any(covers(row, one) for row in whole) for one in some)


def test_stays_of_two_persons_that_touch_are_one_and_a_gap_of_a_minute_stays():
    first = Stay(facility_id="GP-001", start=AT, end=AT + HOUR)
    assert len(joined([first, replace(first, start=AT + HOUR, end=AT + 2 * HOUR)])) == 1
    assert len(joined([first, replace(first, start=AT + HOUR + MINUTE, end=AT + 2 * HOUR)])) == 2
    assert len(joined([first, replace(first, facility_id="GP-002")])) == 2


def test_a_day_swallows_no_minutes_and_two_days_stay_two():
    day = Stay(facility_id="GP-001", start=AT - 14 * HOUR, end=AT + 10 * HOUR, by_date=True)
    assert len(joined([day, Stay(facility_id="GP-001", start=AT, end=AT + HOUR)])) == 2
    assert len(joined([day, replace(day, start=day.end, end=day.end + DAY)])) == 2
    assert joined([day, day]) == [day]


def test_seconds_are_rounded_outwards():
    stay = Stay(facility_id="GP-001", start=AT + timedelta(seconds=59), end=AT + timedelta(seconds=61))
    told = to_the_minute(stay)
    assert (told.start, told.end) == (AT, AT + 2 * MINUTE)
    assert to_the_minute(told) == told


def test_a_place_is_gone_fourteen_days_after_the_last_contact_to_the_microsecond():
    shown = place()
    gone = shown.end + 14 * DAY
    assert public_list([shown], gone - timedelta(microseconds=1))
    assert public_list([shown], gone) == []
    assert public_list([shown], gone - MINUTE)[0].until == gone


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "draft"},
        {"state": "withdrawn"},
        {"contacts_known": True},
        {"facility": facility(sensitive=True)},
    ],
)
def test_what_is_not_for_the_public_is_not_shown(facts):
    assert is_shown(place(), AT)
    assert not is_shown(place(**facts), AT)
    assert public_list([place(**facts)], AT) == []


published = st.builds(
    lambda stay, remark, number, known, sensitive: place(
        stay.start,
        stay.end,
        facility=facility(stay.facility_id, sensitive=sensitive),
        by_date=stay.by_date,
        remark=remark,
        place_id=number,
        contacts_known=known,
        changed_by="account-of-somebody",
    ),
    stays(),
    st.sampled_from(["", "지하 1층", "2층 열람실"]),
    st.integers(7_000_000, 8_000_000),
    st.sampled_from([False, False, True]),
    st.sampled_from([False, False, True]),
)


@given(st.lists(published, max_size=10), minutes)
def test_the_list_is_ordered_by_place_and_knows_no_number_no_account_and_nothing_that_is_hidden(some, now):
    rows = public_list(some, now)
    assert [row.name for row in rows] == sorted(row.name for row in rows)
    text = repr(rows)
    assert "account-of-somebody" not in text
    assert not [one for one in some if str(one.place_id) in text]
    hidden = {one.facility.name for one in some} - {one.facility.name for one in some if is_shown(one, now)}
    assert hidden & {row.name for row in rows} == set()
    for one in some:
        if is_shown(one, now):
            told = [row for row in rows if row.name == one.facility.name and row.by_date == one.by_date]
            assert any(row.start <= one.start and one.end <= row.end for row in told)


def test_the_order_is_that_of_the_places_whoever_went_where_first():
    day = [("GP-001", 1), ("GP-003", 2), ("GP-002", 3), ("GP-001", 4)]
    some = [place(AT + n * HOUR, AT + n * HOUR + MINUTE, facility=facility(name)) for name, n in day]
    assert [row.name for row in public_list(some, AT)] == [
        "궁내배드민턴장",
        "당정문화센터",
        "산본도서관",
        "산본도서관",
    ]


def test_a_public_row_has_no_field_for_a_person_or_a_case():
    assert {field.name for field in fields(PublicPlace)} == {
        *("region", "category", "name", "address", "start", "end", "by_date"),
        *("disinfected_at", "remark", "until"),
    }


def test_disinfected_is_only_what_was_done_after_the_last_had_left():
    cleaned = place(disinfected_at=AT + 3 * HOUR)
    assert public_list([cleaned], AT)[0].disinfected_at == AT + 3 * HOUR
    later = place(AT + HOUR, AT + 4 * HOUR, remark="지하 1층")
    [row] = public_list([cleaned, later], AT)
    assert (row.start, row.end, row.disinfected_at, row.remark) == (AT, AT + 4 * HOUR, None, "지하 1층")


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ("경기도 군포시 산본로 1", "경기도 군포시"),
        ("경기도 수원시 팔달구 정조로 1", "경기도 수원시 팔달구"),
        ("서울특별시 중구 세종대로 110", "서울특별시 중구"),
        ("산본로 1", ""),
    ],
)
def test_the_region_is_what_the_address_begins_with(address, region):
    assert region_of(address) == region
