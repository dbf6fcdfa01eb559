"""The rule of notices gives the known answers, and holds for every visit; the phone's module gives them too."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.notices import Exposure, NoticeRule, grade, told_until

KNOWN = json.loads((Path(__file__).parents[2] / "contract" / "notice_vectors.json").read_text(encoding="utf-8"))
RULE = NoticeRule(
    high=timedelta(minutes=KNOWN["rule"]["high_minutes"]), after=timedelta(minutes=KNOWN["rule"]["after_minutes"])
)
BEGIN = datetime(2020, 8, 24, tzinfo=UTC)
minutes = st.integers(0, 3 * 24 * 60).map(lambda number: BEGIN + timedelta(minutes=number))
lengths = st.integers(1, 600).map(lambda number: timedelta(minutes=number))


def exposure(known: dict) -> Exposure:
    place = known["place"]
    moments = {name: datetime.fromisoformat(place[name]) for name in ("start", "end")}
    return Exposure(**moments, by_date=place["by_date"])


@pytest.mark.parametrize("known", KNOWN["cases"], ids=lambda one: one["name"])
def test_the_known_answers(known):
    entered, left = map(datetime.fromisoformat, known["visit"])
    assert grade(entered, left, exposure(known), RULE) == known["grade"]


@given(minutes, lengths, minutes, lengths, st.booleans())
def test_nobody_is_told_who_left_before_or_came_when_it_was_over(start, stay, entered, length, by_date):
    place = Exposure(start=start, end=start + stay, by_date=by_date)
    told = grade(entered, entered + length, place, RULE)
    assert (told is None) == (entered + length <= start or entered >= told_until(place, RULE))
    together = min(entered + length, place.end) - max(entered, start)
    assert (told == "high") == (together >= RULE.high and not by_date)


@given(minutes, lengths)
def test_what_is_told_ends_within_a_day_and_half_an_hour_after_the_case_left(start, stay):
    place = Exposure(start=start, end=start + stay)
    assert place.end + RULE.after <= told_until(place, RULE) <= place.end + timedelta(days=1) + RULE.after
