"""The mark of the hour: another one each hour and at each facility, and none without the secret."""

from datetime import datetime, timedelta

from entry_service.core.ticket_marks import COLOURS, SHAPES, mark_of, marks_from
from entry_service.core.times import KST

NOON = datetime(2020, 8, 25, 12, 0, tzinfo=KST)
SECRET, HOUR = b"a secret", timedelta(hours=1)


def look(secret, facility_id, at):
    mark = mark_of(secret, facility_id, at)
    return mark.colour, mark.shape


def test_the_same_hour_and_place_have_one_mark_to_the_last_second():
    first = mark_of(SECRET, "GP-001", NOON)
    assert mark_of(SECRET, "GP-001", NOON + HOUR - timedelta(seconds=1)) == first
    assert (first.since, first.colour in COLOURS, first.shape in SHAPES) == (NOON, True, True)


def test_within_a_day_no_hour_looks_like_the_one_before():
    for day in range(30):
        start = NOON.replace(hour=0) + timedelta(days=day)
        looks = [look(SECRET, "GP-001", start + hour * HOUR) for hour in range(24)]
        assert all(one != after for one, after in zip(looks, looks[1:], strict=False))


def test_facilities_and_secrets_draw_their_own():
    hours = [NOON + hour * HOUR for hour in range(200)]
    for other in (lambda at: look(SECRET, "GP-002", at), lambda at: look(b"another", "GP-001", at)):
        same = sum(look(SECRET, "GP-001", at) == other(at) for at in hours)
        assert same < 30  # 5.6 are expected of 200 by chance


def test_all_marks_occur():
    assert len({look(SECRET, "GP-001", NOON + hour * HOUR) for hour in range(1_000)}) == len(COLOURS) * len(SHAPES)


def test_a_page_gets_the_hours_to_come():
    marks = marks_from(SECRET, "GP-001", NOON + timedelta(minutes=59), 24)
    assert [mark.since for mark in marks] == [NOON + hour * HOUR for hour in range(24)]
