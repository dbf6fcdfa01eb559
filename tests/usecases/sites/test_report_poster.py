"""Reports about posters: of the list only, capped a poster."""

import pytest
from sqlalchemy import func, select

from entry_service.core.errors import BadInput
from entry_service.core.posters import poster_id
from entry_service.store.schema.door_tables import poster_reports
from entry_service.usecases.sites.report_poster import (
    MOST_OPEN,
    MOST_UNKNOWN,
    open_reports,
    report_poster,
)
from tests.databases import databases, kind  # noqa: F401

from ..door import LIBRARY, MINUTE, NOON, OFFICE, POSTER, open_door

UNKNOWN = poster_id(bytes(10), 1)


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def report(door, poster=POSTER, reason="elsewhere", now=NOON):
    report_poster(door.services, poster, reason, now=now)


def test_a_report_is_told_at_the_facility_and_to_the_city(door):
    report(door, POSTER.lower())
    report(door, UNKNOWN, "covered", NOON + MINUTE)
    [own] = open_reports(door.services, LIBRARY)
    assert (own.poster_id, own.facility_name, own.epoch, own.reason) == (POSTER, LIBRARY, 1, "elsewhere")
    assert (own.reported_at, own.settled_at) == (NOON, None)
    unknown, same = open_reports(door.services, None)
    assert (unknown.facility_id, unknown.facility_name, unknown.epoch) == ("", "", None)
    assert same == own
    assert open_reports(door.services, OFFICE) == []


@pytest.mark.parametrize(
    ("poster", "reason", "field"), [(POSTER, "보기 싫음", "reason"), ("1", "other", "poster_id")]
)
def test_another_reason_or_no_poster_is_refused(door, poster, reason, field):
    with pytest.raises(BadInput) as refused:
        report(door, poster, reason)
    assert refused.value.facts == {"field": field}
    assert open_reports(door.services, None) == []


def test_many_reports_of_one_poster_are_as_good_as_twenty(door):
    for _ in range(MOST_OPEN + 5):
        report(door)
    with door.services.store.read() as db:
        assert db.execute(select(func.count()).select_from(poster_reports)).scalar_one() == MOST_OPEN


def test_reports_of_posters_that_nobody_hung_are_capped_in_all_and_bury_no_others(door):
    """Their ids can be made up: without a cap whoever likes fills the page, and the database, of the city."""
    report(door)
    for number in range(MOST_UNKNOWN + 5):
        report(door, poster_id(number.to_bytes(10, "big"), 1))
    told = open_reports(door.services, None)
    assert [one.facility_id for one in told].count("") == MOST_UNKNOWN
    assert told[-1].poster_id == POSTER
    report(door, reason="damaged")
    assert len(open_reports(door.services, LIBRARY)) == 2
