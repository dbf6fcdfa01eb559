"""What nobody has decided about is told by no phone and counted by no dry run, and shortens no other visit."""

import pytest

from entry_service.core.passes import code_text
from entry_service.core.times import kst_day
from entry_service.store.cases import published_places as places
from entry_service.usecases.cases.draft_places import choices, draft_places
from entry_service.usecases.cases.dry_run import dry_run
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.retention.own_days import own_days
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, open_door
from ..watching import NOW, said, shared


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def test_a_phone_is_told_which_of_its_visits_wait(door):
    phone = shared(door)
    count = phone.signed.header.slot_count
    proof = code_text(phone.signed, count, phone.elements[count])

    def told():
        [day] = own_days(door.services, [proof])
        return [(one.facility_id, one.held) for one in day.visits]

    assert told() == [(LIBRARY, True), (OFFICE, True)]
    said(door, "counts", "staff_saw", ["here"])
    assert told() == [(LIBRARY, False), (OFFICE, True)]
    said(door, "void", "shared_pass", ["there"])
    assert told() == [(LIBRARY, False)]


def test_a_way_out_is_not_lost_to_a_reading_elsewhere_that_waits(door):
    phone = shared(door)
    door.scan(phone, NOON + 40 * MINUTE, "out", scan_id="left")
    said(door, "counts", "staff_saw", ["here"])
    count = phone.signed.header.slot_count
    [day] = own_days(door.services, [code_text(phone.signed, count, phone.elements[count])])
    assert [one.left_at for one in day.visits if one.facility_id == LIBRARY] == [NOON + 40 * MINUTE]


def test_a_dry_run_counts_what_phones_would_tell(door):
    shared(door)
    told = PlaceTold(facility_id=LIBRARY, start=NOON + 10 * MINUTE, end=NOON + HOUR)
    facts = {"number": "군포-1", "onset": None, "specimen_date": kst_day(NOON), "passes": [], "now": NOW}
    case = register_case(door.services, places=[told], **facts).case
    [row] = choices(door.services, NOW, case.case_id).open
    draft_places(door.services, row.visit_ids, by="A-officer", now=NOW)
    with door.services.store.read() as db:
        [draft] = places.live(db, "draft", NOW)

    def reach():
        run = dry_run(door.services, [draft.place_id], NOW)
        return run.reach.people, run.reach.high

    assert reach() == (0, 0)
    said(door, "counts", "staff_saw", ["here"])
    assert reach() == (1, 1)  # the reading elsewhere waits, and ends nothing
    said(door, "counts", "place_wrong", ["there"])
    assert reach() == (0, 0)  # it had left two minutes after it came
