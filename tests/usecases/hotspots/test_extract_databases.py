"""Case register and extract are the same on SQLite and PostgreSQL."""

import gzip
from datetime import date

import pytest

from entry_service.usecases.cases.register_case import CaseKnown, PlaceTold, register_case
from entry_service.usecases.hotspots.extract import write_extract
from tests.databases import databases, kind
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, at, pid, small_log

__all__ = ["databases", "kind"]

EXPECTED = [
    f"{KARAOKE},2020-08-13T19:00:00+09:00,2,85.0,1,1,1,",
    f"{KARAOKE},2020-08-13T20:00:00+09:00,0,95.0,1,1,1,",
    f"{LIBRARY},2020-08-13T19:00:00+09:00,1,20.0,0,0,0,",
    f"{BANK},2020-08-13T19:00:00+09:00,0,0.0,1,1,0,",
]


def test_a_case_and_its_extract(databases, kind, tmp_path):
    addresses = {"log_url": databases.new(kind, "log"), "vault_url": databases.new(kind, "vault")}
    with small_log(tmp_path / "var", at("20 12:00"), **addresses) as log:
        log.stay(1, KARAOKE, "13 19:10", "13 20:40")
        log.stay(2, KARAOKE, "13 19:25")
        log.stay(3, LIBRARY, "13 19:30", "13 19:50")
        log.contact(2, "13", "+821000000002")
        case = {
            "number": "1",
            "onset": date(2020, 8, 14),
            "specimen_date": None,
            "places": [PlaceTold.on(BANK, date(2020, 8, 13))],
            "passes": [pid(1), pid(9)],
            "now": at("18 09:00"),
        }
        told = register_case(log.services, **case)
        assert (told.from_passes, told.from_places, told.passes_without_visit) == (1, 1, 1)
        with pytest.raises(CaseKnown):
            register_case(log.services, **case)
        write_extract(
            log.services, tmp_path / "out", as_of=at("20 12:00"), start=at("13 00:00"), end=at("14 00:00")
        )
    hours = gzip.decompress((tmp_path / "out" / "facility_hours" / "2020-08-13.csv.gz").read_bytes()).decode()
    assert [row for row in EXPECTED if row not in hours.splitlines()] == []
