"""How often the public list changed is told by day, from the audit alone."""

from datetime import timedelta

from entry_service.core.actors import Actor
from entry_service.usecases.cases.told_places import PlaceDay, told_places
from tests.field_notes import DAY, NOON

from ..small_log import small_log

OFFICER = Actor(account_id="A-officer", role="officer")


def test_every_row_is_counted_however_many_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr("entry_service.usecases.cases.told_places.PAGE", 2)
    with small_log(tmp_path, NOON) as log:
        for _ in range(7):
            log.services.vault.audit.append("place_published", OFFICER, now=NOON, rows=3)
            log.services.vault.audit.append("phone_searched", OFFICER, now=NOON, rows=1)
        assert told_places(log.services, NOON) == [PlaceDay(day=DAY, published=21, corrected=0, withdrawn=0)]


def test_rows_are_counted_by_day_and_by_what_was_done(tmp_path):
    with small_log(tmp_path, NOON) as log:
        audit = log.services.vault.audit
        before = NOON - timedelta(days=1)
        audit.append("place_published", OFFICER, now=NOON - timedelta(days=91), rows=9)
        audit.append("place_published", OFFICER, now=before, rows=3)
        audit.append("place_published", OFFICER, now=before, rows=1, outcome="corrected")
        audit.append("place_published", OFFICER, now=NOON, rows=2)
        audit.append("place_published", OFFICER, now=NOON, rows=1, outcome="withdrawn")
        assert told_places(log.services, NOON) == [
            PlaceDay(day=DAY, published=2, corrected=0, withdrawn=1),
            PlaceDay(day=DAY - timedelta(days=1), published=3, corrected=1, withdrawn=0),
        ]
