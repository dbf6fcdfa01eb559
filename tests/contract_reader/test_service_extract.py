"""What the entry service writes is what the analytics reads: the two meet only in the folder."""

import pytest

from analytics.contract import read_extract
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.hotspots.extract import write_extract
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, at, small_log


@pytest.fixture
def folder(tmp_path):
    with small_log(tmp_path / "var", at("20 12:00")) as log:
        log.stay(1, LIBRARY, "13 10:00", "13 11:30")
        log.stay(2, KARAOKE, "13 19:00", "13 21:00")
        log.stay(3, KARAOKE, "13 20:00")
        register_case(
            log.services,
            number="1",
            onset=at("14 00:00").date(),
            specimen_date=None,
            places=[PlaceTold(facility_id=KARAOKE, start=at("13 19:00"), end=at("13 21:00"))],
            passes=[],
            now=at("16 09:00"),
        )
        write_extract(
            log.services, tmp_path / "extract", as_of=at("20 12:00"), start=at("13 00:00"), end=at("15 00:00")
        )
    return tmp_path / "extract"


def test_the_extract_of_the_log_is_accepted_whole(folder):
    extract = read_extract(folder)
    assert extract.profile == "log"
    assert (extract.as_of, extract.start, extract.end) == (at("20 12:00"), at("13 00:00"), at("15 00:00"))
    assert set(extract.facilities["facility_id"]) == {LIBRARY, KARAOKE, BANK}
    assert len(extract.facility_hours) == 3 * 48
    assert extract.facility_hours["entries"].sum() == 3
    hours = extract.facility_hours
    row = hours[(hours["facility_id"] == KARAOKE) & (hours["hour"] == at("13 19:00"))].iloc[0]
    assert (row["entries"], row["person_minutes"], row["index_visits"]) == (1, 60.0, 1)
    assert extract.index_visits["start"].tolist() == [at("13 19:00")]
    assert extract.index_visits["known_at"].tolist() == [at("16 09:00")]
