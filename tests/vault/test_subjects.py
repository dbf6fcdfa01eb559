"""Keyed subjects serve two years and no longer."""

from datetime import UTC, datetime

import pytest

from entry_service.vault.key_ring import KeyGone
from entry_service.vault.keys import KeysUnsafe

PHONE = "+821000001234"


def in_year(year: int) -> datetime:
    return datetime(year, 6, 1, tzinfo=UTC)


def test_a_subject_is_keyed_by_the_korean_year(vault):
    keyed = [vault.subjects.keyed([PHONE], in_year(year)) for year in (2026, 2027)]
    assert keyed[0] != keyed[1]
    assert vault.ring.names("subjects") == {"2026", "2027"}
    new_year_in_korea = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)
    assert vault.subjects.keyed([PHONE], new_year_in_korea) == keyed[1]
    assert vault.subjects.of_living_years(PHONE, in_year(2027)) == [keyed[0][0], keyed[1][0]]


def test_keyed_subjects_are_sorted_each_once_and_the_same_for_everybody(vault, opened, kind):
    keyed = vault.subjects.keyed([PHONE, "AB1234", PHONE], in_year(2026))
    assert keyed == sorted(set(keyed))
    assert len(keyed) == 2
    assert opened(writer=False).subjects.keyed(["AB1234", PHONE], in_year(2026)) == keyed


def test_a_case_and_a_number_of_the_same_text_differ(vault):
    assert vault.subjects.keyed(["x"], in_year(2026))[0].hex()[:32] != vault.subjects.keyed_case(
        "x", in_year(2026)
    )


def test_the_key_of_a_year_is_destroyed_when_the_year_ended_more_than_two_years_ago(vault):
    for year in (2024, 2025, 2026):
        vault.subjects.keyed([PHONE], in_year(year))
    before, after = datetime(2027, 12, 31, 14, 59, tzinfo=UTC), datetime(2027, 12, 31, 15, 0, tzinfo=UTC)
    assert vault.subjects.due(before) == [2024]
    assert vault.subjects.due(after) == [2024, 2025]
    with pytest.raises(KeysUnsafe):
        vault.subjects.destroy(2025, before)
    vault.subjects.destroy(2024, after)
    vault.subjects.destroy(2025, after)
    assert vault.subjects.due(after) == []
    assert vault.ring.is_gone("subjects", "2025")
    with pytest.raises(KeyGone):
        vault.subjects.keyed([PHONE], in_year(2025))
    assert len(vault.subjects.of_living_years(PHONE, in_year(2028))) == 1


def test_a_destruction_that_was_cut_short_is_finished(vault, key_dir):
    vault.subjects.keyed([PHONE], in_year(2024))
    copy = (key_dir / "subjects" / "2024.key").read_bytes()
    vault.subjects.destroy(2024, in_year(2028))
    (key_dir / "subjects" / "2024.key").write_bytes(copy)  # killed between the tombstones and the key
    assert vault.subjects.due(in_year(2028)) == [2024]
    vault.subjects.destroy(2024, in_year(2028))
    assert vault.ring.is_gone("subjects", "2024")
